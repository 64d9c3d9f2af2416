# `make run` and `make test` need nothing but Python 3.11 or newer and a package index.
PYTHON ?= python3
BIN := .venv/bin
ARGS ?=
BUDGET ?= 60

help:            ## what there is
	@grep -E '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*## /\t/'

run: .venv/run   ## start a supervised paper-trading system in the foreground
	$(BIN)/holdfast run $(ARGS)

test: .venv/test rabbitmq ## the tests, all but the long ones
	$(BIN)/pytest -m "not long" $(ARGS)

bench: .venv/test ## measure it beside its peers (ARGS: --quick, --only NAME,...)
	$(BIN)/python -m holdfast.tests.benchmarks.run $(ARGS)

reliability: .venv/test rabbitmq ## what takes long: BUDGET=minutes; goes on where it was
	$(BIN)/python -m holdfast.tests.reliability.run --budget $(BUDGET)

check: lint types layout ## lint, types and layout

lint: .venv/dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: .venv/dev .cache/holdfast
	$(BIN)/mypy
	$(BIN)/pyright

layout: .venv/test
	$(BIN)/pytest -q tests/test_layout.py

dev: .venv/dev .cache/holdfast ## install for work on the code

# Each stamp installs what its commands need, and again when pyproject.toml changes.
.venv/bin/python:
	$(PYTHON) -m venv .venv

.venv/run: .venv/bin/python pyproject.toml setup.cfg
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -e .
	@touch $@

.venv/test: .venv/bin/python pyproject.toml setup.cfg
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -e '.[test]'
	@touch $@ .venv/run

.venv/dev: .venv/bin/python pyproject.toml setup.cfg
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -e '.[dev]'
	@touch $@ .venv/test .venv/run

# The tests start private nodes of it. Without it, and without the right to install it,
# they are skipped and say how to get it.
rabbitmq:
	@if [ ! -x /usr/lib/rabbitmq/bin/rabbitmq-server ] && [ "$$(id -u)" = 0 ] \
	    && [ -f /etc/debian_version ]; then \
	    echo "installing rabbitmq-server, which tests of the message bus need"; \
	    { apt-get update -qq \
	    && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq \
	        --no-install-recommends rabbitmq-server >/dev/null; } \
	    || echo "that failed: these tests are skipped"; \
	fi

# A checkout may have any name; the type checkers must find it as `holdfast`.
.cache/holdfast:
	@mkdir -p .cache && ln -sfn .. .cache/holdfast

.PHONY: help run test bench reliability check lint types layout dev rabbitmq
