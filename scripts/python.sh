#!/bin/sh
# Print the path of a Python interpreter.
#
#   scripts/python.sh          one that notion-sync runs on (3.11 or newer), `python3` preferred
#   scripts/python.sh 3.12     of exactly this version
#
# Looks on PATH and among the versions of pyenv; prints nothing and fails if there is none.
set -eu
wanted=${1:-}

# Prints the interpreter that a command leads to, if it runs and has the right version.
probe() {
    "$1" - "$wanted" <<'PYTHON' 2>/dev/null
import sys
version = "%d.%d" % sys.version_info[:2]
fits = version == sys.argv[1] if sys.argv[1] else sys.version_info >= (3, 11)
if not fits:
    sys.exit(1)
print(sys.executable)
PYTHON
}

of_pyenv() {
    command -v pyenv >/dev/null 2>&1 || return 0
    for candidate in "$(pyenv root)"/versions/"$1".*/bin/python"$1"; do
        [ -x "$candidate" ] && probe "$candidate" && exit 0
    done
    return 0
}

if [ -z "$wanted" ] && command -v python3 >/dev/null 2>&1; then
    probe python3 && exit 0
fi
for version in ${wanted:-3.13 3.12 3.11}; do
    if command -v "python$version" >/dev/null 2>&1; then
        probe "python$version" && exit 0
    fi
    of_pyenv "$version"
done
exit 1
