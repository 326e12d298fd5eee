# `make demo` and `make test` work in a fresh clone on a machine with python3 (3.11 or later) and make; see tools/bootstrap.sh.

SHELL := /bin/sh
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:

PYTHON ?= python3
export PYTHON

BIN := .venv/bin
OUT ?= demo-out
# Processes of the tests; CORES=0 for one, in order.
CORES ?= 2
# More arguments for pytest: make test ARGS='-k status'
ARGS ?=

##@ Use

.PHONY: demo
demo: .venv/.ready ## the whole story once: enrol, issue, present, verify; writes demo-out/
	$(BIN)/vitaletoken demo --out $(OUT)

##@ Check

.PHONY: test
test: .venv/.ready js stock ## run the tests
	$(BIN)/python -m pytest -q -n $(CORES) --dist worksteal tests $(ARGS)

.PHONY: model
model: .venv/.ready ## search the model of the protocol further than the tests do; some twenty minutes
	$(BIN)/python -m tests.model $(ARGS)

# How many of each file; or all, or one file: make mutants MUTANTS=vitaletoken/wire/cbor.py. Those left over: ARGS=--again
MUTANTS ?= 20

.PHONY: mutants
mutants: .venv/.ready ## change the code a little at a time, and see that the tests notice; docs/mutants.md
	nice -n 10 $(BIN)/python -m tools.mutants $(MUTANTS) $(ARGS)

# Of make stateful, at least.
STEPS ?= 10000

.PHONY: stateful
stateful: .venv/.ready ## the random story of tests/stateful, long: make stateful STEPS=100000
	STATEFUL_STEPS=$(STEPS) $(BIN)/python -m pytest -q -s tests/stateful -k whatever $(ARGS)

.PHONY: faults
faults: .venv/.ready ## every fault at every write of every store: kills, power cuts one lost change at a time, disks that fail
	FAULTS=all $(BIN)/python -m pytest -q tests/faults $(ARGS)

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

.PHONY: sbom-check
sbom-check: .venv/.ready ## the bill of materials is in step with the lock
	@$(BIN)/python tools/sbom.py --check

.PHONY: audit
audit: ## known vulnerabilities of what is locked; skipped, and says so, where nobody can be asked
	@tools/audit.sh

.PHONY: check
check: lint types imports vectors-check sbom-check test ## all of the above

.PHONY: bench
bench: .venv/.ready peers ## time it, also beside what a user would pick instead
	$(BIN)/python -m pytest -q --benchmark-enable benches $(ARGS)

.PHONY: performance
performance: .venv/.ready peers ## write the figures of docs/performance.md and its plot; some minutes on a quiet machine
	$(BIN)/python -m benches.performance

# Of make fuzz, altogether.
SECONDS ?= 60

.PHONY: fuzz
fuzz: .venv/.ready js ## fuzz every target for SECONDS=60; what it finds is in .fuzz
	@tools/fuzz.sh
	$(BIN)/python -m tests.fuzz --seconds $(SECONDS) $(ARGS)

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

.PHONY: sbom
sbom: .venv/.ready ## write requirements/sbom.cdx.json, the bill of materials, again
	$(BIN)/python tools/sbom.py

.PHONY: dist
dist: .venv/.ready ## dist/: sdist and wheel, built twice and compared
	$(BIN)/python tools/dist.py

.PHONY: clean
clean: ## remove what make made
	rm -rf .venv .venv-stock .fuzz .mutants .venv-peers demo-out dist build .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache .benchmarks
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

# And what is measured beside ours.
.PHONY: peers
peers:
	@tools/peers.sh
