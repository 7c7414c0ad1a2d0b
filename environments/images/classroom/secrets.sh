#!/bin/sh
# secrets.sh FOLDER: draw the gradebook's password, once. Nobody types it, and no file of the project holds it.
set -eu
umask 022
if [ ! -s "$1/gradebook-password" ]; then
    python3 -c 'import secrets; print(secrets.token_urlsafe(32), end="")' >"$1/.new"
    mv "$1/.new" "$1/gradebook-password"
fi
