# Every command of the project; `make` alone lists them. Nothing has to be installed before but Python ≥ 3.11 and make.

# The first Python that is new enough; make PYTHON=… takes another.
PYTHON ?= $(shell for p in python3 python3.13 python3.12 python3.11 python3.14; do \
	"$$p" -c 'import sys; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1 && { echo "$$p"; break; }; done)
ifeq ($(strip $(PYTHON)),)
$(error No Python 3.11 or newer was found: install one, or name it with make PYTHON=/path/to/python3)
endif

PORT ?= 8000
DATAHUB_VAR ?= var
SIZE ?= full
MINUTES ?= 10
SEED ?= 1
JOBS ?= auto
BIN := .venv/bin
# Names of tests, for make test ARGS="tests/outbox -x".
ARGS ?=
# As many processes as there are processors share the tests (tests/plugin.py says how); each has services of its own.
SHARED := -n $(JOBS) --maxprocesses 4 --dist loadscope --no-loadscope-reorder
UV_COMPILE := $(BIN)/uv pip compile pyproject.toml --universal --python-version 3.11 --generate-hashes --no-header \
	--no-emit-index-url --no-annotate --quiet

.DEFAULT_GOAL := help
.PHONY: help demo serve test test-full soak lint format audit fuzz bench docs messages screenshots lock clean run-env \
	demo-env dev-env

help: ## List the commands
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 12

run-env demo-env dev-env:
	@"$(PYTHON)" requirements/install.py $(@:-env=)

demo: export DATAHUB_VAR := $(DATAHUB_VAR)
demo: demo-env ## Run the hub with the demo market on 127.0.0.1: make demo [PORT=8000] [DATAHUB_VAR=var]
	@exec $(BIN)/python -m datahub.local.demo --port "$(PORT)" --under-make

serve: run-env ## Run web, workers and beat against the services that the environment names: make serve [PORT=8000]
	@exec $(BIN)/python -m datahub.local.serve --port "$(PORT)" --under-make

test: dev-env ## Run the tests, all but the long ones: make test [JOBS=auto]
	@exec $(BIN)/python -m pytest $(SHARED) -m "not long" $(ARGS)

test-full: dev-env ## Run all tests
	@exec $(BIN)/python -m pytest $(SHARED) $(ARGS)

soak: dev-env ## Put the hub under everything and random kills: make soak [MINUTES=10] [SEED=1]
	@exec $(BIN)/python -W ignore -m tests.contracts.soak --minutes "$(MINUTES)" --seed "$(SEED)"

lint: dev-env ## Check style, types, import direction, migrations
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check --quiet .
	@$(BIN)/mypy datahub distribution enquiries connections portal
	@$(BIN)/mypy --config-file clients/python/pyproject.toml --cache-dir .mypy_cache/client clients/python
	@$(BIN)/lint-imports --no-cache
	@DJANGO_SETTINGS_MODULE=datahub.settings.test $(BIN)/python -W ignore manage.py makemigrations --check --dry-run

format: dev-env ## Put the code into its form
	@$(BIN)/ruff check --fix --quiet . ; $(BIN)/ruff format .

fuzz: dev-env ## Send random requests to every service: make fuzz [SEED=20261122] [CASES=2000]
	@FUZZ_SEED="$(SEED)" FUZZ_CASES="$(CASES)" exec $(BIN)/python -m pytest tests/contracts/test_fuzzing.py $(ARGS)

audit: dev-env ## Hold the dependencies against the published advisories and the allowed licences
	@exec $(BIN)/python requirements/audit.py

bench: dev-env ## Measure: make bench [SIZE=small]
	@exec $(BIN)/python -m bench --size $(SIZE)

docs: dev-env ## Generate what the docs take from the code
	@DJANGO_SETTINGS_MODULE=datahub.settings.test $(BIN)/python -m datahub.errors.document > docs/error-codes.md
	@$(BIN)/python -m connections.document > docs/connection-transitions.md
	@$(BIN)/python clients/python/tools/write_types.py

messages: dev-env ## Take what the pages say into the catalogues in locale, and compile them
	@DJANGO_SETTINGS_MODULE=datahub.settings.test $(BIN)/python -W ignore manage.py catalogues

screenshots: dev-env ## Take a picture of every page, or those of docs/pictures: make screenshots [DOCS=1]
	@DATAHUB_VAR="$(DATAHUB_VAR)" $(BIN)/python -W ignore -m tests.portal.browser.screenshots $(if $(DOCS),--docs)

lock: dev-env ## Lock the newest versions that pyproject.toml allows
	@$(UV_COMPILE) --upgrade --extra demo --extra dev -o requirements/dev.txt
	@$(UV_COMPILE) --upgrade --extra demo -c requirements/dev.txt -o requirements/demo.txt
	@$(UV_COMPILE) --upgrade -c requirements/dev.txt -o requirements/run.txt

clean: ## Remove what was made here: the environment, caches, the demo's data in var
	rm -rf .venv var .pytest_cache .mypy_cache .ruff_cache .hypothesis .import_linter_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
