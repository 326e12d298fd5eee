#!/bin/sh
# Makes the vectors and the specification's examples again, in a scratch directory, and fails on any difference from those in
# vectors/ and spec/examples/; a file too many or too few is a difference.
set -eu
cd "$(dirname "$0")/.."

scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
trap 'exit 1' HUP INT TERM
mkdir "$scratch/made" "$scratch/kept"
"${PYTHON:-.venv/bin/python}" -m vectors.generate --out "$scratch/made"

cp vectors/*.json "$scratch/kept"
rm -f "$scratch"/*/schema.json      # written by hand
cp -R spec/examples "$scratch/kept/examples"
if ! diff -ru "$scratch/kept" "$scratch/made" >"$scratch/diff"; then
    head -n 60 "$scratch/diff" | cut -c 1-300
    echo "vectors: those in vectors/ and spec/examples/ (kept) are not what the generator makes (made)." \
        "To write them again: make vectors" >&2
    exit 1
fi
echo "vectors and examples: as generated"
