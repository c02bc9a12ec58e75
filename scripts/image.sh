#!/bin/sh
# image.sh dependencies|project|model VENV
#
# The install steps of the Dockerfile, run in the folder that becomes /app. `model` fetches the speech
# model VIDEOBATCH_SETUP_MODEL (base); with `none`, or where it cannot be had, the image has none.
set -eu

step=$1 venv=$2
export PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1
case $step in
dependencies)
    python3 -m venv "$venv"
    "$venv/bin/pip" install --quiet --require-hashes --only-binary=:all: -r requirements-ocr.lock
    ;;
project)
    # Editable, so that the image holds each module once. Whoever runs it cannot write here, hence
    # the bytecode now; and a checkout that only its owner can read must be readable in the image.
    "$venv/bin/pip" install --quiet --no-deps --no-build-isolation --editable .
    "$venv/bin/python" -m compileall -q --invalidation-mode unchecked-hash .
    chmod -R a+rX .
    ;;
model)
    model=${VIDEOBATCH_SETUP_MODEL:-base}
    if [ "$model" != none ]; then
        "$venv/bin/python" -m cli.main models get "$model" ||
            echo "image.sh: the image has no speech model: speech is heard roughly" >&2
    fi
    mkdir -p .videobatch/models
    chmod -R a+rX .videobatch
    ;;
*)
    echo "image.sh: dependencies, project or model, not $step" >&2
    exit 2
    ;;
esac
