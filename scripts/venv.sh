#!/bin/sh
# Make a virtual environment that has pip, if it is not there yet.
#
#   scripts/venv.sh .venv [PYTHON]
set -eu
here=$(dirname "$0")
folder=$1
python=${2:-}

if [ -x "$folder/bin/python" ] && "$folder/bin/python" -m pip --version >/dev/null 2>&1; then
    exit 0
fi

if [ -z "$python" ]; then
    python=$("$here/python.sh") || {
        echo "notion-sync needs Python 3.11 or newer, and there is none on PATH." >&2
        echo "Install one, or name it:  make PYTHON=/path/to/python3.12 ..." >&2
        exit 1
    }
fi
"$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' || {
    echo "$python is older than 3.11, or does not run." >&2
    exit 1
}

# Debian and its relatives keep half of `venv` in a package of its own.
if ! "$python" -c 'import ensurepip, venv' 2>/dev/null; then
    package=python$("$python" -c 'import sys; print("%d.%d" % sys.version_info[:2])')-venv
    if command -v apt-get >/dev/null 2>&1 && [ "$(id -u)" = 0 ]; then
        echo "$python cannot make virtual environments yet: installing $package" >&2
        export DEBIAN_FRONTEND=noninteractive
        apt-get update -qq
        apt-get install -y -qq "$package" >/dev/null || apt-get install -y -qq python3-venv >/dev/null
    else
        echo "$python cannot make virtual environments: the module ensurepip is missing." >&2
        echo "On Debian and Ubuntu:  sudo apt-get install $package" >&2
        exit 1
    fi
fi

echo "making $folder with $("$python" --version)" >&2
"$python" -m venv --clear "$folder"
