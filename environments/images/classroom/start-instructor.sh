#!/bin/sh
# The instructor's JupyterLab with the formgrader, in the course's folder. Its address is printed with its token.
# ROOT: another place than /srv, to try it.
set -eu
root=${ROOT:-/srv}
id=${HARDENLAB_COURSE_ID:-cloudsec}
folder=$root/teaching/$id
if [ ! -f "$folder/course.toml" ]; then
    password=$(cat "$root/secrets/gradebook-password")
    hardenlab --course "${LABS:-/opt/hardenlab}" course init "$folder" --id "$id" --exchange "$root/exchange" \
        --database "${DATABASE:-postgresql+pg8000://grader:$password@database/gradebook}"
    { cat "$root/public/classroom.toml"; cat "$folder/course.toml"; } >"$folder/.course.toml"
    chmod 0600 "$folder/.course.toml"
    mv "$folder/.course.toml" "$folder/course.toml"
fi
cd "$folder"
exec jupyter lab --no-browser --ip "${HARDENLAB_LISTEN:-127.0.0.1}" --port "${HARDENLAB_PORT:-8888}" \
    --ServerApp.port_retries=0 --ServerApp.root_dir "$folder"
