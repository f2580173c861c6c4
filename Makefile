# Everything the project does, by name; CI calls these targets and nothing else.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt
SHARED_DATA ?= ../shared/data
PICTURES ?= $(SHARED_DATA)/eval/caltech20

.DEFAULT_GOAL := help
.PHONY: help demo test test-train lint format up down bench-ingest model clean

help:  ## list these targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "make %-14s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

demo: $(VENV)/demo.stamp  ## real photographs into a local OpenSearch, edited copies find their originals, a gallery
	$(BIN)/python -m examples.demo

test: $(VENV)/dev.stamp $(VENV)/demo.stamp  ## all tests but training's, against a real node of their own
	$(BIN)/pytest -m "not train"

test-train: $(VENV)/dev.stamp $(VENV)/train.stamp  ## tests of making an encoder; installs torch (5.4 GB)
	$(BIN)/pytest -m train

lint: $(VENV)/dev.stamp  ## style, formatting, types and which room may import which
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-logo

format: $(VENV)/dev.stamp  ## write the code in the project's format
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

up: $(VENV)/base.stamp  ## start the local OpenSearch
	$(BIN)/lookalike up

down: $(VENV)/base.stamp  ## stop it; its data stays
	$(BIN)/lookalike down

bench-ingest: $(VENV)/dev.stamp  ## ingest rate as a share of decode + embed alone, on the folder PICTURES; needs `make up`
	$(BIN)/python -m benchmarks.ingest $(PICTURES)

model: $(VENV)/train.stamp  ## make the shipped encoder again from SHARED_DATA (minutes; installs torch)
	$(BIN)/lookalike export $(SHARED_DATA)/train/bsds $(SHARED_DATA)/train/caltech $(SHARED_DATA)/train/grocery \
		$(SHARED_DATA)/train/imagenet --out lookalike/encoder/models/default --images-from "Caltech-101 and ImageNet \
	samples (no licence stated), GroceryStoreDataset train split (MIT), BSDS500 train and val (citation asked)"

clean:  ## remove what make made here (not the node's data: that is `lookalike down` and its folder)
	rm -rf $(VENV) demo-output build dist

$(BIN)/python:
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or newer is needed; name one with make PYTHON=…")'
	$(PYTHON) -m venv $(VENV)

$(VENV)/base.stamp: $(BIN)/python pyproject.toml constraints.txt
	$(PIP) -e .
	@touch $@

$(VENV)/%.stamp: $(BIN)/python pyproject.toml constraints.txt
	$(PIP) -e '.[$*]'
	@touch $@
