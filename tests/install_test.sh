#!/usr/bin/env bash
# `cmake --install` puts each file where a Debian package would have it.
# usage: install_test.sh BUILD_DIRECTORY
set -euo pipefail

root=$(mktemp -d)
trap 'rm -rf "$root"' EXIT
failed=0
wrong() { echo "FAILED: $*"; failed=1; }
install_into_root() {
  local output
  output=$(DESTDIR=$root cmake --install "$1" --prefix /usr 2>&1) || { echo "$output"; exit 1; }
}

install_into_root "$1"

expected="755 usr/bin/clientsync
644 usr/lib/clientsync/clientsync-mysql.so
644 usr/lib/clientsync/clientsync-postgresql.so
644 etc/clientsync/clientsync.yaml
644 usr/lib/systemd/system/clientsync.service
644 usr/lib/systemd/system/clientsync-export.service
644 usr/lib/systemd/system/clientsync-export.timer
644 usr/lib/sysusers.d/clientsync.conf
644 usr/lib/tmpfiles.d/clientsync.conf
644 usr/share/man/man1/clientsync.1
644 usr/share/man/man5/clientsync.yaml.5
644 usr/share/bash-completion/completions/clientsync
644 usr/share/zsh/vendor-completions/_clientsync
644 usr/share/fish/vendor_completions.d/clientsync.fish
644 usr/share/doc/clientsync/README.md
644 usr/share/doc/clientsync/CHANGELOG.md
644 usr/share/doc/clientsync/LICENSE
644 usr/share/doc/clientsync/docs/architecture.md
644 usr/share/doc/clientsync/docs/operations.md
644 usr/share/doc/clientsync/docs/decisions/0001-one-json-parameter.md
644 usr/share/doc/clientsync/samples/register.csv
644 usr/share/doc/clientsync/systemd/database-over-tcp.conf
644 usr/share/doc/clientsync/systemd/database-password.conf
644 usr/share/doc/clientsync/systemd/http-over-tcp.conf"
while read -r mode path; do
  found=$(stat -c '%a' "$root/$path" 2>/dev/null) || { wrong "$path is missing"; continue; }
  [[ $found == "$mode" ]] || wrong "$path has mode $found, not $mode"
done <<<"$expected"

others=$(find "$root" -type f -printf '%P\n' | sed -E '\,^(usr/share/doc/clientsync|etc/clientsync)/,d' |
  grep -vxFf <(cut -d' ' -f2 <<<"$expected")) || true
[[ -z $others ]] || wrong "unexpected: $others"

"$root/usr/bin/clientsync" --help | grep -q check || wrong "the installed program does not print its help"

# Without a server, the program tells what the client library said, which its module has loaded.
expect_words() {
  local backend=$1 place=$2 words=$3 said
  printf 'database:\n  backend: %s\n  connection: %s=/nowhere dbname=clientsync\ninboxes:\n  - {name: main, path: %s}\n' \
    "$backend" "$place" "$root" >"$root/server.yaml"
  said=$("$root/usr/bin/clientsync" clients list --config "$root/server.yaml" 2>&1) || true
  [[ $said == *"$words"* ]] || wrong "the installed program has no client of $backend: $said"
}
expect_words postgresql host 'connection to server on socket "/nowhere'
expect_words mysql unix_socket "through socket '/nowhere'"
rm "$root/server.yaml"

echo '# by the operator' >>"$root/etc/clientsync/clientsync.yaml"
install_into_root "$1"
tail -n 1 "$root/etc/clientsync/clientsync.yaml" | grep -q 'by the operator' ||
  wrong "installing again overwrote the operator's configuration"

((failed == 0)) && echo "$(find "$root" -type f | wc -l) files are where they belong"
exit "$failed"
