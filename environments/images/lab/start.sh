#!/bin/sh
# The labs in ~/hardenlab. The address with its token is printed: docker compose logs learner
set -eu
exec hardenlab --workspace "$HOME/hardenlab" open --port "${HARDENLAB_PORT:-8888}" --no-browser
