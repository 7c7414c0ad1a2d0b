#!/bin/sh
# course.sh CHECKOUT TARGET GROUP: what learners get of the course in TARGET; the rest is closed to all but GROUP.
set -eu
"$1/.venv/bin/hardenlab" --course "$1" student-build "$2"
chmod -R a+rX,go-w "$2"
cd "$1"
for folder in labs graders hidden scenarios tests benchmarks docs; do
    [ -d "$folder" ] || continue
    chgrp -R "$3" "$folder"
    chmod -R g+rX,o-rwx "$folder"
done
