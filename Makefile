# Everything a person does with the checkout. `make help` lists it.

SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DELETE_ON_ERROR:
.DEFAULT_GOAL := help

VENV ?= .venv
PYTHON ?= $(shell command -v python3.11 || command -v python3 || echo python3)
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check --quiet --quiet
INSTALL := $(PIP) install --require-hashes --requirement
IN_PLACE := $(PIP) install --no-deps --no-build-isolation --editable .
# `make test TESTS=tests/unit/schema` runs a part of the suite.
TESTS ?= tests
WORKERS ?= 2
# What npm writes last of all.
NODE_PACKAGES := tests/support/node/node_modules/.package-lock.json
COMPILE := $(BIN)/pip-compile --quiet --no-config --generate-hashes --strip-extras --allow-unsafe --no-annotate \
	--no-header --no-emit-options --no-emit-index-url --no-emit-find-links --no-emit-trusted-host

.PHONY: help demo test crash check bench fmt lock image sbom clean

help: ## List the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-8s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

demo: $(VENV)/.runtime ## Start the gateway over six national sandboxes; Ctrl-C ends everything
	@tests/system-packages.sh demo || echo "The demo starts all the same; only the lines that it prints cannot be pasted."
	@$(BIN)/bawaba demo

test: $(VENV)/.dev ## Install what the tests need and run them all
	@tests/system-packages.sh test
	@$(MAKE) --no-print-directory --silent $(NODE_PACKAGES)
# Where Python is told to keep no compiled code, each of some hundred processes would compile the gateway anew.
	@$(BIN)/python -m compileall -q gateway adapters
	@$(BIN)/python -m pytest -n $(WORKERS) --dist worksteal $(TESTS)

crash: $(VENV)/.dev ## Kill the gateway 200 times during 2,000 submissions and look for each of them
	@$(BIN)/python -m tests.crash

# The peers are judged too, so what they are made of has to be there.
check: $(VENV)/.bench ## Lint, types, floors, catalogues, sizes, locks and the rest that needs no running
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports --no-logo
	@$(BIN)/bandit --quiet --severity-level medium --confidence-level medium --recursive --configfile pyproject.toml gateway adapters
	@$(BIN)/python -m pip --disable-pip-version-check check
	@$(BIN)/python -m tests.check

bench: $(VENV)/.bench ## Measure lookups, sign-ins, submissions, deliveries and tokens, beside peers
	@tests/system-packages.sh bench
	@$(BIN)/python -m tests.bench

fmt: $(VENV)/.dev ## Format the code and mend what can be mended
	@$(BIN)/ruff format .
	@$(BIN)/ruff check --fix .

lock: $(VENV)/.dev ## Resolve the dependencies anew and write the lock files
	@$(COMPILE) --upgrade --build-deps-for editable --output-file requirements.lock pyproject.toml
	@$(COMPILE) --upgrade --extra dev --build-deps-for editable --constraint requirements.lock \
		--output-file requirements-dev.lock pyproject.toml
	@$(COMPILE) --upgrade --extra dev --extra bench --build-deps-for editable --constraint requirements-dev.lock \
		--output-file requirements-bench.lock pyproject.toml

sbom: $(VENV)/.dev ## Write the bill of materials of the runtime to var/sbom.json
	@mkdir -p var
	@PYTHONWARNINGS=ignore $(BIN)/cyclonedx-py requirements --pyproject pyproject.toml --output-reproducible --output-file var/sbom.json \
		requirements.lock
	@echo "var/sbom.json"

image: ## Build the container image
	docker build --tag bawaba:local .

clean: ## Remove the environment, caches and the demo's data
	rm -rf $(VENV) .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis var
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

$(BIN)/python:
	@PYTHON=$(PYTHON) tests/system-packages.sh python
	@$(PYTHON) -c 'import sys; sys.exit("Bawaba needs Python 3.11 or newer." if sys.version_info < (3, 11) else 0)'
	@echo "Creating $(VENV)"
	@$(PYTHON) -m venv $(VENV)

# The order-only prerequisite keeps the time of the interpreter out of it: only a changed lock installs anew.
$(VENV)/.runtime: requirements.lock | $(BIN)/python
	@echo "Installing from $<"
	@$(INSTALL) $<
	@$(IN_PLACE)
	@touch $@

$(VENV)/.dev: requirements-dev.lock | $(BIN)/python
	@echo "Installing from $<"
	@$(INSTALL) $<
	@$(IN_PLACE)
	@touch $@ $(VENV)/.runtime

$(VENV)/.bench: requirements-bench.lock | $(BIN)/python
	@echo "Installing from $<"
	@$(INSTALL) $<
	@$(IN_PLACE)
	@touch $@ $(VENV)/.dev $(VENV)/.runtime

$(NODE_PACKAGES): tests/support/node/package-lock.json
	@echo "Installing from $<"
	@npm ci --prefix $(<D) --ignore-scripts --no-audit --no-fund --silent
	@touch $@
