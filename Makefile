# Two commands for a newcomer: `make demo` and `make test`. Each sets up all that it needs (Python 3.11+ and a registry).
.DEFAULT_GOAL := help
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
TOOLS := .tools
UV := $(TOOLS)/bin/uv
export UV_PYTHON_DOWNLOADS := never
export UV_PROJECT_ENVIRONMENT := $(VENV)
export UV_LINK_MODE := copy

.PHONY: help setup demo test lint conformance hostile crash fuzz properties bench schemas clean

help: ## what there is
	@grep -hE '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*## /\t/' | expand -t 16

$(UV):
	@echo "Setting up, once: a private environment in $(VENV)"
	@$(PYTHON) -c 'import sys; sys.exit("Python 3.11 or newer is needed; this is %s. Try: make PYTHON=python3.12" % sys.version.split()[0] if sys.version_info < (3, 11) else 0)'
	@$(PYTHON) -m venv $(TOOLS)
	@$(TOOLS)/bin/pip install --quiet --disable-pip-version-check uv

setup: $(BIN)/.ready ## the locked environment, compiled

$(BIN)/.ready: $(UV) pyproject.toml uv.lock
	@$(UV) sync --quiet --frozen --compile-bytecode --python $(TOOLS)/bin/python
	@touch $@

demo: setup ## one environment on three local clouds: plan, apply, plan again
	@mkdir -p build
	@echo '$$ orch sandbox up' && $(BIN)/orch sandbox up
	@echo && echo '$$ orch plan blueprints/bootstrap -e sandbox --out change.orch'
	@$(BIN)/orch plan blueprints/bootstrap -e sandbox --out change.orch
	@echo && echo '$$ orch apply change.orch' && $(BIN)/orch apply change.orch
	@echo && echo '$$ orch plan blueprints/bootstrap -e sandbox' && $(BIN)/orch plan blueprints/bootstrap -e sandbox
	@echo
	@echo 'One environment stands on three (local) clouds. The sandbox is still running; try next (orch is in $(BIN)):'
	@echo '  orch state list                                   what it made, with the ids the clouds gave'
	@echo '  orch destroy blueprints/bootstrap -e sandbox      delete it all again, dependents first'
	@echo '  orch sandbox down                                 stop the three local clouds'

test: setup ## every test; under 10 minutes on two cores
	$(BIN)/pytest -n auto -m "not conformance or everyday"

lint: setup ## style, types, layers
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy provisioner providers
	$(BIN)/lint-imports

conformance: setup ## every verb of every resource type -> build/conformance.json
	$(BIN)/pytest -n auto -m conformance tests/conformance

hostile: setup ## a whole life on clouds that answer as differently as real ones do, with 50 seeds (SEEDS=N for more)
	ORCH_SEEDS=$(or $(SEEDS),50) $(BIN)/pytest -n auto --timeout 3600 tests/scenarios/test_hostile.py

crash: setup ## kill it at every boundary and at random instants -> build/crash.json
	$(BIN)/python -m tests.crash.kill $(CRASH)

fuzz: setup ## strange blueprints for 10 minutes -> build/fuzz.json
	$(BIN)/python -m tests.fuzz $(FUZZ)

properties: setup ## what holds for every stack, each tried with 2,000 examples that are others every time (EXAMPLES=N for more)
	ORCH_FUZZ=$(or $(EXAMPLES),2000) $(BIN)/pytest -n auto --timeout 3600 tests/properties

bench: setup ## figures with ratios -> build/bench.json
	$(BIN)/python -m tests.bench $(BENCH)

schemas: setup ## compile the clouds' published schemas into the archives
	$(BIN)/python -m providers.aws.schema.compile
	$(BIN)/python -m providers.azure.schema.compile
	$(BIN)/python -m providers.gcp.schema.compile

clean: ## everything that was made
	rm -rf $(VENV) $(TOOLS) build .orch change.orch
