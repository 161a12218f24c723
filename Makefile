# Everything runs in .venv, which is made on first use. PYTHON=/path/to/python3.12 chooses another
# interpreter, ARGS="..." is handed to the command behind a target.
SHELL := bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
MAKEFLAGS += --no-print-directory
BIN := .venv/bin
PACKAGES := cdc materializers rederive tests $(wildcard benchmarks)
MINUTES ?= 30
JOBS ?= 3
BENCH ?= $(filter-out pairs,$(basename $(notdir $(shell grep -l '^if __name__' benchmarks/*.py))))
export PYTHON ?=

.PHONY: demo test check bench soak lock clean help install-demo install-dev

demo: install-demo ## start local servers, load real flights, keep three views, rebuild, compare
	@$(BIN)/rederive demo --once $(ARGS)

test: check ## check, then the whole suite against real servers, JOBS=3 workers at once
	@$(BIN)/python -m pytest -n $(JOBS) --dist worksteal $(ARGS)

check: install-dev ## style, types, layers and the limits of the house
	@echo "ruff check"; $(BIN)/ruff check --quiet .
	@echo "ruff format"; $(BIN)/ruff format --quiet --check .
	@echo "mypy"; $(BIN)/mypy $(addprefix --package ,$(PACKAGES))
	@$(BIN)/mypy --no-error-summary examples/embedded/*.py
	@echo "import-linter"; $(BIN)/lint-imports --no-cache
	@$(BIN)/python -m pytest -q tests/test_tidy.py

bench: install-dev ## each stage against its limit and its peers; BENCH="capture sinks" for some
	@for each in $(BENCH); do echo "benchmark: $$each"; $(BIN)/python -m benchmarks.$$each; done

soak: install-dev ## random kills and views, and every fault of every part, again and again; MINUTES=30
	@end=$$(($$(date +%s) + 60 * $(MINUTES))); round=0; \
	while [ $$(date +%s) -lt $$end ]; do round=$$((round + 1)); echo "round $$round"; \
	$(BIN)/python -m pytest -q tests/crash tests/oracle tests/faults tests/e2e/test_hand_over.py \
	  tests/rows/test_engines_agree.py --crash-engine $$(shuf -n 1 -e duckdb auto compared) --engine-seeds 40 --oracle-minutes 3 --catalogue-minutes 2 --bank-kills 60 --all-faults $(ARGS); done

lock: ## write requirements/*.lock anew (needs uv)
	@requirements/lock.sh

clean: ## remove the virtual environment and what tools left; servers' data stays
	@rm -rf .venv .mypy_cache .pytest_cache .ruff_cache .import_linter_cache .hypothesis build dist

help: ## this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "make %-8s %s\n", $$1, $$2}' Makefile

install-demo:
	@requirements/install.sh demo

install-dev:
	@requirements/install.sh dev
