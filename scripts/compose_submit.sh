#!/bin/sh
# compose_submit.sh
#
# `make submit` while the stack in containers is up: the same command in a container of its own,
# with the folder's name outside. VIDEOBATCH_SUBMIT_* are in the environment.
set -eu

# Without a terminal Docker must not be asked for one.
if [ -t 0 ] && [ -t 1 ]; then tty=; else tty=-T; fi
export VIDEOBATCH_SUBMIT_FROM="$PWD" VIDEOBATCH_SUBMIT_HOME="$HOME"
VIDEOBATCH_SUBMIT_UMASK=$(umask)
export VIDEOBATCH_SUBMIT_UMASK
# shellcheck disable=SC2086 - an empty one is no argument
exec docker compose run --rm $tty \
    -e VIDEOBATCH_SUBMIT_DIR -e VIDEOBATCH_SUBMIT_OUT -e VIDEOBATCH_SUBMIT_TEMPLATE \
    -e VIDEOBATCH_SUBMIT_UMASK -e VIDEOBATCH_SUBMIT_ARGS -e VIDEOBATCH_SUBMIT_FROM -e VIDEOBATCH_SUBMIT_HOME \
    cli videobatch submit
