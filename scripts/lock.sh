#!/bin/sh
# lock.sh UV
#
# Writes the lock files anew from pyproject.toml: for every system and Python from 3.11 on,
# with hashes. Pins that still fit are kept; `uv pip compile --upgrade` moves them on.
set -eu

uv=$1

compile() {
    "$uv" pip compile --quiet --universal --python-version 3.11 --generate-hashes \
        --no-header --no-emit-index-url --no-annotate "$@" pyproject.toml \
        scripts/build-requirements.in >/dev/null
}

compile --output-file requirements.lock
# The same versions, and more packages.
compile --constraint requirements.lock --extra ocr --output-file requirements-ocr.lock
compile --constraint requirements.lock --group dev --extra ocr --output-file requirements-dev.lock
