#!/bin/sh
# Install notion-sync, editable, with the locked packages into a virtual environment, which is made if need be.
#
#   scripts/install.sh FOLDER run|dev [PYTHON]
set -eu
cd "$(dirname "$0")/.."
folder=$1
packages=requirements/$2.txt
scripts/venv.sh "$folder" "${3:-}"
# Wheels only: building one would fetch tools for it that nothing has locked.
"$folder/bin/python" -m pip install -q --require-hashes --only-binary :all: -r "$packages"
# What notion-sync itself is built with is among them, so this asks no registry.
"$folder/bin/python" -m pip install -q --no-index --no-deps --no-build-isolation -e .
