# Every target sets up what it needs: `make demo` and `make test` work on a fresh clone.
SHELL   := /bin/bash
PYTHON  ?= python3
PORT    ?= 8080
BIN     := .venv/bin
RUN     := .venv/.installed-run
DEV     := .venv/.installed-dev

# The tests start many short processes: compiled modules are kept, whatever the shell says.
export PYTHONDONTWRITEBYTECODE :=

.PHONY: help install demo run test check lint fix transcripts migration bench chaos audit requirements clean

help: ## list the targets
	@grep -hE '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 14

install: $(RUN) ## set up .venv with what the program needs

demo: $(RUN) ## the chat in a browser: no token, a seeded kelurahan (PORT=8080)
	@$(BIN)/kkb demo --port $(PORT)

run: $(RUN) ## the bot, as config.toml says
	@$(BIN)/kkb run

test: $(DEV) ## the tests, under three minutes
	@$(BIN)/pytest -n 3 --dist loadgroup

check: $(DEV) lint ## lint, types, import contracts, tests: what CI runs
	@$(BIN)/pytest -n 3 --dist loadgroup

lint: $(DEV)
	@$(BIN)/ruff format --check .
	@$(BIN)/ruff check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports

fix: $(DEV) ## format, and mend what lint can mend
	@$(BIN)/ruff check --fix-only -q .
	@$(BIN)/ruff format .

transcripts: $(DEV) ## write the transcripts anew; the diff is the review
	@$(BIN)/pytest -q -k goes_as_written --update-transcripts

migration: $(DEV) ## make migration NAME=what_changed
	@$(BIN)/python -m kkb_core.storage.migrations.new "$(NAME)"

bench: $(DEV) ## measure; figures belong in docs/performance.md
	@$(BIN)/python -m benchmarks

chaos: $(DEV) ## the long runs: fuzz, faults, kills, a village's year (KKB_SEED=… repeats one)
	@KKB_LONG=1 $(BIN)/pytest -m chaos -rA --show-capture=stdout --timeout 7200

audit: $(DEV) ## known weaknesses of the pinned packages, where a service can be asked
	@$(BIN)/python .ci/audit

requirements: ## compile the pinned, hashed requirements anew (needs uv)
	@uv pip compile -q --universal --generate-hashes --no-emit-index-url --no-header --python-version 3.11 pyproject.toml -o requirements/run.txt
	@uv pip compile -q --universal --generate-hashes --no-emit-index-url --no-header --python-version 3.11 pyproject.toml --group dev -o requirements/dev.txt
	@uv pip compile -q --universal --generate-hashes --no-emit-index-url --no-header --python-version 3.11 --group build -o requirements/build.txt

clean: ## forget the environment and everything made in var/
	@rm -rf .venv var .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache

# -- setting up -------------------------------------------------------------------------------

.venv/bin/python:
	@if command -v uv >/dev/null 2>&1; then \
	  uv venv -q --allow-existing .venv --python '>=3.11'; \
	else \
	  $(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null \
	    || { echo "kkb needs Python 3.11 or newer as $(PYTHON); on Debian: apt-get install python3 python3-venv"; exit 1; }; \
	  $(PYTHON) -c 'import ensurepip, venv' 2>/dev/null \
	    || { echo "Python's venv is missing; on Debian: apt-get install python3-venv"; exit 1; }; \
	  $(PYTHON) -m venv .venv; \
	fi

define fetch
	@echo "kkb: installing from $(1) (once) ..."
	@if command -v uv >/dev/null 2>&1; then \
	  uv pip install -q --python .venv/bin/python --require-hashes -r requirements/build.txt -r $(1) \
	  && uv pip install -q --python .venv/bin/python --no-deps --no-build-isolation -e .; \
	else \
	  $(BIN)/python -m pip install -q --disable-pip-version-check --require-hashes -r requirements/build.txt -r $(1) \
	  && $(BIN)/python -m pip install -q --disable-pip-version-check --no-deps --no-build-isolation -e .; \
	fi
endef

$(RUN): requirements/run.txt requirements/build.txt pyproject.toml | .venv/bin/python
	$(call fetch,requirements/run.txt)
	@touch $@

$(DEV): requirements/dev.txt requirements/build.txt pyproject.toml | .venv/bin/python
	$(call fetch,requirements/dev.txt)
	@touch $(RUN) $@
