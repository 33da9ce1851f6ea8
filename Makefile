# Two commands: `make demo` and `make test`. A fresh machine needs Python 3.11+, pip and make, nothing else.
PYTHON ?= python3
PORT ?= 5000
NAME ?=
ROUNDS ?= 250
CRASH_ROUNDS ?= 1000
PY := .venv/bin/python
# Two workers: tests start real servers and browsers, and a laptop has other things to do.
XDIST ?= -n 2 --dist loadfile
# Node comes with the development environment; one that happens to be installed is not needed.
NPM := PATH="$(CURDIR)/.venv/bin:$$PATH" npm

.DEFAULT_GOAL := help
.PHONY: help demo test test-flavors test-integrations fuzz crash lint ui-test serve bench schema record constraints clean

help: ## list the commands
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-12s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

demo: .venv/demo ## install, start a server, log three runs to it, show where to look (PORT=5000, ONCE=1 ends by itself)
	@$(PY) examples/demo.py --port $(PORT) $(if $(ONCE),--once)

test: .venv/test ## install what the tests need and run all of them
	@$(MAKE) --no-print-directory lint ui-test
	.ci/browser
	.ci/postgres
	.ci/proxy
	.ci/java
	$(PY) -m pytest $(XDIST) $(TESTS)

test-flavors: .venv/test ## every library's models beside its own library and the real MLflow (FLAVORS="xgboost pytorch")
	$(PY) -m tests.flavors $(FLAVORS)

test-integrations: .venv/test ## callbacks of Optuna, Lightning and Transformers, torchrun, Ray and Ray Data (they are large)
	$(PY) -m tests.integrations

lint: .venv/test ## ruff, pyright and the format check
	$(PY) -m ruff check
	$(PY) -m ruff format --check --quiet
	$(PY) tools/schema.py --check
	$(PY) tools/stubs.py --check
	$(PY) tools/cli_reference.py --check
	$(PY) -m pyright --pythonpath $(PY)

fuzz: .venv/test ## ask the server everything, rightly and wrongly, for some minutes (ROUNDS=250 of each operation)
	FLOWMILL_FUZZ=$(ROUNDS) $(PY) -m pytest tests/fuzz

crash: .venv/test ## kill clients, servers and networks while something is logged, for half an hour (CRASH_ROUNDS=1000)
	FLOWMILL_CRASH_ROUNDS=$(CRASH_ROUNDS) $(PY) -m pytest -s tests/crash/test_rounds.py tests/crash/test_kill.py

ui-test: .venv/test ui/node_modules/.package-lock.json ## types, lint and unit tests of the page
	cd ui && $(NPM) run lint && $(NPM) test

serve: .venv/demo ## a server with this checkout's code on ./mlruns (PORT=5000)
	@$(PY) -m flowmill ui --port $(PORT)

bench: .venv/test ## measure beside the real MLflow: NAME=import|log_model|ingest_point|history|…, or all
	@$(PY) -m bench.run $(NAME)

schema: .venv/test ## write what is generated: the page's types, the stubs, the page of commands
	$(PY) tools/schema.py
	$(PY) tools/stubs.py
	$(PY) tools/cli_reference.py

record: .venv/test ## record the golden files of the wire again from a real MLflow
	$(PY) -m tests.wire.record

constraints: .venv/test ## write constraints.txt from what is installed now
	.venv/bin/uv pip freeze --python $(PY) --quiet | grep -E '^[A-Za-z0-9_.-]+==[^+]+$$' | grep -vE '^(flowmill|mlflow)==' > constraints.txt

ui/node_modules/.package-lock.json: ui/package.json ui/package-lock.json .venv/test
	cd ui && $(NPM) ci --no-audit --no-fund
	@touch $@

clean: ## remove environments, caches and what was built
	rm -rf .venv .cache build dist ui/node_modules ui/dist src/flowmill/server/page

# pip's --python works on an environment without pip, so that Debian's missing ensurepip does not matter.
.venv/bin/uv:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Flowmill needs Python 3.11 or newer; $(PYTHON) is older. Name another one: make $(MAKECMDGOALS) PYTHON=python3.12" >&2; exit 1; }
	@echo "Creating .venv …"
	@$(PYTHON) -m venv --without-pip .venv
	@$(PYTHON) -m pip --python .venv/bin/python install --quiet --disable-pip-version-check "$$(grep '^uv==' constraints.txt)"

PAGE_SOURCES := $(shell find ui/src ui/public ui/index.html ui/package-lock.json -type f 2> /dev/null)

.venv/demo: .venv/bin/uv pyproject.toml shim/pyproject.toml constraints.txt hatch_build.py $(PAGE_SOURCES)
	@echo "Installing Flowmill (a first time builds the page, which takes about a minute) …"
	@.venv/bin/uv pip install --quiet --python $(PY) -c constraints.txt --reinstall-package flowmill -e '.[all]' -e ./shim scikit-learn
	@touch $@

.venv/test: .venv/demo
	@echo "Installing what the tests need …"
	@.venv/bin/uv pip install --quiet --python $(PY) -c constraints.txt --group dev
	@touch $@
