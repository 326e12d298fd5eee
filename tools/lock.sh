#!/bin/sh
# Writes requirements/lock.txt, and the locks of what has an environment of its own, the resolver used here among them: exact
# versions and hashes of everything that is asked for, on every platform and for every Python that pyproject.toml permits, and what
# asked for each (the SBOM is made of that). Without arguments it keeps the versions that still fit; with --upgrade it takes the
# newest.
#
#   tools/lock.sh [--upgrade | --upgrade-package NAME ...]
set -eu
umask 022
cd "$(dirname "$0")/.."

PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_ROOT_USER_ACTION=ignore
export PIP_DISABLE_PIP_VERSION_CHECK PIP_ROOT_USER_ACTION

scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
trap 'exit 1' HUP INT TERM
"${PYTHON:-python3}" -m venv "$scratch/venv"
# The resolver is locked by the one of before it.
"$scratch/venv/bin/python" -m pip install -q --require-hashes --only-binary :all: -r requirements/resolver.txt

# The resolver is given no index of this machine's: the lock must not depend on what a mirror happens to hold.
compile() {
    env -u UV_INDEX -u UV_INDEX_URL -u UV_EXTRA_INDEX_URL -u UV_DEFAULT_INDEX -u UV_FIND_LINKS \
        "$scratch/venv/bin/uv" --no-config pip compile --quiet --universal --python-version 3.11 --generate-hashes \
        --no-header --annotation-style line --no-emit-index-url --no-emit-find-links "$@"
}

# lock FILE TITLE ARGUMENTS...: writes FILE anew, if it names no place.
lock() {
    file=$1 title=$2
    shift 2
    new=$scratch/lock.txt
    rm -f "$new"
    if [ -f "$file" ]; then cp "$file" "$new"; fi
    compile "$@" --output-file "$new"
    if grep -nE '://|@ |^-|(^|[[:space:]])/' "$new"; then
        echo "lock: the lines above name a place, which a lock must not" >&2
        exit 1
    fi
    {
        echo "# $title Written by make lock; do not edit."
        grep -v '^#' "$new"
    } > "$file"
    echo "$file: $(grep -c '==' "$file") packages"
}

lock requirements/lock.txt 'Exact versions and hashes: runtime, the extras, tests, linters, build backend.' \
    --all-extras --group dev "$@" pyproject.toml
lock requirements/audit.txt 'Exact versions and hashes: the auditor of tools/audit.sh, for an environment of its own.' \
    "$@" requirements/audit.in
lock requirements/resolver.txt 'Exact versions and hashes: the resolver of tools/lock.sh, for an environment of its own.' \
    "$@" requirements/resolver.in
lock tests/interop/stock/requirements.txt 'Exact versions and hashes: COSE libraries of others, for an environment of their own.' \
    "$@" tests/interop/stock/requirements.in
lock benches/peers/requirements.txt 'Exact versions and hashes: what users would pick instead, for an environment of their own.' \
    "$@" benches/peers/requirements.in
lock tests/fuzz/requirements.txt 'Exact versions and hashes: what coverage-guided fuzzing needs beside the lock.' \
    --constraint requirements/lock.txt "$@" tests/fuzz/requirements.in
