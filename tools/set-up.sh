#!/bin/sh
# Fill .venv with exactly what requirements.lock names, and with the project itself.
set -eu
cd "$(dirname "$0")/.."

say() {
    echo "hardenlab: $1" >&2
}

command -v "$PYTHON" >/dev/null || {
    say "there is no '$PYTHON' here: install Python 3.11 or newer (Debian, Ubuntu: apt install python3-venv), or name one with 'make PYTHON=/path/to/python3'."
    exit 1
}

# The interpreter behind a shim or an activated .venv: the environment must not be built from itself.
base=$("$PYTHON" -c '
import sys
if sys.version_info < (3, 11):
    sys.exit("hardenlab: Python 3.11 or newer is needed and this one is %d.%d: name a newer one with \"make PYTHON=python3.12\"." % sys.version_info[:2])
print(sys._base_executable)
') || exit 1

# What the environment was made from. The folder is in it because an environment cannot be moved.
made_from() {
    echo "# $base in $PWD"
    cat requirements.lock pyproject.toml
}

stamp=.venv/made-from
if [ -x .venv/bin/python ] && made_from | cmp -s - "$stamp"; then
    exit 0
fi

"$base" -c 'import ensurepip, venv' 2>/dev/null || {
    version=$("$base" -c 'import sys; print("%d.%d" % sys.version_info[:2])')
    say "this Python cannot make virtual environments because the package python3-venv (python$version-venv) is missing: 'apt install python3-venv', then run the same command again."
    exit 1
}

unfinished() {
    say "the installation did not finish, and nothing is lost: run the same command again (what was already downloaded is not downloaded twice)."
    exit 1
}
trap unfinished INT TERM

say "installing into .venv; this happens once and takes a minute or two."
# A half-copied package passes for an installed one, so an interrupted installation is started anew.
if [ -x .venv/bin/python ] && [ -f "$stamp" ] && [ "$(head -n 1 "$stamp")" = "# $base in $PWD" ]; then
    rm "$stamp"
else
    rm -f "$stamp"
    "$base" -m venv --clear .venv || unfinished
fi
pip=".venv/bin/python -m pip --disable-pip-version-check --quiet"
# Wheels only: no compiler is ever asked for, and no dependency's code runs while it is installed. Without --no-deps an
# older pip looks for the newest release of a package that another asks for with an extra, and finds its hash missing.
$pip install --no-deps --only-binary :all: --requirement requirements.lock || unfinished
# The build backend is in the lock, so isolation would only download it again.
$pip install --no-deps --no-build-isolation --editable . || unfinished
made_from >"$stamp.new"
mv "$stamp.new" "$stamp"
