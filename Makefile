# Everything works on a fresh machine with Python 3.11 or newer and nothing else.
PYTHON ?= python3
BIN := .venv/bin
export PYTHONDONTWRITEBYTECODE = 1

.PHONY: install run test check e2e bench recording clean

# What users need. `uv` installs in seconds what takes pip minutes; it is itself a package of PyPI.
.venv/run.stamp: requirements.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
		{ echo "Python 3.11 or newer is needed. Got $$($(PYTHON) --version). Set PYTHON=..."; exit 1; }
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check uv
	$(BIN)/uv pip install --quiet --python $(BIN)/python -r requirements.txt
	@touch $@

# What the tests and checks need on top.
.venv/dev.stamp: .venv/run.stamp requirements-dev.txt
	$(BIN)/uv pip install --quiet --python $(BIN)/python -r requirements-dev.txt
	@touch $@

install: .venv/run.stamp  ## set up .venv

run: install  ## serve the playground on http://localhost:8501
	$(BIN)/streamlit run app/main.py

check: .venv/dev.stamp  ## format, lint, types, architecture
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports

test: check  ## everything: checks, unit, page, reproduction and real-browser tests
	$(BIN)/python -m pytest

e2e: .venv/dev.stamp  ## the real-browser tests alone
	$(BIN)/python -m pytest -m e2e

bench: .venv/dev.stamp  ## measure; ONLY=name runs one entry; results in bench.json
	$(BIN)/python -m tests.bench $(if $(ONLY),--only $(ONLY))

recording: install  ## train and record the run that the start page replays
	mkdir -p app/static/recordings
	$(BIN)/python -m rdfia_core train circle_mlp --speed 30 --recording app/static/recordings/circle_mlp.bin

clean:  ## remove what was set up
	rm -rf .venv app/static/vendor
