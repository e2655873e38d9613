#!/usr/bin/env bash
# The installed unit is valid and as closed as it is meant to be, and its user and inbox are created.
# usage: systemd_test.sh BUILD_DIRECTORY
set -euo pipefail

command -v systemd-analyze >/dev/null || { echo "skipped: there is no systemd-analyze"; exit 77; }

root=$(mktemp -d)
trap 'rm -rf "$root"' EXIT
fail() { echo "FAILED: $*"; exit 1; }

DESTDIR=$root cmake --install "$1" --prefix /usr >"$root/install.log" || fail "$(cat "$root/install.log")"
unit=$root/usr/lib/systemd/system/clientsync.service
verify() { systemd-analyze verify --root="$root" --recursive-errors=no clientsync.service; }

verify || fail "systemd-analyze verify"
echo "verified: $(basename "$unit") with $(sed -n 's/^ExecStart=//p' "$unit")"

# The export is as closed as the service without a network, and its timer starts it.
units=$root/usr/lib/systemd/system
systemd-analyze verify --root="$root" --recursive-errors=no clientsync-export.service clientsync-export.timer ||
  fail "systemd-analyze verify of the export"
systemd-analyze security --offline=true --no-pager --threshold=6 "$units/clientsync-export.service" \
  >"$root/security.log" || fail "too exposed: $(grep -E '✗|→' "$root/security.log")"
grep -q 'ExecStart=/usr/bin/clientsync export ' "$units/clientsync-export.service" || fail "nothing is exported"

# The installed drop-ins fit the unit. systemd reads them as if they were appended to it.
cp "$unit" "$root/unit"
examples=$root/usr/share/doc/clientsync/systemd
with_drop_ins() { cat "$root/unit" "$@" >"$unit"; }
with_drop_ins "$examples"/*.conf
verify || fail "systemd-analyze verify with the drop-ins"

# Thresholds are tenths: without a network the unit scores 0.5, and with TCP it may score up to 1.2.
exposure() { systemd-analyze security --offline=true --no-pager --threshold="$1" "$unit"; }
check_exposure() {
  exposure "$1" >"$root/security.log" || fail "too exposed: $(grep -E '✗|→' "$root/security.log")"
  grep '→' "$root/security.log"
}
check_exposure 12
with_drop_ins "$examples/database-password.conf"
check_exposure 6

# The checks notice mistakes.
with_drop_ins
echo 'PrivatTmp=yes' | sed -i '/^\[Service\]/r /dev/stdin' "$unit"
if verify 2>/dev/null; then fail "a misspelt key went unnoticed"; fi
sed '/^SystemCallFilter=/d' "$root/unit" >"$unit"
if exposure 6 >/dev/null; then fail "a missing filter of system calls went unnoticed"; fi
sed 's/^PrivateNetwork=no/PrivateNetwrk=no/' "$examples/database-over-tcp.conf" >"$root/misspelt.conf"
with_drop_ins "$root/misspelt.conf"
if verify 2>/dev/null; then fail "a misspelt key in a drop-in went unnoticed"; fi
with_drop_ins
mv "$root/usr/bin/clientsync" "$root/usr/bin/elsewhere"
if verify 2>/dev/null; then fail "a missing program went unnoticed"; fi

if ((EUID != 0)); then echo "not checked without root: sysusers and tmpfiles"; exit 0; fi
systemd-sysusers --root="$root"
prefixes=$(sed -n 's/^systemd-tmpfiles --create //p' "$root/usr/share/doc/clientsync/docs/operations.md")
# shellcheck disable=SC2086 # several options
systemd-tmpfiles --root="$root" --create $prefixes
user=$(grep '^clientsync:' "$root/etc/passwd") || fail "sysusers made no user clientsync"
[[ $user == *:/var/lib/clientsync:*/nologin ]] || fail "the user is $user"
inbox=$(stat -c '%a %u' "$root/srv/clientsync/inbox")
[[ $inbox == "2770 $(cut -d: -f3 <<<"$user")" ]] || fail "the inbox has mode and owner $inbox"
state=$(stat -c '%a %u' "$root/var/lib/clientsync") || fail "commands before the first start find no directory"
[[ $state == "700 $(cut -d: -f3 <<<"$user")" ]] || fail "the state directory has mode and owner $state"
export=$(stat -c '%a %u' "$root/srv/clientsync/export")
[[ $export == "2750 $(cut -d: -f3 <<<"$user")" ]] || fail "the folder of exports has mode and owner $export"
echo "made: user clientsync, inbox with mode and owner $inbox, state directory with $state"
