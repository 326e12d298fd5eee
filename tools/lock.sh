#!/bin/sh
# Writes requirements/lock.txt: exact versions and hashes of everything that pyproject.toml asks for, on every platform and
# for every Python that it permits. Without arguments it keeps the versions that still fit; with --upgrade it takes the newest.
#
#   tools/lock.sh [--upgrade | --upgrade-package NAME ...]
set -eu
umask 022
cd "$(dirname "$0")/.."

UV=0.13.9       # resolver, used here only; from a throw-away environment

PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_ROOT_USER_ACTION=ignore
export PIP_DISABLE_PIP_VERSION_CHECK PIP_ROOT_USER_ACTION

scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
trap 'exit 1' HUP INT TERM
"${PYTHON:-python3}" -m venv "$scratch/venv"
"$scratch/venv/bin/python" -m pip install -q "uv==$UV"

# The resolver is given no index of this machine's: the lock must not depend on what a mirror happens to hold.
new=$scratch/lock.txt
if [ -f requirements/lock.txt ]; then cp requirements/lock.txt "$new"; fi
env -u UV_INDEX -u UV_INDEX_URL -u UV_EXTRA_INDEX_URL -u UV_DEFAULT_INDEX -u UV_FIND_LINKS \
    "$scratch/venv/bin/uv" --no-config pip compile --quiet --universal --python-version 3.11 --generate-hashes \
    --no-header --no-annotate --no-emit-index-url --no-emit-find-links \
    --extra qr --group dev "$@" --output-file "$new" pyproject.toml

if grep -nE '://|@ |^-|(^|[[:space:]])/' "$new"; then
    echo "lock: the lines above name a place, which a lock must not" >&2
    exit 1
fi
{
    echo '# Exact versions and hashes: runtime, the qr extra, tests, linters, build backend. Written by make lock; do not edit.'
    cat "$new"
} > requirements/lock.txt
echo "requirements/lock.txt: $(grep -c '==' requirements/lock.txt) packages"
