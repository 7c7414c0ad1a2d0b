#!/bin/sh
# enrol.sh FILE HOMES <students.csv: learners for the ids in the roster's first column; tells each new one's password.
# Who is there already stays as he is. Passwords are kept as hashes alone: hand them out, or let learners change them.
set -eu
here=$(dirname "$0")
umask 077
touch "$1"
cut -d, -f1 | tr -d '"\r' | while read -r name; do
    case $name in
    "" | id) continue ;;
    esac
    if ! expr "$name" : '[a-z_][a-z0-9_-]\{0,30\}$' >/dev/null; then
        echo "hardenlab: '$name' cannot be a Unix user: small letters, digits, - and _ only. Left out." >&2
        continue
    fi
    if grep -q "^$name:" "$1" || grep -q "^$name:" "${PREFIX:-}/etc/passwd"; then
        echo "hardenlab: '$name' is there already." >&2
        continue
    fi
    uid=$(($(cut -d: -f2 "$1" | sort -n | tail -n 1 | grep . || echo 19999) + 1))
    password=$(openssl rand -base64 12)
    printf '%s:%s:%s\n' "$name" "$uid" "$(printf '%s' "$password" | openssl passwd -6 -stdin)" >>"$1"
    printf '%s,%s\n' "$name" "$password"
done
sh "$here/accounts.sh" "$1" "$2"
