SHELL := /bin/bash
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
TRIAL := .venv-xinference
SBOM := .venv-sbom
DOCS := .venv-docs
MLFLOW := .venv-mlflow
# Older servers that are tried, too. Each has an environment of its own, which finds most libraries in that of
# the newest one. torchvision without its dependencies: see tests/trial/sitecustomize.py.
OLDER := 3.5.0 2.12.0
# What may differ between versions of Python: processes, settings, the network, the editor of JSON text, SQLite.
SMOKE := tests/hub/test_env.py tests/hub/test_health.py tests/journeys/test_serve.py tests/accounts/test_vault.py \
	tests/models_registry/catalogue/test_selection.py tests/models_registry/http/test_fetch.py
BIOME := node_modules/.bin/biome
.DEFAULT_GOAL := help
.PHONY: help run install key setup admin test test-servers smoke outages trial openapi check format bench mlflow lock sbom messages screenshots docs

help: ## Show what there is
	@grep -E '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-14s %s\n", $$1, $$2}'

run: key ## Set up everything and serve the hub on 127.0.0.1:$WEB_PORT (8000); Ctrl-C stops it
	@exec $(BIN)/python manage.py serve --prepare

install: $(VENV)/.installed

# Compiled once if the folder can be written, even where PYTHONDONTWRITEBYTECODE is set: five processes load it.
key: $(VENV)/.installed
	@$(BIN)/python -m compileall -qq hub accounts models_registry reviews || true
	@$(BIN)/python -m hub.secret_key

setup: key
	@$(BIN)/python manage.py prepare

admin: setup ## Make an administrator
	@$(BIN)/python manage.py createsuperuser

# worksteal: each worker takes a run of neighbours, so a module builds what its tests share once.
test: openapi ## Run every test that needs no server
	@$(BIN)/pytest -n auto --dist worksteal $(ARGS)

# Only what touches the database, the cache, the broker or processes: the rest knows of no server,
# and has run in `make test`. tests/conftest.py marks it.
test-servers: openapi ## Run what depends on servers, on PostgreSQL and Redis (TEST_DATABASE_URL, TEST_REDIS_URL)
	@DATABASE_URL="$${TEST_DATABASE_URL:?names no PostgreSQL}" REDIS_URL="$${TEST_REDIS_URL:?names no Redis}" \
		$(BIN)/pytest -n auto --dist worksteal -m "database and not faults and not xinference" $(ARGS)

outages: openapi ## Kill each part of a whole site of its own: PostgreSQL, Redis, nginx, processes (root; ARGS="-k minute": 20 minutes)
	@$(BIN)/pytest -m faults -n 0 -s tests/faults/test_outages.py $(or $(ARGS),-k seconds)

# An environment of its own, with the same exact versions; made again for another NEWER.
ifneq ($(NEWER),)
ifneq ($(shell $(NEWER) -V 2>&1),$(shell .venv-newer/bin/python -V 2>/dev/null))
.PHONY: .venv-newer/.installed
endif
endif
.venv-newer/.installed: requirements.txt requirements-dev.txt
	@$${NEWER:?names no Python} -m venv --clear .venv-newer
	@.venv-newer/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes \
		-r requirements.txt -r requirements-dev.txt
	@touch $@

smoke: .venv-newer/.installed ## On another Python: start the hub, look at pages, run a worker (NEWER=python3.13)
	@.venv-newer/bin/pytest -q -n 0 -p no:cacheprovider -k "not make" $(SMOKE)

trial: $(VENV)/.installed-dev $(TRIAL)/.installed $(OLDER:%=$(TRIAL)-%/.installed) ## Try the hub against real Xinference servers (Linux, root; installs 2 GB once)
	@XINFERENCE_PYTHON=$(CURDIR)/$(TRIAL)/bin/python \
		XINFERENCE_OLDER="$(OLDER:%=$(TRIAL)-%/bin/python)" \
		$(BIN)/pytest tests/trial -m xinference $(ARGS)

openapi: $(VENV)/.installed-dev # GitHub's description of its API, for the tests that compare
	@$(BIN)/python -m tests.standins.openapi

check: $(VENV)/.installed-dev node_modules/.installed ## Format, lint, types, import layers, templates, CSS and JavaScript, migrations, deployment
	@$(BIN)/ruff format --check .
	@$(BIN)/ruff check .
	@$(BIN)/djade --check --target-version 5.2 $$(git ls-files 'templates/*.html')
	@$(BIN)/djlint --quiet --lint templates
	@! LC_ALL=C.UTF-8 grep -nE '.{121}' $$(git ls-files templates) # 120 characters are enough for a line
	@$(BIOME) check --error-on-warnings static
	@SECRET_KEY=only-for-make-check-0123456789-abcdefghij $(BIN)/mypy .
	@$(BIN)/lint-imports
	@SECRET_KEY=only-for-make-check-0123456789-abcdefghij $(BIN)/python manage.py makemigrations --check --dry-run
	@SECRET_KEY=$$($(BIN)/python -c 'import secrets; print(secrets.token_urlsafe(60))') \
		SITE_URL=https://hub.example.org HUB_TRUSTED_PROXIES=1 \
		$(BIN)/python manage.py check --deploy --fail-level WARNING

format: $(VENV)/.installed-dev node_modules/.installed ## Bring code, templates, CSS and JavaScript into shape
	@$(BIN)/ruff format .
	@$(BIN)/ruff check --fix .
	@$(BIN)/djade --target-version 5.2 $$(git ls-files 'templates/*.html') || true
	@$(BIOME) check --write --error-on-warnings static

bench: $(VENV)/.installed-dev ## Measure search, growth, and the hub against nginx serving the same bytes
	@$(BIN)/python -m tests.bench $(ARGS)

mlflow: $(MLFLOW)/.installed ## Install MLflow's model registry, with which `make bench` then compares the API

lock: $(VENV)/.installed-dev ## Compile requirements*.in into exact versions with hashes
	@$(BIN)/pip-compile -q --upgrade --generate-hashes --allow-unsafe --strip-extras --no-header \
		--no-emit-index-url --no-emit-trusted-host --no-emit-find-links -o requirements.txt requirements.in
	@$(BIN)/pip-compile -q --upgrade --generate-hashes --allow-unsafe --strip-extras --no-header \
		--no-emit-index-url --no-emit-trusted-host --no-emit-find-links -o requirements-dev.txt requirements-dev.in
	@$(BIN)/pip-compile -q --upgrade --generate-hashes --allow-unsafe --strip-extras --no-header \
		--no-emit-index-url --no-emit-trusted-host --no-emit-find-links -o requirements-docs.txt requirements-docs.in

# In a venv of its own: it brings thirty packages that nothing else needs.
sbom: $(SBOM)/.installed ## Write what the hub consists of to var/sbom.json (CycloneDX)
	@mkdir -p -m 700 var  # as the hub makes it, which refuses a folder that others can read
	@$(SBOM)/bin/python -m cyclonedx_py requirements requirements.txt --output-file var/sbom.json
	@echo "var/sbom.json"

# A dead link, a page without a place in the navigation and anything from another host fail it.
docs: $(DOCS)/.installed node_modules/.installed ## Write docs/ as a site to site/, to be opened in a browser without a server
	@NO_MKDOCS_2_WARNING=1 $(DOCS)/bin/mkdocs build --strict --quiet
	@echo "site/index.html"

messages: $(VENV)/.installed-dev ## Collect and compile translations (needs gettext)
	@$(BIN)/python -m tests.api_texts
	@$(BIN)/python manage.py makemessages -l zh_Hans --ignore '.venv*' --ignore var --ignore tests \
		--ignore node_modules --add-location file
	@$(BIN)/python manage.py compilemessages -l zh_Hans --ignore '.venv*'

screenshots: $(VENV)/.installed-dev ## Take the pictures in docs/images again (needs Chromium)
	@$(BIN)/pytest -q -n 0 tests/browser/screenshots.py

$(VENV)/.installed: requirements.txt
	@$(PYTHON) -c 'import sys; sys.exit("The hub needs Python 3.11 or newer; PYTHON=… names another.") if sys.version_info < (3, 11) else 0'
	@$(BIN)/python -m pip --version >/dev/null 2>&1 || $(PYTHON) -m venv --clear $(VENV)
	@echo "Installing what the hub runs on …"
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.txt
	@touch $@

$(VENV)/.installed-dev: requirements-dev.txt $(VENV)/.installed
	@echo "Installing what checks the hub …"
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-dev.txt
	@touch $@

node_modules/.installed: package-lock.json
	@echo "Installing what checks style sheets and scripts …"
	@npm ci --silent --ignore-scripts --no-audit --no-fund
	@touch $@

$(TRIAL)/.installed: tests/trial/requirements.txt
	@$(PYTHON) -m venv --clear $(TRIAL)
	@echo "Installing Xinference 4.1.0 and what it runs on …"
	@$(TRIAL)/bin/python -m pip install --quiet --disable-pip-version-check -r tests/trial/requirements.txt
	@$(TRIAL)/bin/python -m pip install --quiet --disable-pip-version-check --no-deps xinference==4.1.0
	@touch $@

$(SBOM)/.installed:
	@$(PYTHON) -m venv --clear $(SBOM)
	@$(SBOM)/bin/python -m pip install --quiet --disable-pip-version-check cyclonedx-bom==7.5.0
	@touch $@

$(DOCS)/.installed: requirements-docs.txt
	@$(PYTHON) -m venv --clear $(DOCS)
	@$(DOCS)/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-docs.txt
	@touch $@

$(MLFLOW)/.installed:
	@$(PYTHON) -m venv --clear $(MLFLOW)
	@$(MLFLOW)/bin/python -m pip install --quiet --disable-pip-version-check mlflow==3.17.0
	@touch $@

$(TRIAL)-%/.installed: $(TRIAL)/.installed tests/trial/requirements-older.txt tests/trial/sitecustomize.py
	@$(PYTHON) -m venv --clear $(TRIAL)-$*
	@echo "Installing Xinference $* …"
	@packages="$$($(TRIAL)-$*/bin/python -c 'import sysconfig; print(sysconfig.get_path("purelib"))')"; \
		$(TRIAL)/bin/python -c 'import sysconfig; print(sysconfig.get_path("purelib"))' > "$$packages/shared.pth"; \
		cp tests/trial/sitecustomize.py "$$packages"
	@$(TRIAL)-$*/bin/python -m pip install --quiet --disable-pip-version-check --no-warn-conflicts \
		-r tests/trial/requirements-older.txt
	@$(TRIAL)-$*/bin/python -m pip install --quiet --disable-pip-version-check --no-deps --no-warn-conflicts \
		--ignore-installed xinference==$* torchvision==0.28.0
	@touch $@
