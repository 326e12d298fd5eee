#!/bin/sh
# Installs what the second implementation (tests/interop/js) stands on, if Node is here. Never fatal: without it, its tests
# are skipped and say so. The stamp node_modules/.ready keeps it from running twice.
set -eu
umask 022
cd "$(dirname "$0")/../tests/interop/js" 2>/dev/null || exit 0

[ -f package-lock.json ] || exit 0
if [ -f node_modules/.ready ] && [ -z "$(find package-lock.json -newer node_modules/.ready)" ]; then exit 0; fi
if ! command -v node >/dev/null 2>&1 || ! command -v npm >/dev/null 2>&1; then
    echo "js: no Node on this machine; tests of the second implementation are skipped"
    exit 0
fi
echo "js: installing the second implementation's packages"
log=$(mktemp)
trap 'rm -f "$log"' EXIT
if npm ci --ignore-scripts --no-audit --no-fund --loglevel=error >"$log" 2>&1 </dev/null; then
    : > node_modules/.ready
else
    tail -n 10 "$log" >&2
    rm -rf node_modules
    echo "js: npm could not install them (see above); tests of the second implementation are skipped" >&2
fi
