#!/bin/sh
# Check the traffic of a push against Notion's official contract.
#
#   scripts/contract.sh DIR --prepare
#   scripts/contract.sh DIR [arguments of contract_run.py]
#
# The first only installs what the second needs. DIR holds the package notion_contract and its requirements.txt; it gets an environment of its own.
set -eu
cd "$(dirname "$0")/.."
contract=$1
shift
scripts/venv.sh .venv-contract "$(scripts/python.sh 3.11 || true)"
pip=".venv-contract/bin/python -m pip install -q"
$pip --require-hashes --only-binary :all: -r requirements/contract.txt
# Nothing is left to do here, unless DIR asks for other versions than those that are locked.
$pip -r "$contract/requirements.txt"
[ "${1:-}" != --prepare ] || exit 0
exec .venv/bin/python scripts/contract_run.py \
    --contract "$contract" --contract-python .venv-contract/bin/python "$@"
