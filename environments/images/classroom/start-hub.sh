#!/bin/sh
# JupyterHub with the classroom's service. State lies in /srv/hub (root's) and /srv/keeper (the journals, and the key).
set -eu
here=$(dirname "$0")
course=${HARDENLAB_COURSE_ID:-cloudsec}
as_keeper() {
    setpriv --reuid keeper --regid keeper --clear-groups env HOME=/tmp "$@"
}
install -d -m 0755 -o keeper -g keeper /run/hardenlab
as_keeper hardenlab --course /srv/course classroom init /srv/keeper --releases "/srv/exchange/$course/outbound"
key=$(as_keeper hardenlab classroom key /srv/keeper)
printf 'classroom = "%s"\n' "$key" | as_keeper tee /srv/public/classroom.toml
sh "$here/accounts.sh" /srv/hub/accounts /home
exec jupyterhub -f "$here/jupyterhub_config.py"
