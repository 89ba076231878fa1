#!/bin/sh
# Keep the locked packages that notion-sync needs at run time, as wheels, in .venv/wheels: what tests install the built
# package from, without a registry.
#
#   scripts/wheels.sh 3.12     for this version of Python
set -eu
cd "$(dirname "$0")/.."
folder=.venv/wheels/$1
[ "$folder/.complete" -nt requirements/run.txt ] && exit 0
rm -rf "$folder"
.venv/bin/python -m pip download -q --require-hashes --only-binary :all: --no-deps --python-version "$1" \
    -d "$folder" -r requirements/run.txt
touch "$folder/.complete"
