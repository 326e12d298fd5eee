#!/bin/sh
# Asks for known vulnerabilities of everything that is locked (tools/audit.py), with a locked auditor in a throw-away environment.
# A vulnerability fails. Where nobody can be asked, one line says so and why, and nothing fails.
set -eu
umask 022
cd "$(dirname "$0")/.."

PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_ROOT_USER_ACTION=ignore PIP_NO_INPUT=1
export PIP_DISABLE_PIP_VERSION_CHECK PIP_ROOT_USER_ACTION PIP_NO_INPUT

scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
trap 'exit 1' HUP INT TERM
python=$scratch/venv/bin/python
if ! { "${PYTHON:-python3}" -m venv "$scratch/venv" &&
    "$python" -m pip install -q --require-hashes --only-binary :all: -r requirements/audit.txt </dev/null; } >"$scratch/log" 2>&1; then
    echo "audit: SKIPPED: the locked auditor could not be installed: $(tail -n 1 "$scratch/log")"
    exit 0
fi
"$python" tools/audit.py --tool "$scratch/venv/bin/pip-audit" \
    requirements/lock.txt requirements/audit.txt requirements/resolver.txt tests/interop/stock/requirements.txt tests/fuzz/requirements.txt \
    benches/peers/requirements.txt
