# Needs make, git and Python 3.11 or newer; everything else goes into .venv.
PYTHON ?= python3
BIN := .venv/bin
AS_ROOT := $(if $(filter 0,$(shell id -u)),--allow-root) # in a container, say: JupyterLab wants to be told

export NO_MKDOCS_2_WARNING := 1 # a notice of the theme about its own future

.DEFAULT_GOAL := help
.PHONY: help demo lab docs test test-programs test-rest fuzz clean

help: ## Show this list
	@sed -n 's/^\([a-z]*\):.*## /  make \1\t/p' Makefile

demo: .venv/installed ## Install nbprod into .venv and check the example notebooks
	@$(BIN)/nbprod check --exit-zero examples/
	@echo
	@echo "That was: $(BIN)/nbprod check --exit-zero examples/"
	@echo "Next:     $(BIN)/nbprod check YOUR_NOTEBOOKS/     your own notebooks"
	@echo "          $(BIN)/nbprod rule hard-coded-path      why a rule exists and how it is fixed"
	@echo "          $(BIN)/nbprod score examples/           what keeps each notebook from production"

lab: .venv/lab ## Open JupyterLab on a copy of the example notebooks, with nbprod in the sidebar
	@rm -rf .venv/examples && cp -R examples .venv/examples
	@echo
	@echo "JupyterLab opens in your browser (else follow the address below). Findings are underlined in the cells;"
	@echo "the clipboard in the notebook's toolbar, or Ctrl+Shift+., opens the list of them. Ctrl+C here ends it."
	@echo
	$(BIN)/jupyter lab --notebook-dir=.venv/examples --LabApp.default_url=/lab/tree/churn_poc.ipynb $(AS_ROOT)

docs: .venv/tools ## Build the documentation into .venv/site
	$(BIN)/python docs/generate.py
	$(BIN)/mkdocs build --quiet --strict --site-dir .venv/site
	@echo "Open .venv/site/index.html"

test: .venv/tools .venv/lab .venv/pandas2/installed ## Run every check that a change must pass
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/python jupyter_ext/generate.py --check
	$(BIN)/python docs/generate.py --check
	$(BIN)/mkdocs build --quiet --strict --site-dir .venv/site
	PATH="$(CURDIR)/$(BIN):$$PATH" $(BIN)/jlpm check
	PATH="$(CURDIR)/$(BIN):$$PATH" $(BIN)/jlpm lint
	PATH="$(CURDIR)/$(BIN):$$PATH" $(BIN)/jlpm test
	$(MAKE) --no-print-directory --jobs=2 --keep-going test-programs test-rest
	$(BIN)/coverage combine --quiet $(COVERED)
	$(BIN)/coverage report

# Two processes, each with the same tests in the same order every time. What builds this checkout, starts servers, kernels or
# browsers, or looks at all files is in one of them.
PROGRAMS := $(addprefix tests/,ecosystem execution kernel server ui test_house.py)
COVERED := $(addprefix .venv/coverage.,programs rest)

test-programs:
	COVERAGE_FILE=.venv/coverage.programs $(BIN)/pytest -q --cov --cov-report= $(PROGRAMS)

test-rest:
	COVERAGE_FILE=.venv/coverage.rest $(BIN)/pytest -q --cov --cov-report= $(addprefix --ignore=,$(PROGRAMS))

FUZZ_SECONDS ?= 900
FUZZED := notebook wreck bytes live

fuzz: .venv/tools ## Fuzz nbprod for FUZZ_SECONDS (900) with atheris, which has wheels for some Pythons only
	$(BIN)/python -m pip install --quiet --group fuzz
	mkdir -p $(addprefix .venv/fuzz/,$(FUZZED))
	for target in $(FUZZED); do \
	  nice $(BIN)/python tests/fuzz/fuzz.py $$target .venv/fuzz/$$target -artifact_prefix=.venv/ \
	    -max_total_time=$$(($(FUZZ_SECONDS) / $(words $(FUZZED)))) || exit; \
	done

clean: ## Remove .venv and the caches
	rm -rf .venv .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis .coverage

# --- Environment: each step leaves a file, so that it is redone only when pyproject.toml changes ----

.venv/created:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	{ echo "nbprod needs Python 3.11 or newer. Say which one to use: make PYTHON=python3.12 ..." >&2; exit 1; }
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --upgrade 'pip>=25.1' # the first that installs dependency groups
	@touch $@

.venv/installed: pyproject.toml .venv/created
	NBPROD_FRONT_END=skip $(BIN)/python -m pip install --quiet --editable . # the command line needs no front end
	@touch $@

.venv/lab: package.json yarn.lock $(shell find jupyter_ext -type f) .venv/installed
	$(BIN)/python -m pip install --quiet --editable '.[lab,examples]'
	@touch $@

.venv/tools: pyproject.toml .venv/installed
	$(BIN)/python -m pip install --quiet --group test --group torch
	@touch $@

.venv/pandas2/installed: # what a notebook loses depends on its pandas: the tests run both
	$(PYTHON) -m venv .venv/pandas2
	.venv/pandas2/bin/python -m pip install --quiet 'pandas>=2.2,<3'
	@touch $@
