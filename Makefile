# One environment, built from pinned versions; every target may run first, and again.
PYTHON ?= python3
VENV   ?= .venv
BIN    := $(VENV)/bin
STAMP  := $(VENV)/.installed
PIP     = $(BIN)/python -m pip --disable-pip-version-check

.PHONY: help advise test check format bench bench-decision bench-probes bench-app fuzz clean

help: ## list the targets
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*## /\t/' | sort | expand -t 18

advise: $(STAMP) ## set up, then open the app (without a terminal: run the example)
	@$(BIN)/advisor advise

test: $(STAMP) ## set up, then run every check and every test
	@$(MAKE) --no-print-directory check
	$(BIN)/python -m pytest

check: $(STAMP) ## lint, types, import contracts, rule base
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-logo
	$(BIN)/advisor rules check

format: $(STAMP) ## format the code
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

$(STAMP): pyproject.toml constraints.txt
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@echo "Setting up $(VENV): both frameworks are about 2 GB, once."
	@$(PIP) install -q --upgrade 'pip>=25.1'
	@$(PIP) install -q -c constraints.txt -e '.[probes,web]' --group test --group lint --group build
	@touch $(STAMP)

clean: ## remove the environment and everything generated
	rm -rf $(VENV) dist build reports .mypy_cache .ruff_cache .pytest_cache .hypothesis
