# Two commands: `make demo` and `make test`. Each makes its virtual environment first.
VENV ?= .venv
PYTHON ?= python3
BIN = $(VENV)/bin
# Threads that wait must not spin while other processes want the core.
export OMP_WAIT_POLICY ?= PASSIVE
INSTALL = "$(BIN)/python" -m pip install --quiet --disable-pip-version-check -c constraints.txt

.PHONY: demo test lint slow setup setup-dev

demo: setup
	"$(BIN)/audit" demo

test: setup-dev
	"$(BIN)/python" -m pytest -q -n auto -m "not slow"

lint: setup-dev
	"$(BIN)/ruff" check .
	"$(BIN)/ruff" format --check .
	"$(BIN)/mypy"
	"$(BIN)/lint-imports"

slow: setup-dev
	"$(BIN)/python" -m pytest -q -n auto -m slow

setup:
	@test -f "$(BIN)/.ready" || { \
	  "$(PYTHON)" -m venv "$(VENV)" && \
	  $(INSTALL) -e ".[all]" && \
	  "$(BIN)/python" -m audit.data.examples && \
	  touch "$(BIN)/.ready"; }

setup-dev: setup
	@test -f "$(BIN)/.ready-dev" || { \
	  $(INSTALL) -e ".[all,dev]" && \
	  touch "$(BIN)/.ready-dev"; }
