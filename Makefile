# Needs make, git and Python 3.11 or newer; everything else goes into .venv.
PYTHON ?= python3
BIN := .venv/bin

.DEFAULT_GOAL := help
.PHONY: help demo test clean

help: ## Show this list
	@sed -n 's/^\([a-z]*\):.*## /  make \1\t/p' Makefile

demo: .venv/installed ## Install nbprod into .venv and check the example notebooks
	@$(BIN)/nbprod check --exit-zero examples/
	@echo
	@echo "That was: $(BIN)/nbprod check --exit-zero examples/"
	@echo "Next:     $(BIN)/nbprod check YOUR_NOTEBOOKS/     your own notebooks"
	@echo "          $(BIN)/nbprod rule hard-coded-path      why a rule exists and how it is fixed"
	@echo "          $(BIN)/nbprod score examples/           what keeps each notebook from production"

test: .venv/tools ## Run every check that a change must pass
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/pytest -q --cov --cov-report=term

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
	$(BIN)/python -m pip install --quiet --editable .
	@touch $@

.venv/tools: pyproject.toml .venv/installed
	$(BIN)/python -m pip install --quiet --group test
	@touch $@
