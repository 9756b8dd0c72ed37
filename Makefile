# Two commands matter: `make serve` and `make test`. Python >= 3.11, pip and make are all they need.
PYTHON ?= python3
PYTEST_ARGS ?= -n auto --dist loadgroup
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed-$(shell cat requirements.lock requirements-dev.lock pyproject.toml 2>/dev/null | cksum | cut -d' ' -f1)

.DEFAULT_GOAL := help
.PHONY: help serve test bench check format lock assets up down schema clean

help: ## Show the targets
	@grep -E '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed 's/:.*## /\t/' | expand -t 12

$(STAMP): requirements.lock requirements-dev.lock pyproject.toml
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@$(BIN)/pip install --quiet --disable-pip-version-check 'uv==0.13.*'
	@$(BIN)/uv pip sync --quiet --python $(BIN)/python requirements-dev.lock
	@$(BIN)/uv pip install --quiet --python $(BIN)/python --no-deps --editable .
	@$(BIN)/python -m gateway.graphql.explorer.build || true
	@rm -f $(VENV)/.installed-* && touch $@

serve: $(STAMP) ## Install, migrate and serve on 127.0.0.1:8080 (embedded defaults)
	@$(BIN)/gatehouse serve

test: $(STAMP) ## Run every test (PYTEST_ARGS=… to choose)
	@$(BIN)/python -m pytest $(PYTEST_ARGS)

bench: $(STAMP) ## Measure Gatehouse beside its peers, which npm fetches (BENCH_ARGS="--only relay,bus")
	@test -d bench/peers/node_modules || npm ci --prefix bench/peers --ignore-scripts --no-audit --no-fund
	@$(BIN)/python -m bench $(BENCH_ARGS)

check: $(STAMP) ## ruff, mypy --strict and the floor rules
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports

format: $(STAMP) ## Format and fix what ruff can
	@$(BIN)/ruff format .
	@$(BIN)/ruff check --fix .

lock: ## Renew the lock files (no registry address is written into them)
	@test -x $(BIN)/uv || ($(PYTHON) -m venv $(VENV) && $(BIN)/pip install --quiet 'uv==0.13.*')
	@$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-emit-find-links --no-header pyproject.toml -o requirements.lock
	@$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-emit-find-links --no-header --group dev -c requirements.lock pyproject.toml -o requirements-dev.lock

assets: $(STAMP) ## Fetch the explorer's files with npm (where it is not present, its page links them)
	@$(BIN)/python -m gateway.graphql.explorer.build

up: ## Start two gateways, a worker, PostgreSQL, Redis and a proxy (docker compose)
	@deploy/make-secrets.sh
	docker compose --project-name gatehouse --env-file deploy/secrets.env up --build --detach

down: ## Stop what `make up` started
	docker compose --project-name gatehouse --env-file deploy/secrets.env down

schema: $(STAMP) ## Print the GraphQL schema into the committed file
	@$(BIN)/gatehouse schema > gateway/graphql/schema.graphql

clean: ## Remove the environment and caches (never ./data)
	@rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis
