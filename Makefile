# `make demo` and `make test` work on a fresh machine: each does all its own set-up in .venv.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check
# One thread for each test worker: two workers with two threads each on two cores get slower, not faster.
TEST_ENV := OMP_NUM_THREADS=1 MPLBACKEND=Agg
WORKERS ?= 2

.PHONY: demo test test-long lint gpu clean

demo: $(VENV)/.installed
	$(BIN)/spikesearch search

test: $(VENV)/.dev
	$(TEST_ENV) $(BIN)/python -m pytest -n $(WORKERS) -m "not long"

test-long: $(VENV)/.dev
	$(TEST_ENV) $(BIN)/python -m pytest -n $(WORKERS)

lint: $(VENV)/.dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

# Tests and benchmarks on a GPU, in under ten minutes, with the Python that is there: it needs torch and numpy only, no
# .venv, no pip. The files go to GPU_RESULTS, else to OUT where that is set. GPU_PEERS is a folder with spikingjelly, for a
# Python that has none: see benchmarks/README.md.
GPU_PYTHON ?= python3
GPU_RESULTS ?= $(or $(OUT),benchmarks/results)
GPU_PEERS ?= .peers
GPU_MINUTES ?= 9

gpu:
	PYTHONPATH=src:.:$(GPU_PEERS) $(GPU_PYTHON) -m benchmarks.gpu --results $(GPU_RESULTS) \
	  --minutes $(GPU_MINUTES) $(GPU_OPTIONS)

$(VENV)/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo "spikesearch needs Python 3.11 or newer; name one with: make PYTHON=python3.12 $(MAKECMDGOALS)" >&2; exit 1; }
	$(PYTHON) -m venv $(VENV)

$(VENV)/.installed: pyproject.toml constraints.txt | $(VENV)/bin/python
	$(PIP) install -q -c constraints.txt -e .
	@touch $@

# SpikingJelly is the independent implementation that tests compare with; of its own dependencies they need loguru alone.
$(VENV)/.dev: pyproject.toml constraints.txt | $(VENV)/bin/python
	$(PIP) install -q -c constraints.txt -e '.[dev]'
	$(PIP) install -q --no-deps spikingjelly==2.0.0 loguru
	@touch $@ $(VENV)/.installed

clean:
	rm -rf $(VENV) .pytest_cache .mypy_cache .ruff_cache .hypothesis
