#!/bin/sh
# accounts.sh FILE HOMES: make the learners in FILE Unix users again. A line: name:uid:hash of the password.
# PREFIX: another root than / (as useradd has it).
set -eu
[ -f "$1" ] || exit 0
while IFS=: read -r name uid hash; do
    if ! grep -q "^$name:" "${PREFIX:-}/etc/passwd"; then
        useradd ${PREFIX:+--prefix "$PREFIX"} --uid "$uid" --user-group --groups learners --no-create-home \
            --home-dir "$2/$name" --shell /bin/bash --password "$hash" "$name"
    fi
    home="${PREFIX:-}$2/$name"
    [ -d "$home" ] || install -d -m 0700 -o "$uid" -g "$uid" "$home"
done <"$1"
