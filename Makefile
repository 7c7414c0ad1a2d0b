# `make lab` and `make test` are the whole set-up: each fills .venv first, once.
PYTHON ?= python3
export PYTHON

BIN := .venv/bin

.DEFAULT_GOAL := help
.PHONY: help lab test docs set-up check check-lock lock lock-localstack upgrade docs bench mutants probe validate validate-all

help: ## Say what there is to make
	@sed -n 's/^\([a-z-]*\):[^#]*## /\1\t/p' Makefile | expand -t 16

lab: set-up ## Open the labs in JupyterLab (HARDENLAB_NO_BROWSER=1: only print the address)
	@$(BIN)/hardenlab open

test: set-up ## Run every test
	$(BIN)/pytest -n auto --dist loadgroup

set-up: ## Fill .venv, unless it is what requirements.lock asks for
	@sh tools/set-up.sh

check: set-up ## Lint, format, types, and whether requirements.lock is current
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy src environments
	@$(MAKE) --no-print-directory check-lock

# Hashes: what is installed is what was tested, whichever index or mirror it comes from.
# No builds: a package that has no wheel is found here and not by a learner without a compiler.
COMPILE := $(BIN)/uv pip compile pyproject.toml --extra test --extra dev --universal --python-version 3.11 \
	--no-build --generate-hashes --custom-compile-command 'make lock' --quiet

# uv keeps the pins of the file that it writes, so a new release on the index changes nothing here.
check-lock: set-up
	@cp requirements.lock .venv/checked.lock
	@$(COMPILE) --output-file .venv/checked.lock
	@cmp -s requirements.lock .venv/checked.lock || \
		{ echo "requirements.lock is not what pyproject.toml asks for: run 'make lock' and commit it." >&2; exit 1; }

lock: set-up ## Compile requirements.lock from pyproject.toml, keeping the pins that still fit
	$(COMPILE) --output-file requirements.lock

lock-localstack: set-up ## Compile LocalStack's own lock, of the newest releases that it bears
	$(BIN)/uv pip compile environments/localstack/requirements.in --universal --python-version 3.12 \
		--generate-hashes --custom-compile-command 'make lock-localstack' --quiet \
		--output-file environments/localstack/requirements.lock

upgrade: set-up ## Compile requirements.lock with the newest releases
	$(COMPILE) --output-file requirements.lock --upgrade

docs: set-up ## Write the pages of docs/ that are made from code
	$(BIN)/hardenlab docs
	$(BIN)/python tools/docs.py

probe: set-up ## Count what the emulated account makes of steps over every service, in docs/emulator-probe.md
	$(BIN)/python -m benchmarks.probe --page

bench: set-up ## Measure the emulated account, the making of evidence, the evaluators and grading
	$(BIN)/python -m benchmarks
	$(BIN)/python -m benchmarks.evidence
	$(BIN)/python -m benchmarks.iam_network
	$(BIN)/python -m benchmarks.patterns
	$(BIN)/python -m benchmarks.hostile
	$(BIN)/python -m benchmarks.probe
	$(BIN)/python -m benchmarks.cohort

mutants: set-up ## Break each evaluator in many places, one at a time, and count what the tests notice
	$(BIN)/python -m benchmarks.mutants

validate: set-up ## Prove that every lab works (the law)
	$(BIN)/hardenlab validate

validate-all: set-up ## The same for 20 variants of every lab
	$(BIN)/hardenlab validate --variants 20

