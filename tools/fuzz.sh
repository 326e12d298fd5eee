#!/bin/sh
# Installs atheris, which leads the fuzzing by coverage, and another CBOR decoder to compare with, into .venv. Never fatal: where
# there is no wheel for this machine, fuzzing is a plain loop and says so. The stamp .venv/.fuzz keeps it from running twice.
set -eu
umask 022
cd "$(dirname "$0")/.."

PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_ROOT_USER_ACTION=ignore PIP_NO_INPUT=1
export PIP_DISABLE_PIP_VERSION_CHECK PIP_ROOT_USER_ACTION PIP_NO_INPUT

locked=tests/fuzz/requirements.txt
if [ -f .venv/.fuzz ] && [ -z "$(find "$locked" -newer .venv/.fuzz)" ]; then exit 0; fi
echo "fuzz: installing atheris and another CBOR decoder into .venv"
log=$(mktemp)
trap 'rm -f "$log"' EXIT
if .venv/bin/python -m pip install -q --require-hashes --only-binary :all: -r "$locked" >"$log" 2>&1 </dev/null; then
    : > .venv/.fuzz
else
    tail -n 10 "$log" >&2
    echo "fuzz: they could not be installed (see above)" >&2
fi
