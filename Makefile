# One environment, built from pinned versions; every target may run first, and again.
PYTHON ?= python3
VENV   ?= .venv
BIN    := $(VENV)/bin
STAMP  := $(VENV)/.installed
PIP     = $(BIN)/python -m pip --disable-pip-version-check

.PHONY: help advise test check format bench bench-decision bench-probes bench-app faults fuzz docs pictures examples licences lock sbom clean

help: ## list the targets
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*## /\t/' | sort | expand -t 18

advise: $(STAMP) ## set up, then open the app (without a terminal: run the example)
	@if [ -t 0 ] && [ -t 1 ]; then exec $(BIN)/advisor; fi; \
	echo "No terminal: advising from examples/answers.yaml with the quick probe; the reports go to reports/."; \
	mkdir -p reports && \
	$(BIN)/advisor recommend --answers examples/answers.yaml --run-probe --quick --format json --force -o reports/decision.json && \
	$(BIN)/advisor report render reports/decision.json --format markdown --force -o reports/report.md && \
	$(BIN)/advisor report render reports/decision.json --format html --force -o reports/report.html

test: $(STAMP) ## set up, then run every check and every test
	@$(MAKE) --no-print-directory check
	$(BIN)/python -m pytest -n 2 --dist loadfile

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
	@$(PIP) install -q -c constraints.txt -e '.[probes,deploy,web,pdf]' --group test --group lint --group build --group supply
	@touch $(STAMP)

bench: bench-app bench-decision ## start-up and decision benchmarks (minutes)

bench-app: $(STAMP) ## first paint, key to repaint, memory of the app
	$(BIN)/python -m bench.app.run

bench-decision: $(STAMP) ## time of a decision, and its growth with the rule base
	$(BIN)/python -m bench.decision.run

bench-probes: $(STAMP) ## how far the probe can be trusted (hours at full scale)
	$(BIN)/python -m bench.probes.run

docs: $(STAMP) examples pictures licences ## make every generated page, report and picture anew
	$(BIN)/python docs/make_survey_page.py

pictures: $(STAMP) ## make the pictures of the README with the app itself
	$(BIN)/python docs/make_pictures.py

faults: $(STAMP) ## kill, fill, close and take away what the program stands on, 100 times (an hour)
	ADVISOR_ROUNDS=100 $(BIN)/python -m pytest -q tests/robustness/test_killed_anywhere.py \
	  tests/robustness/test_full_disk.py tests/robustness/test_no_home.py tests/robustness/test_clock.py \
	  tests/robustness/test_no_processes.py tests/robustness/test_little_memory.py \
	  tests/robustness/test_broken_frameworks.py tests/robustness/test_terminal_gone.py

fuzz: $(STAMP) ## 10,000 hostile inputs of every kind
	ADVISOR_FUZZ=10000 $(BIN)/python -m pytest -q tests/robustness/test_hostile_*.py

examples: $(STAMP) ## make the reports of docs/examples anew
	$(BIN)/python docs/examples/make.py

licences: $(STAMP) ## list the licences of all dependencies
	$(BIN)/python docs/make_licences_page.py

lock: $(STAMP) ## pin the plain install by hash, for every platform
	$(BIN)/uv pip compile -q --universal --generate-hashes --no-annotate --custom-compile-command 'make lock' \
	  -c constraints.txt pyproject.toml -o requirements-hashed.txt

# SBOM_OF: the interpreter of the environment that is listed.
SBOM_OF ?= $(BIN)/python
SBOM     = build/sbom.cdx.json
sbom: $(STAMP) ## bill of materials (CycloneDX) of an environment
	@mkdir -p $(dir $(SBOM))
	$(BIN)/cyclonedx-py environment --pyproject pyproject.toml --mc-type application --output-reproducible \
	  --output-format JSON --validate --output-file $(SBOM) $(SBOM_OF)

clean: ## remove the environment and everything generated
	rm -rf $(VENV) dist build reports .mypy_cache .ruff_cache .pytest_cache .hypothesis
