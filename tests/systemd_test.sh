#!/usr/bin/env bash
# The unit as it is installed is right, and as closed as it is meant to be; user and inbox come with it.
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

# Twelve is the bar for a service with TCP; without any network the unit is at five.
exposure() { systemd-analyze security --offline=true --no-pager --threshold="$1" "$unit"; }
exposure 6 >"$root/security.log" || fail "too exposed: $(grep -E '✗|→' "$root/security.log")"
grep '→' "$root/security.log"

# Both checks can fail.
cp "$unit" "$root/unit"
echo 'PrivatTmp=yes' | sed -i '/^\[Service\]/r /dev/stdin' "$unit"
if verify 2>/dev/null; then fail "a misspelt key went unnoticed"; fi
sed '/^SystemCallFilter=/d' "$root/unit" >"$unit"
if exposure 6 >/dev/null; then fail "a missing filter of system calls went unnoticed"; fi
cp "$root/unit" "$unit"
mv "$root/usr/bin/clientsync" "$root/usr/bin/elsewhere"
if verify 2>/dev/null; then fail "a missing program went unnoticed"; fi

if ((EUID != 0)); then echo "not checked, for want of root: sysusers and tmpfiles"; exit 0; fi
systemd-sysusers --root="$root"
systemd-tmpfiles --root="$root" --create --prefix=/srv
user=$(grep '^clientsync:' "$root/etc/passwd") || fail "sysusers made no user clientsync"
[[ $user == *:/var/lib/clientsync:*/nologin ]] || fail "the user is $user"
inbox=$(stat -c '%a %u' "$root/srv/clientsync/inbox")
[[ $inbox == "2770 $(cut -d: -f3 <<<"$user")" ]] || fail "the inbox has mode and owner $inbox"
echo "made: user clientsync, inbox with mode and owner $inbox"
