#!/bin/sh
# Run the tests on each supported Python, in an environment of its own (.venv-3.11, ...).
# Arguments go to pytest. Fails if a version is missing: then not everything was tested.
set -u
cd "$(dirname "$0")/.." || exit 1
scripts/test_needs.sh
summary=""
failed=0

for version in 3.11 3.12 3.13; do
    if ! python=$(scripts/python.sh "$version"); then
        summary="$summary$version  not found on PATH or in pyenv
"
        failed=1
        continue
    fi
    echo "== Python $version"
    folder=.venv-$version
    if ! scripts/install.sh "$folder" dev "$python"; then
        summary="$summary$version  could not be set up ($python)
"
        failed=1
    elif "$folder/bin/python" -m pytest "$@"; then
        summary="$summary$version  passed
"
    else
        summary="$summary$version  FAILED
"
        failed=1
    fi
done

echo "== all Pythons"
printf '%s' "$summary"
exit $failed
