# Two commands matter: `make run` and `make test`. Everything else is listed by `make help`.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PINNED := requirements.txt requirements-dev.txt constraints.txt
PACKAGES := creatorshop drops pickups fulfillment
# They bring many connections or the whole shop with them, so they run apart from the others, and two at a time.
ALONE := tests/races tests/faults
BROWSERS := tests/browser
NIGHT ?= $(shell date +%Y%m%d)

.DEFAULT_GOAL := help
.PHONY: help setup run test race nightly bench bench-pages lint types format catalogues check clean

help: ## List every target
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-11s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

setup: $(VENV)/installed .env ## Make the virtual environment and install what is pinned (skipped while nothing changed)

run: setup ## Run the whole shop, with demo data, and print where it is; Ctrl-C stops it
	@$(BIN)/python manage.py up $(ARGS)

test: setup ## Run all tests; ARGS="tests/drops -k hold" runs some
	@$(BIN)/python -m tests.chromium
ifdef ARGS
	@$(BIN)/python -m pytest $(ARGS)
else
	@$(BIN)/python -m pytest -q --numprocesses logical --maxprocesses 8 --dist worksteal \
	  $(patsubst %,--ignore %,$(ALONE) $(BROWSERS))
	@$(BIN)/python -m pytest -q --numprocesses 2 --dist worksteal $(ALONE)
# Two shops with a browser each, since axe looks at pages a thousand times. A browser paints in its own time, and on a busy
# machine too late for a test now and then: what failed there is looked at once more, alone, and both looks are printed.
# Nothing else is: a race that is lost once in ten times is lost.
	@$(BIN)/python -m pytest -q --numprocesses 2 --dist worksteal $(BROWSERS) || { \
	  [ $$? -eq 1 ] && echo 'Once more, what failed in a browser:' && \
	  $(BIN)/python -m pytest -q --last-failed --last-failed-no-failures none $(BROWSERS); }
endif

race: setup ## Run the tests in which shoppers race for the same units
	@$(BIN)/python -m pytest tests/races $(ARGS)

nightly: setup ## Run the property tests with thousands of examples each; NIGHT=20261127 looks at what that night looked at
	@NIGHT=$(NIGHT) HYPOTHESIS_PROFILE=nightly $(BIN)/python -m pytest -m nightly --timeout 14400 \
	  --numprocesses logical --maxprocesses 8 --dist worksteal $(ARGS)

bench: setup ## Measure the shop in a short form; bench/README.md has the long ones
	@$(BIN)/python -W ignore -m bench.short

bench-pages: setup ## Measure pages and the widget with Lighthouse, if Node.js is here
	@$(BIN)/python -W ignore -m bench.pages $(ARGS)

lint: setup ## Look at style, imports, types, migrations and templates
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/lint-imports --no-logo
	$(BIN)/mypy
	$(BIN)/python manage.py makemigrations --check --dry-run
	$(BIN)/djlint templates --lint --quiet

types: ## Check the types that the widget's comments give, where Node.js is there
	@command -v npx >/dev/null || { echo 'This needs Node.js; nothing else does but bench-pages.'; exit 0; }; \
	  npx --yes -p typescript@5.9.3 tsc -p tests/widget/tsconfig.json

format: setup ## Put the code into the house's form
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

catalogues: setup ## Bring the bot's translations up to its sentences; ARGS=pt begins a language
	@$(BIN)/python -m creatorshop.chat.catalogues $(ARGS)

check: lint test ## What CI runs

clean: ## Remove what can be made again; the data in .data/ stays
	rm -rf $(VENV) staticfiles .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

# DEBUG belongs to a desk. In production nobody calls make, and no such file exists.
.env:
	@printf '%s\n' '# Settings of this desk; the real environment wins. docs/operations.md lists the names.' 'DEBUG=1' > $@

$(VENV)/installed: $(PINNED)
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo 'Python 3.11 or newer is needed. If it has another name, say it: make $(MAKECMDGOALS) PYTHON=python3.12' >&2; exit 1; }
	@test -x $(BIN)/pip || $(PYTHON) -m venv $(VENV) || \
	  { rm -rf $(VENV); echo 'Python cannot make virtual environments here. On Debian and Ubuntu: apt-get install python3-venv' >&2; exit 1; }
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements-dev.txt
	@touch $@
