#!/bin/sh
# Installs what users would pick instead into .venv-peers, for benches/beside.py. Never fatal: without it that part of the benches is
# skipped and says so. The stamp .venv-peers/.ready keeps it from running twice.
set -eu
umask 022
cd "$(dirname "$0")/.."

PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_ROOT_USER_ACTION=ignore PIP_NO_INPUT=1
export PIP_DISABLE_PIP_VERSION_CHECK PIP_ROOT_USER_ACTION PIP_NO_INPUT

locked=benches/peers/requirements.txt
if [ -f .venv-peers/.ready ] && [ -z "$(find "$locked" -newer .venv-peers/.ready)" ]; then exit 0; fi
echo "peers: installing the libraries to be measured beside ours into .venv-peers"
rm -rf .venv-peers
log=$(mktemp)
trap 'rm -f "$log"' EXIT
if "${PYTHON:-python3}" -m venv .venv-peers >"$log" 2>&1 &&
    .venv-peers/bin/python -m pip install -q --require-hashes --only-binary :all: -r "$locked" >"$log" 2>&1 </dev/null; then
    : > .venv-peers/.ready
else
    tail -n 10 "$log" >&2
    rm -rf .venv-peers
    echo "peers: the libraries could not be installed (see above); they are not measured" >&2
fi
