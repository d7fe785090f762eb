# All commands of this project. `make` explains them.

SHELL := bash
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:

# Settings of these commands, as in `make quick T=tests/contacts`; those of the application are in .env.example.
WORKERS ?= 3
ROUNDS ?= 7
SECONDS ?= 2
T ?= tests
IS_PYTHON := import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 11))
PYTHON ?= $(shell for python in python3.13 python3.12 python3.11 python3 python; do \
	$$python -c '$(IS_PYTHON)' 2>/dev/null && echo $$python && break; done)

IN_VENV := .venv/bin/python -m
OFFLINE := Nothing was installed: the first time, this needs an internet connection. Then run it again.
INSTALL := pip install --quiet --disable-pip-version-check --require-hashes --requirement
COMPILE := uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-strip-extras --no-annotate --custom-compile-command 'make lock'
ALL := not citus and not browser and not contract and not fuzz and not hostile and not (faults and slow)
GUNICORN_CONF := $(wildcard deploy/gunicorn.conf.py)
GUNICORN_OPTIONS := $(if $(GUNICORN_CONF),--config $(GUNICORN_CONF),--worker-class gthread --threads 4 --no-control-socket)

.PHONY: help
help: ## show this list
	@grep -hE '^[a-z]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{ printf "make %-9s %s\n", $$1, $$2 }'

.PHONY: run
run: .venv/installed ## install, migrate and serve on this machine, with SQLite; `make run BIND=127.0.0.1:8001` takes another port
	@$(IN_VENV) flask --app wsgi db upgrade
	@exec $(IN_VENV) gunicorn $(GUNICORN_OPTIONS) wsgi:app

.PHONY: quick
quick: .venv/installed-dev ## one folder or file in seconds, on SQLite and without servers, as in make quick T=tests/contacts
	@EXAMPLES=$${EXAMPLES:-25} $(IN_VENV) pytest --quiet --engine sqlite -m '$(ALL) and not slow' $(T)

.PHONY: test
test: .venv/installed-dev ## all tests but the slow ones, on SQLite, PostgreSQL and Valkey, which they start themselves
	@EXAMPLES=$${EXAMPLES:-25} $(IN_VENV) pytest --numprocesses $(WORKERS) --dist worksteal -m '$(ALL) and not slow'

.PHONY: coverage
coverage: .venv/installed-dev ## the slow ones too, with four times the examples, and 95 in 100 branches of the code at least
	@$(IN_VENV) pytest --numprocesses $(WORKERS) --dist worksteal -m '$(ALL)' --cov

.PHONY: faults
faults: .venv/installed-dev ## break everything that can break while phones write, and show how long it was felt
	@$(IN_VENV) pytest --numprocesses $(WORKERS) --dist worksteal -m faults -p tests.figures

.PHONY: fuzz
fuzz: .venv/installed-dev ## requests and inputs that nobody thought of; FUZZ_REQUESTS, FUZZ_INPUTS, FUZZ_SEED
	@$(IN_VENV) pytest -s --numprocesses 2 --dist worksteal -o faulthandler_timeout=3600 -m fuzz tests/fuzz

.PHONY: search
search: .venv/installed-dev ## new examples for all properties that are tested with Hypothesis; EXAMPLES says how many; as in make search T=tests/contacts
	@EXAMPLES=$${EXAMPLES:-1000} $(IN_VENV) pytest --numprocesses 2 --dist worksteal --engine sqlite \
		-o faulthandler_timeout=3600 --hypothesis-profile search -m '$(ALL) and hypothesis' $(T)

.PHONY: smoke
smoke: ## the whole service in Docker, started from nothing, used, broken and removed again
	@deploy/smoke-test

HOSTILE := tests/web/test_budgets.py tests/web/test_shares.py tests/test_unicode.py tests/contacts/test_answers.py \
	tests/contacts/test_quotas.py tests/contacts/exchange/test_import_budget.py tests/contacts/exchange/test_hostile_files.py \
	tests/contacts/carddav/test_bounds.py tests/test_patience.py tests/hostile
# Runs alone, for it measures how quickly others are served.
STORM := tests/hostile/test_storm.py

.PHONY: hostile
hostile: .venv/installed-dev ## what one request, user or address may cost: the bounds of docs/security.md, with its figures
	@$(IN_VENV) pytest --numprocesses $(WORKERS) --dist worksteal -p tests.figures $(HOSTILE) --ignore $(STORM)
	@$(IN_VENV) pytest -p tests.figures $(STORM)

.PHONY: audit
audit: .venv/installed-dev ## ask PyPI whether a hole is known in any package that is pinned
	@$(IN_VENV) pip_audit --strict --disable-pip --require-hashes --requirement requirements-dev.lock

.PHONY: browser
browser: .venv/installed-dev ## the pages in a real Chromium, which must be installed
	@command -v chromium chromium-browser google-chrome >/dev/null || \
		{ echo 'No Chromium here. On Debian: apt-get install chromium' >&2; exit 1; }
	@$(IN_VENV) pytest -m browser tests/browser

.PHONY: contract
contract: .venv/installed-dev node_modules tests/clients/jvm/node_modules ## the OpenAPI document, linted, and clients made from it in six languages, compiled and used, and tsdav
	@node_modules/.bin/redocly lint docs/openapi.json
	@$(IN_VENV) pytest -p tests.clients.table -m contract tests/clients tests/contacts/carddav

.PHONY: postman
postman: .venv/installed-dev node_modules ## the Postman collection, run by newman against a fresh server
	@$(IN_VENV) tests.postman

.PHONY: bench
bench: .venv/installed-dev .venv/shipped/installed ## what requests cost, into docs/performance.md: 28 minutes; `make bench ROUNDS=1 SECONDS=1` tries it in a few
	@$(IN_VENV) pytest --quiet benchmarks
	@$(IN_VENV) benchmarks --rounds $(ROUNDS) --seconds $(SECONDS)

.PHONY: citus
citus: .venv/installed-dev ## scale out on a real engine; CITUS_BIN=/usr/lib/postgresql/17/bin names a PostgreSQL with Citus
	@test -n "$$CITUS_BIN" || { echo 'SKIPPED: no Citus here. CITUS_BIN names the programs of a PostgreSQL that has it.' >&2; exit 1; }
	@$(IN_VENV) pytest -m citus tests/test_citus.py

.PHONY: crowd
crowd: .venv/installed-dev ## what purge, resync and user list take with 300,000 books and ten million contacts: 15 minutes, 10 GB
	@$(IN_VENV) benchmarks.crowd

.PHONY: lint
lint: .venv/installed-dev ## check style, types, the direction of imports, workflows and Compose
	@$(IN_VENV) ruff check
	@$(IN_VENV) ruff format --check
	@$(IN_VENV) mypy --strict project tests benchmarks
	@.venv/bin/lint-imports
	@$(IN_VENV) check_jsonschema --quiet --builtin-schema vendor.github-workflows .github/workflows/*
	@$(IN_VENV) check_jsonschema --quiet --builtin-schema vendor.dependabot .github/dependabot.yml
	@$(IN_VENV) check_jsonschema --quiet --builtin-schema vendor.compose-spec docker-compose.yml

.PHONY: format
format: .venv/installed-dev ## put the code into the form that `make lint` asks for
	@$(IN_VENV) ruff check --fix
	@$(IN_VENV) ruff format

.PHONY: openapi
openapi: .venv/installed ## write the OpenAPI document to docs/openapi.json
	@INSTANCE_FOLDER="$$(mktemp -d)" $(IN_VENV) flask --app wsgi openapi write docs/openapi.json

.PHONY: lock
lock: .venv/installed-dev ## lock what requirements*.txt name, with all that it needs and its hashes; OPTIONS=--upgrade takes the newest
	@$(IN_VENV) $(COMPILE) $(OPTIONS) requirements.txt --output-file requirements.lock
	@$(IN_VENV) $(COMPILE) $(OPTIONS) requirements-dev.txt requirements-bench.txt --constraint requirements.lock --output-file requirements-dev.lock

.PHONY: clean
clean: ## remove what the other commands made, but never the data in instance/
	@rm -rf .venv node_modules tests/clients/jvm/node_modules .coverage* .hypothesis .import_linter_cache .mypy_cache .pytest_cache .ruff_cache
	@find project tests migrations benchmarks -name __pycache__ -prune -exec rm -rf {} +

# A virtual environment is installed into again when a list of packages changes.
.venv/bin/python:
	@$(or $(PYTHON),false) -c '$(IS_PYTHON)' 2>/dev/null || \
		{ echo 'Python 3.11 or newer, with venv, is needed. On Debian: apt-get install python3-venv' >&2; exit 1; }
	@echo 'Making a virtual environment with $(PYTHON) ...'
	@$(PYTHON) -m venv .venv

node_modules tests/clients/jvm/node_modules: %node_modules: %package-lock.json
	@command -v npm >/dev/null || { echo 'Node.js 20 or newer is needed, with npm. On Debian: apt-get install npm' >&2; exit 1; }
	@cd $(@D) && npm ci --no-audit --no-fund --silent
	@touch $@

.venv/installed: requirements.lock | .venv/bin/python
	@echo 'Installing what the application needs ...'
	@$(IN_VENV) $(INSTALL) requirements.lock || { echo '$(OFFLINE)' >&2; exit 1; }
	@touch $@

.venv/installed-dev: requirements-dev.lock .venv/installed
	@echo 'Installing what tests, checks and benchmarks need ...'
	@$(IN_VENV) $(INSTALL) requirements-dev.lock || { echo '$(OFFLINE)' >&2; exit 1; }
	@touch $@

.venv/shipped/installed: requirements.lock | .venv/bin/python
	@echo 'Installing what the application needs, apart from all else ...'
	@$(IN_VENV) venv .venv/shipped
	@.venv/shipped/bin/python -m $(INSTALL) requirements.lock
	@touch $@
