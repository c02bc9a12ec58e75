#!/bin/sh
# setup.sh VENV LOCK STAMP [STAMP...]
#
# Makes a virtual environment that holds exactly what LOCK says, and this project in editable
# form; touches the STAMPs when all of it is there. Heals what an interrupted run left behind. Two
# at once: the second waits for the first (scripts/alone.py), which calls this with --alone.
#
# At its end it fetches the speech model VIDEOBATCH_SETUP_MODEL (base), once for an environment; with
# `none` it fetches nothing (docs/reference/models.md).
set -eu

alone=no
if [ "$1" = --alone ]; then
    alone=yes
    shift
fi
venv=$1
lock=$2
shift 2
log=build/setup.log

say() { printf '%s\n' "$*" >&2; }

is_recent() { "$1" -c 'import sys; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1; }
has_wheels() { "$1" -c 'import sys; sys.exit(sys.version_info >= (3, 14))' >/dev/null 2>&1; }

# Versions for which every package comes ready-made go first.
find_python() {
    for name in python3 python3.13 python3.12 python3.11; do
        if command -v "$name" >/dev/null 2>&1 && is_recent "$name" && has_wheels "$name"; then
            echo "$name"
            return
        fi
    done
    for name in python3 python3.14; do
        if command -v "$name" >/dev/null 2>&1 && is_recent "$name"; then
            echo "$name"
            return
        fi
    done
    say 'videobatch needs Python 3.11 or newer, and found none on the PATH.'
    say 'Install it from your system (apt, dnf, brew install python) or https://www.python.org.'
    exit 1
}

mkdir -p build
python=$(find_python)
if [ $alone = no ]; then
    exec "$python" scripts/alone.py build/setup.lock sh "$0" --alone "$venv" "$lock" "$@"
fi

# Another one may have done it meanwhile.
is_done() {
    for stamp in "$@"; do
        for source in "$lock" pyproject.toml "$0"; do
            [ -e "$stamp" ] && [ -z "$(find "$source" -newer "$stamp")" ] || return 1
        done
    done
    [ -x "$venv/bin/python" ]
}
if is_done "$@"; then exit 0; fi

say 'setting up (once, about a minute)…'

healthy=no
if [ -x "$venv/bin/python" ] && is_recent "$venv/bin/python" &&
    "$venv/bin/python" -m pip --version >/dev/null 2>&1; then
    healthy=yes
fi
if [ $healthy = no ]; then
    rm -rf "$venv"
    if ! "$python" -m venv "$venv" >"$log" 2>&1; then
        cat "$log" >&2
        say "$python cannot make a virtual environment; on Debian and Ubuntu: apt install python3-venv"
        rm -rf "$venv"
        exit 1
    fi
fi

install() {
    "$venv/bin/python" -m pip --disable-pip-version-check --quiet install "$@" >>"$log" 2>&1
}

: >"$log"
if ! install --require-hashes -r "$lock" || ! install --no-deps --no-build-isolation -e .; then
    tail -n 20 "$log" >&2
    say "The set-up did not work; the whole log is in $log. Try again when the cause is mended."
    has_wheels "$venv/bin/python" ||
        say 'On Python 3.14 a package is built from source and needs a C compiler; 3.11 to 3.13 need none.'
    exit 1
fi
# Only the build needed it.
case $lock in
*dev*) ;;
*)
    "$venv/bin/python" -m pip --quiet uninstall -y setuptools >>"$log" 2>&1 || :
    # Bytecode of the packages' own tests, which nobody runs here.
    find "$venv" -type d -path '*/tests/__pycache__' -prune -exec rm -rf {} + || :
    ;;
esac
rm -f "$log"
for stamp in "$@"; do
    touch "$stamp"
done

# Everything works without it, though speech is heard roughly: no reason to fail, or to try again.
model=${VIDEOBATCH_SETUP_MODEL:-base}
if [ "$model" != none ] && [ ! -e "$venv/.model" ] && [ ! -d ".videobatch/models/$model" ]; then
    say "fetching the speech model $model, once…"
    touch "$venv/.model"
    if ! "$venv/bin/python" -m cli.main models get --quiet "$model" 2>build/model.log; then
        tail -n 2 build/model.log >&2
        say "Until it is here (\`.venv/bin/videobatch models get $model\`), speech is heard roughly."
    fi
fi
