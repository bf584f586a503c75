# `make chat` and `make test` are all a newcomer needs; each sets the machine up first.
PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check

.PHONY: chat test check setup setup-test lock clean

chat: setup
	@$(BIN)/python app.py || test $$? -eq 130  # stopped with Ctrl-C

test: setup-test
	$(BIN)/python -m pytest

check: setup-test
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports

setup: $(VENV)/.run

setup-test: $(VENV)/.test

$(VENV)/.run: pyproject.toml constraints.txt
	$(PYTHON) -c 'import sys; sys.exit(None if sys.version_info >= (3, 11) else "Sic needs Python 3.11 or newer; this is " + sys.version.split()[0] + ". Call make with PYTHON=python3.11, say.")'
	$(PYTHON) -m venv $(VENV)
	$(PIP) install --quiet --upgrade pip==26.3
	$(PIP) install --quiet --constraint constraints.txt --editable '.[local]'
	touch $@

$(VENV)/.test: $(VENV)/.run
	$(PIP) install --quiet --constraint constraints.txt --editable '.[local,test]'
	touch $@

# Resolve pyproject.toml anew and write the exact versions.
lock:
	$(PYTHON) -m venv $(VENV)-lock
	$(VENV)-lock/bin/python -m pip install --quiet --upgrade pip==26.3
	$(VENV)-lock/bin/python -m pip install --quiet --editable '.[local,test]'
	$(VENV)-lock/bin/python -m pip freeze --exclude-editable | sed 's/+cpu$$//' > constraints.txt
	rm -r $(VENV)-lock

clean:
	rm -rf $(VENV) corpus/.sic
