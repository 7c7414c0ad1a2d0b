#!/bin/sh
# folders.sh PREFIX: the folders that volumes are put on; a new volume gets their owners and rights.
set -eu
install -d -m 0777 "$1/srv/exchange"
install -d -m 0700 "$1/srv/teaching" "$1/srv/secrets" "$1/srv/keeper"
install -d -m 0755 "$1/srv/public" "$1/srv/hub"
[ -n "$1" ] && exit 0
chown instructor:instructor /srv/teaching /srv/secrets
chown keeper:keeper /srv/keeper /srv/public
chmod 0711 /srv/secrets
