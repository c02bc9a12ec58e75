# videobatch: `make` lists what there is. Works with GNU make 3.81 and newer.
#
# DIR, OUT, TEMPLATE and ARGS may hold spaces, quotes and `$`. They are taken unexpanded
# (`value`), handed on in the environment, and never become part of a command line.

SHELL := /bin/sh
.SUFFIXES:
.DEFAULT_GOAL := help

VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready
READY_DEV := $(VENV)/.ready-dev
# Most tests wait for something: six at a time, on two cores as well.
PYTEST := $(BIN)/python -m pytest --numprocesses 6 --dist worksteal
AIMOCK := @copilotkit/aimock@1.43.0

# Without this, make would expand a folder's name on its way into the environment.
unexport DIR OUT TEMPLATE ARGS EXTRAS
export VIDEOBATCH_SUBMIT_DIR = $(value DIR)
export VIDEOBATCH_SUBMIT_OUT = $(value OUT)
export VIDEOBATCH_SUBMIT_TEMPLATE = $(value TEMPLATE)
export VIDEOBATCH_SUBMIT_ARGS = $(value ARGS)
export SETUP_EXTRAS = $(value EXTRAS)

# An interpreter that is gone (a newer system Python, a moved folder) means setting up again.
$(shell test -x $(BIN)/python || rm -f $(READY) $(READY_DEV))

.PHONY: help setup setup-dev secrets submit need-dir up down status watch doctor
.PHONY: test check lint chaos compat demo bench bench-controller picture picture-flower env-example lock clean

help:
	@echo 'make submit DIR=path [TEMPLATE=name] [OUT=path] [ARGS="..."]'
	@echo '                   turn a folder of videos into documents'
	@echo 'make demo          make three sample videos and their documents'
	@echo 'make status        how the batches stand'
	@echo 'make watch         follow the running batch'
	@echo 'make up            start Redis, worker, controller and Flower'
	@echo 'make down          end them; the data stays'
	@echo 'make doctor        check this machine, and how to mend what is wrong'
	@echo 'make secrets       write the passwords for docker compose (docs/how-to/compose.md)'
	@echo 'make setup         install what is needed into $(VENV) (the others do it by themselves);'
	@echo '                   EXTRAS=ocr adds what reads the text on slides'
	@echo 'For developers:'
	@echo 'make test          all tests'
	@echo 'make lint          format, rules, types, imports, structure, containers, known weaknesses'
	@echo 'make check         the same, and the unit tests'
	@echo 'make chaos         kills, restarts and a partition for minutes, and what became of the work'
	@echo 'make compat        the clients against servers that others wrote (needs npm and nginx)'
	@echo 'make bench         the benchmarks (QUICK=1: a tenth of the repetitions)'
	@echo 'make bench-controller  the controller beside fixed numbers, live (an hour, a picture)'
	@echo 'make picture       the picture of a document in docs/images (needs Chromium)'
	@echo 'make picture-flower  the picture of Flower in docs/images (needs Chromium)'
	@echo 'make env-example   write .env.example from docs/reference/settings.md'
	@echo 'make lock          write the lock files anew'
	@echo 'make clean         end the stack, remove $(VENV) and caches; documents and data stay'

# The passwords of the stack in containers.
secrets:
	@sh scripts/secrets.sh secrets

# The empty commands keep make from saying that there is nothing to do.
setup: $(READY)
	@sh scripts/extras.sh $(VENV)

setup-dev: $(READY_DEV)
	@:

$(READY): requirements.lock pyproject.toml scripts/setup.sh
	@sh scripts/setup.sh $(VENV) requirements.lock $@

$(READY_DEV): requirements-dev.lock pyproject.toml scripts/setup.sh
	@sh scripts/setup.sh $(VENV) requirements-dev.lock $@ $(READY)

need-dir:
	@if [ -z "$$VIDEOBATCH_SUBMIT_DIR" ]; then \
	  echo 'Which folder? make submit DIR=path [TEMPLATE=name] [OUT=path]' >&2; exit 2; fi

# Sets up only when the call is right, whatever -j says.
submit: need-dir
	@if sh scripts/composed.sh; then exec sh scripts/compose_submit.sh; fi; \
	  $(MAKE) --no-print-directory setup && exec $(BIN)/videobatch submit

up down status watch doctor: $(READY)
	@$(BIN)/videobatch $@

demo: $(READY_DEV)
	@$(BIN)/python -m cli.demo

# Of the demonstration's document; run that first.
picture: $(READY_DEV)
	@$(BIN)/python scripts/picture.py docs/images/document.png

# Of Flower, while a batch runs on a stack of its own.
picture-flower: $(READY_DEV)
	@$(BIN)/python -m scripts.picture_flower docs/images/flower.png

bench: $(READY_DEV)
	@$(BIN)/python -m benchmarks $(if $(QUICK),--quick)

bench-controller: $(READY_DEV)
	@$(BIN)/python -m benchmarks controller

test: $(READY_DEV)
	@$(PYTEST)

# What reads the code and does not run it.
lint: $(READY_DEV)
	@$(BIN)/ruff format --check .
	@$(BIN)/ruff check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports
	@$(BIN)/python scripts/structure.py --check
	@$(BIN)/python scripts/docstrings.py
	@$(BIN)/hadolint --no-color Dockerfile
	@$(BIN)/check-jsonschema --builtin-schema vendor.compose-spec docker-compose*.yml
	@$(BIN)/bandit --quiet --recursive -ll config videobatch celery_app tasks controllers cli
	@sh scripts/audit.sh $(BIN)/pip-audit requirements.lock

check: lint
	@$(PYTEST) tests/unit

chaos: $(READY_DEV)
	@VIDEOBATCH_CHAOS_KILLS="$${VIDEOBATCH_CHAOS_KILLS:-200}" $(BIN)/python -m pytest tests/chaos

# aimock is from npm; what is not installed is skipped, with the reason.
compat: $(READY_DEV)
	@if command -v npm >/dev/null; then \
	  npm install --silent --no-audit --no-fund --prefix build/compat $(AIMOCK); fi
	@$(BIN)/python -m pytest tests/compat

env-example: $(READY_DEV)
	@$(BIN)/python scripts/env_example.py

lock: $(READY_DEV)
	@sh scripts/lock.sh $(BIN)/uv

clean:
	@if [ -x $(BIN)/videobatch ]; then $(BIN)/videobatch down; fi
	rm -rf $(VENV) build .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
	find . -name __pycache__ -type d -not -path './.videobatch/*' -prune -exec rm -rf {} +
