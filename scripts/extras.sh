#!/bin/sh
# extras.sh VENV
#
# Adds to VENV what the extras in SETUP_EXTRAS need (names with spaces between them), as
# requirements-NAME.lock says; those that are there already are brought up to date with their lock.
set -eu

venv=$1
log=build/extras.log

say() { printf '%s\n' "$*" >&2; }

# shellcheck disable=SC2086 # names, with spaces between them
for name in ${SETUP_EXTRAS:-}; do
    case $name in
    *[!a-z]*) lock= ;;
    *) lock=requirements-$name.lock ;;
    esac
    if [ -z "$lock" ] || [ "$name" = dev ] || [ ! -f "$lock" ]; then
        say "there is no extra $name; there is: ocr (reads the text on slides)"
        exit 2
    fi
    [ -e "$venv/.extra-$name" ] || : >"$venv/.extra-$name.wanted"
done

for wanted in "$venv"/.extra-*; do
    [ -e "$wanted" ] || continue
    name=${wanted##*/.extra-}
    name=${name%.wanted}
    lock=requirements-$name.lock
    stamp=$venv/.extra-$name
    # A stamp that is as old as its lock or older says nothing of it.
    if [ ! -f "$lock" ] || { [ -e "$stamp" ] && [ -z "$(find "$lock" -newer "$stamp")" ]; }; then
        continue
    fi
    say "adding the extra $name…"
    mkdir -p build
    if ! "$venv/bin/python" -m pip --disable-pip-version-check --quiet install \
        --require-hashes --only-binary=:all: -r "$lock" >"$log" 2>&1; then
        tail -n 20 "$log" >&2
        say "The extra $name could not be added; the whole log is in $log."
        exit 1
    fi
    rm -f "$log" "$stamp.wanted"
    touch "$stamp"
done
