#!/bin/sh
# install.sh CHECKOUT: fill CHECKOUT/.venv with what requirements.lock names, wheels only, as `make lab` does.
set -eu
cd "$1"
PYTHON=${PYTHON:-python3} sh tools/set-up.sh
.venv/bin/hardenlab --help >/dev/null
