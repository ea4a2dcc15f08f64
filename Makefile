# Two commands matter: `make demo` and `make test`. Everything else is a part of them.
SHELL := /bin/bash
PY := .venv/bin/python
FRESH ?=
PORT ?= 8000
DATA ?=
HOME_DIR ?= var/demo

.DEFAULT_GOAL := help
.PHONY: help setup demo test check bench screenshots lock style audit types layers units postgres crash wheel browser fuzz spark system

help: ## this list
	@awk -F ':.*## ' '/^[a-z]+:.*## / {printf "  make %-12s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

setup: ## virtual environment, packages, front end, translations (only what changed)
	@python3 scripts/setup.py

demo: setup ## a neighbourhood of 4,906 people alive in the browser (FRESH=1 starts over, PORT=8000)
	@exec .venv/bin/linli demo --home $(HOME_DIR) --port $(PORT) $(if $(FRESH),--fresh)

test: setup system ## everything that must hold, on SQLite and PostgreSQL, in a browser too
	@$(PY) scripts/stages.py style audit types layers units postgres crash wheel browser fuzz spark

check: setup ## the fast half: style, types, layers, unit tests on SQLite
	@$(PY) scripts/stages.py style types layers units

bench: setup ## every figure of docs/benchmarks.md; says what is missing (DATA=folder for the replays)
	@DATA="$(DATA)" $(PY) scripts/bench.py

screenshots: setup system ## the pictures of the README, taken from a running demo
	@$(PY) scripts/screenshots.py

lock: setup ## resolve the dependencies anew
	@.venv/bin/uv pip compile -q pyproject.toml --group dev --universal --generate-hashes --no-emit-index-url \
	  --custom-compile-command "make lock" -o requirements-dev.lock
	@.venv/bin/uv pip compile -q pyproject.toml --extra postgres --extra paper --universal --generate-hashes --no-emit-index-url \
	  --custom-compile-command "make lock" -c requirements-dev.lock -o requirements.lock
	@.venv/bin/uv pip compile -q pyproject.toml --group spark --universal --generate-hashes --no-emit-index-url \
	  --custom-compile-command "make lock" -c requirements-dev.lock -o requirements-spark.lock

system: ## Chromium, Chinese fonts and PostgreSQL for the tests (Debian; needs root, otherwise says the command)
	@$(PY) scripts/system_packages.py

audit: setup ## whether any locked package has a known weakness (LINLI_ADVISORIES=all.zip without the internet)
	@$(PY) scripts/stages.py audit

style types layers units postgres crash wheel browser fuzz spark: setup
	@$(PY) scripts/stages.py $@
