#!/bin/sh
# Installs stock COSE libraries into .venv-stock, for tests/interop/test_stock_cose.py. Never fatal: without them that test is
# skipped and says so. The stamp .venv-stock/.ready keeps it from running twice.
set -eu
umask 022
cd "$(dirname "$0")/.."

PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_ROOT_USER_ACTION=ignore PIP_NO_INPUT=1
export PIP_DISABLE_PIP_VERSION_CHECK PIP_ROOT_USER_ACTION PIP_NO_INPUT

locked=tests/interop/stock/requirements.txt
if [ -f .venv-stock/.ready ] && [ -z "$(find "$locked" -newer .venv-stock/.ready)" ]; then exit 0; fi
echo "stock: installing stock COSE libraries into .venv-stock"
rm -rf .venv-stock
log=$(mktemp)
trap 'rm -f "$log"' EXIT
if "${PYTHON:-python3}" -m venv .venv-stock >"$log" 2>&1 &&
    .venv-stock/bin/python -m pip install -q --require-hashes --only-binary :all: -r "$locked" >"$log" 2>&1 </dev/null; then
    : > .venv-stock/.ready
else
    tail -n 10 "$log" >&2
    rm -rf .venv-stock
    echo "stock: the libraries could not be installed (see above); their test is skipped" >&2
fi
