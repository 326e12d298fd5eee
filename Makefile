# `make demo` and `make test` work in a fresh clone on a machine with python3 (3.11 or later) and make; see tools/bootstrap.sh.

SHELL := /bin/sh
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:

PYTHON ?= python3
export PYTHON

BIN := .venv/bin
OUT ?= demo-out
# More arguments for pytest: make test ARGS='-k status'
ARGS ?=

##@ Use

.PHONY: demo
demo: .venv/.ready ## the whole story once: enrol, issue, present, verify; writes demo-out/
	$(BIN)/vitaletoken demo --out $(OUT)

##@ Check

.PHONY: test
test: .venv/.ready js stock ## run the tests
	$(BIN)/python -m pytest -q tests $(ARGS)

.PHONY: lint
lint: .venv/.ready ## ruff: rules and format
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

.PHONY: types
types: .venv/.ready ## mypy, strict
	$(BIN)/mypy

.PHONY: imports
imports: .venv/.ready ## import-linter: layers, and who may touch what
	$(BIN)/lint-imports

.PHONY: vectors-check
vectors-check: .venv/.ready ## the vectors are what their generator makes
	@PYTHON=$(BIN)/python tools/check-vectors.sh

.PHONY: check
check: lint types imports vectors-check test ## all of the above

.PHONY: bench
bench: .venv/.ready ## time it
	$(BIN)/python -m pytest -q --benchmark-enable benches $(ARGS)

.PHONY: simulate
simulate: .venv/.ready ## status lists for 70 million cards: writes the figures of docs/status.md; four minutes
	$(BIN)/python -m benches.simulate_status

##@ Make

.PHONY: vectors
vectors: .venv/.ready ## write the vectors again
	$(BIN)/python -m vectors.generate

.PHONY: format
format: .venv/.ready ## let ruff format, and fix what it can
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

.PHONY: lock
lock: ## write requirements/lock.txt again; newest versions: make lock ARGS=--upgrade
	tools/lock.sh $(ARGS)

.PHONY: clean
clean: ## remove what make made
	rm -rf .venv .venv-stock demo-out dist build .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache .benchmarks
	rm -rf tests/interop/js/node_modules *.egg-info
	find . -name __pycache__ -type d -not -path './.git/*' -prune -exec rm -rf {} +

.PHONY: help
help: ## this list
	@awk 'BEGIN { FS = ":.*## " } \
	    /^##@ / { printf "\n%s\n", substr($$0, 5) } \
	    /^[a-z-]+:.*## / { printf "  make %-14s %s\n", $$1, $$2 }' Makefile

# --- what they stand on ------------------------------------------------------------------------------------------------

.venv/.ready: pyproject.toml requirements/lock.txt tools/bootstrap.sh
	@tools/bootstrap.sh

# The second implementation is optional: without Node its tests are skipped, and say so.
.PHONY: js
js:
	@tools/js.sh

# So are the COSE libraries of others.
.PHONY: stock
stock:
	@tools/stock.sh
