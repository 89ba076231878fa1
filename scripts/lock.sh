#!/bin/sh
# Lock everything that is installed from PyPI, with hashes, for every supported Python and system:
#
#   requirements/run.txt       for `make demo`
#   requirements/dev.txt       for all other targets
#   requirements/bench.txt     for the pictures of `make bench`, beside dev.txt
#   requirements/peers.txt     for what `make bench` compares with, in .venv-peers
#   requirements/contract.txt  for scripts/contract.sh; only where its folder is there (CONTRACT_DIR)
#   requirements/release.txt   for the list of dependencies of `make release`
#   requirements/lock.txt      for this script
#
#   scripts/lock.sh                           follow pyproject.toml; no version changes that need not
#   scripts/lock.sh --upgrade                 take the newest versions that pyproject.toml allows
#   scripts/lock.sh --upgrade-package NAME    the same for one package
set -eu
cd "$(dirname "$0")/.."
contract=${CONTRACT_DIR:-../shared/contract}

scripts/venv.sh .venv-lock
bin=.venv-lock/bin
"$bin/python" -m pip install -q --require-hashes --only-binary :all: -r requirements/lock.txt

# Which registry this machine uses is nobody else's business.
lock() {
    output=requirements/$1
    shift
    "$bin/uv" pip compile -q --universal --python-version 3.11 --generate-hashes --annotation-style line \
        --no-emit-index-url --no-emit-find-links --custom-compile-command "make lock" \
        --output-file "$output" "$@"
}

build_requirements() {
    "$bin/python" -c '
import tomllib
with open("pyproject.toml", "rb") as file:
    print(*tomllib.load(file)["build-system"]["requires"], sep="\n")'
}

lock lock.txt --group lock "$@"
build_requirements | lock dev.txt pyproject.toml --extra dev - "$@"
build_requirements | lock run.txt pyproject.toml - --constraints requirements/dev.txt "$@"
lock bench.txt --group bench --constraints requirements/dev.txt "$@"
lock peers.txt --group peers "$@"
lock release.txt --group release "$@"
if [ -f "$contract/requirements.txt" ]; then
    lock contract.txt - "$@" <"$contract/requirements.txt"
fi
