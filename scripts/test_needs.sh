#!/bin/sh
# Get what tests need beside Python packages: programs from Debian's packages, clients from npm's.
#
#   scripts/test_needs.sh              for `make test`
#   scripts/test_needs.sh --pictures   for `make screenshots`: a browser, and fonts for all the world's letters
#
# Only root can install programs, and only where there is apt; elsewhere this says what is missing and which
# tests will therefore say "not run". It never fails: the other tests are worth running all the same.
set -u
cd "$(dirname "$0")/.." || exit 1
SDK=tests/sandbox/sdk

has() { command -v "$1" >/dev/null 2>&1; }

# One line for each missing program: package, name of the program, what is not run without it.
missing_programs() {
    has chromium || has chromium-browser || echo "chromium:chromium:the local Notion's page in a browser"
    [ "${1:-}" = --pictures ] && return
    has openssl || echo "openssl:openssl:imports from https addresses"
    has node || echo "nodejs:node:the official JavaScript client"
    has npm || echo "npm:npm:the official clients"
    { has systemd-analyze && [ -x /lib/systemd/systemd ]; } || echo "systemd:systemd:the service"
    { has unshare && has nsenter && has setpriv; } || echo "util-linux:unshare:unmounted and full disks"
    has mount || echo "mount:mount:unmounted and full disks"
    has rsync || echo "rsync:rsync:how rsync writes files"
    has vim || echo "vim:vim:how vim saves files"
    has curl || echo "curl:curl:how curl saves files"
}

missing_fonts() {
    [ "${1:-}" = --pictures ] || return
    has fc-list || { echo "fontconfig:fc-list:emoji and Asian letters in the pictures"; }
    fc-list 2>/dev/null | grep -qi emoji || echo "fonts-noto-color-emoji:an emoji font:emoji in the pictures"
    fc-list 2>/dev/null | grep -qi cjk || echo "fonts-noto-cjk:a CJK font:Asian letters in the pictures"
}

install() { apt-get install -y -qq --no-install-recommends "$@" </dev/null >/dev/null; }

missing() { missing_programs "$@"; missing_fonts "$@"; }

found=$(missing "$@")
if [ -n "$found" ] && [ "$(id -u)" = 0 ] && has apt-get; then
    packages=$(echo "$found" | cut -d: -f1)
    echo "installing with apt:" $packages
    export DEBIAN_FRONTEND=noninteractive
    apt-get update -qq </dev/null || true
    # One after the other if they do not come together: what can be had is had.
    install $packages 2>/dev/null || for package in $packages; do
        words=$(install "$package" 2>&1) || echo "apt cannot install $package: $(echo "$words" | tail -n 1)" >&2
    done
    found=$(missing "$@")
fi
if [ -n "$found" ]; then
    echo "Not everything is here that tests use, and this user or this system cannot install it:" >&2
    echo "$found" | while IFS=: read -r package program tests; do
        echo "  no $program (Debian: apt-get install $package); not run or done without: $tests" >&2
    done
fi
[ "${1:-}" = --pictures ] && exit 0

if [ -x .venv/bin/python ]; then
    version=$(.venv/bin/python -c 'import sys; print("%d.%d" % sys.version_info[:2])')
    scripts/wheels.sh "$version" ||
        echo "the packages could not be fetched as wheels; not run without: installing with pipx and uv" >&2
fi

# npm notes in node_modules what it has installed there.
if has npm && [ ! "$SDK/node_modules/.package-lock.json" -nt "$SDK/package-lock.json" ]; then
    echo "installing the official clients into $SDK/node_modules"
    # Scripts of packages are not run: these need none.
    (cd "$SDK" && npm ci --ignore-scripts --no-audit --no-fund --silent </dev/null) || {
        echo "npm could not install them; not run without: the official JavaScript client, the official command line" >&2
    }
fi
exit 0
