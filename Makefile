# Everything that one does with this repository. `make` alone lists it.

PYTHON ?= python3
BIN := .venv/bin
PACKAGES := libs/contracts/pingshan_events libs/kit/pingshan_kit libs/values/pingshan_values libs/ui/pingshan_ui \
	$(wildcard services/*/pingshan_*) simulators/pingshan_simulators tools/pingshan_tools tools/environment.py
TESTS ?= tests
# One for each core: starting services is what the tests spend their time on.
WORKERS ?= 2
.DEFAULT_GOAL := help

.PHONY: help
help: ## this list
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{ printf "  make %-17s %s\n", $$1, $$2 }'

.PHONY: environment
environment: ## .venv with everything in requirements.lock (part of the others)
	@$(PYTHON) tools/environment.py

.PHONY: up
up: environment ## start the platform: PostgreSQL, NATS, Temporal, five services, simulators
	@$(BIN)/pingshan up

.PHONY: down
down: environment ## stop it; what was kept stays
	@$(BIN)/pingshan down

.PHONY: demo
demo: up ## one story through all five services
	@$(BIN)/pingshan demo

.PHONY: test
test: lint check-generated ## lint and all tests, on real servers
	$(BIN)/pytest -n $(WORKERS) --dist loadscope --no-loadscope-reorder $(TESTS)

BENCH := $(BIN)/pytest -q -s -o python_files='bench_*.py' tests/load
.PHONY: bench
bench: environment ## all benchmarks; writes docs/reference/figures.md (needs wrk, nodejs and npm)
	$(BENCH) --write-figures docs/reference

.PHONY: bench-large
bench-large: environment ## the benchmarks of growth, among five million rows
	$(BENCH) -k growth --rows 5000000

.PHONY: check
check: environment ## for the inner loop: lint, types and the tests of what changed since the last commit
	@$(BIN)/python -m pingshan_tools.check $(PACKAGES)

.PHONY: lint
lint: environment contracts ## ruff, mypy, import rules, sizes, contracts
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy $(PACKAGES)
	$(BIN)/lint-imports
	$(BIN)/python -m pingshan_tools.sizes

.PHONY: contracts
contracts: environment ## lint proto/, and compare it with the last release
	@$(BIN)/python -m pingshan_tools.contracts

.PHONY: format
format: environment ## format the code
	$(BIN)/ruff check --fix --quiet . || true
	$(BIN)/ruff format .

.PHONY: lock
lock: environment ## resolve requirements.lock anew, without hosts in it
	.venv/uv/bin/uv pip compile --universal --generate-hashes --no-header --no-annotate --python-version 3.11 --quiet \
		--no-emit-package pingshan-contracts --no-emit-package pingshan-kit --no-emit-package pingshan-values \
		--no-emit-package pingshan-ui --group dev --output-file requirements.lock \
		libs/*/pyproject.toml services/*/pyproject.toml simulators/pyproject.toml tools/pyproject.toml

.PHONY: generate
generate: environment ## write what follows from proto/, edges.yaml, events and services
	@$(BIN)/pingshan generate

.PHONY: check-generated
check-generated: environment ## fail where generated files are not up to date
	@$(BIN)/pingshan generate --check

.PHONY: screenshots
screenshots: up ## make the README's pictures
	@$(BIN)/pingshan screenshots
