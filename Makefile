# Lakefront: the commands of the README. Only Python 3.11+, make and a network are needed.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed
UV_VERSION := 0.13.8
# The pip that comes with Python brings uv; uv brings the rest, with every hash checked.
export UV_NO_CONFIG := 1

.DEFAULT_GOAL := help
.PHONY: help up down setup lint format test test-long bench chart-defaults screenshots docs lock build clean

help: ## Say what each command does
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## /  make \1\t/' | expand -t 22

$(STAMP): pyproject.toml requirements.lock
	@$(PYTHON) -c 'import sys; sys.exit(0 if sys.version_info >= (3, 11) else "Python 3.11 or newer is needed, this is " + sys.version.split()[0] + ": install one and run make again with PYTHON=/path/to/python3.11")'
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@test -x $(BIN)/uv || $(BIN)/python -m pip install --quiet --disable-pip-version-check uv==$(UV_VERSION)
	@# Compiled now: where Python is told to write no bytecode, each start of a command or a service would do it anew.
	@$(BIN)/uv pip sync --quiet --compile-bytecode --python $(BIN)/python --require-hashes requirements.lock
	@$(BIN)/uv pip install --quiet --python $(BIN)/python --no-deps --editable .
	@$(BIN)/python -m compileall -q src
	@touch $@

setup: $(STAMP) ## Make .venv with everything the toolkit needs

up: setup ## Start the local lakehouse with sample data, print the addresses
	@$(BIN)/lakefront up

down: setup ## Stop it; data stays in .lakefront/
	@$(BIN)/lakefront down

lint: setup ## Check style, types, dependency rules and generated files
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/basedpyright
	$(BIN)/lint-imports --no-cache
	$(BIN)/lakefront semantic build --check
	$(BIN)/lakefront superset format --check
	$(BIN)/lakefront grafana build --check
	$(BIN)/lakefront grafana validate --no-run
	$(BIN)/python -m lakefront.cli.reference docs/reference/cli.md --check
	$(BIN)/python -m tests.support.catalogue --check

format: setup ## Put the code into the house style
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .
	$(BIN)/lakefront superset format

test: setup ## Run every test that matters for a change, on a real stack
	$(BIN)/python -m pytest -m "not long" --numprocesses 2

test-long: setup ## Run soak, load and fault tests
	$(BIN)/python -m pytest -m long

bench: setup ## Measure, print a table, write benchmarks/results/*.json
	$(BIN)/python -m benchmarks

chart-defaults: setup ## Read the defaults of Superset's charts off its pages, from the running stack
	$(BIN)/python -m tests.browser.chart_defaults

screenshots: setup ## Take the pictures of README and docs from the running stack
	$(BIN)/python -m tests.browser.screenshots

docs: setup ## Write the generated pages of the documentation
	$(BIN)/python -m lakefront.cli.reference docs/reference/cli.md
	$(BIN)/python -m tests.support.dashboards_page

lock: setup ## Resolve dependencies anew into the two lock files
	$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --upgrade --group dev pyproject.toml -o requirements.lock
	$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --upgrade deploy/superset/pyproject.toml -o deploy/superset/requirements.lock

build: setup ## Build the wheel
	$(BIN)/python -m build --wheel --installer uv

clean: ## Remove the environment and build products (never data)
	rm -rf $(VENV) build dist .pytest_cache .ruff_cache
