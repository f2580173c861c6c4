# Everything the project does, by name; CI calls these targets and nothing else.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt
SHARED_DATA ?= ../shared/data
PICTURES ?= $(SHARED_DATA)/eval/caltech20
IMAGES ?= 100000
# Of the Debian packages mate-backgrounds, lomiri-wallpapers-16.04 and lomiri-wallpapers-20.04.
PHOTOGRAPHS ?= /usr/share/backgrounds/mate/nature '/usr/share/backgrounds/*_by_*.jpg'
# The benchmarks read these.
export SHARED_DATA PICTURES IMAGES PHOTOGRAPHS
MINUTES ?= 146
SIDE ?= 192
CLIPART ?= /usr/share/openclipart/png
# Training never sees what calibration and evaluation use. Of Caltech-101 the classes from s to z are kept for calibration,
# as is BSDS500; of openclipart (the Debian package openclipart-png, left out where it is not installed) some categories
# are learned from.
LEARNED = $(SHARED_DATA)/train/caltech/[!s-z]* $(SHARED_DATA)/train/grocery $(SHARED_DATA)/train/imagenet \
	$(wildcard $(CLIPART)/[abdefg]*)
comma := ,
LEARNED_FROM = "Caltech-101 without its last 23 classes and ImageNet samples (no licence stated), GroceryStoreDataset train \
	split (MIT)$(if $(wildcard $(CLIPART)),$(comma) openclipart (public domain))"
# LOOKALIKE_OPENSEARCH=3.4.0 make test: everything against that version. Maven is run by a JDK that can build the plugin,
# which need not be the default one; newer ones warn of what Maven's own libraries do, older ones do not know the option.
MAVEN := java_home=$$($(BIN)/python -m lookalike.cluster.java) && JAVA_HOME=$$java_home \
	MAVEN_OPTS="-XX:+IgnoreUnrecognizedVMOptions --sun-misc-unsafe-memory-access=allow $$MAVEN_OPTS" \
	mvn --batch-mode --no-transfer-progress -Dstyle.color=never --file plugin/pom.xml \
	$(if $(LOOKALIKE_OPENSEARCH),-Dopensearch.version=$(LOOKALIKE_OPENSEARCH))

.DEFAULT_GOAL := help
.PHONY: ablation help demo docs histology plugin test test-train lint format up down bench bench-encoder-variants bench-quick model \
	soak train clean

help:  ## list these targets
	@awk -F ':.*## ' '/^[a-z%-]+:.*## / {printf "make %-22s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

demo: $(VENV)/demo.stamp  ## real photographs into a local OpenSearch, edited copies find their originals, a gallery
	$(BIN)/python -m examples.demo

histology: $(VENV)/demo.stamp $(VENV)/slides.stamp  ## tissue like a marked region, in small slides, or with MARK=X,Y,WIDTH,HEIGHT in your SLIDES
	$(BIN)/python -m examples.histology $(SLIDES) $(if $(MARK),--mark $(MARK))

plugin: $(VENV)/base.stamp  ## build the plugin's zip into plugin/target, and test its Java
	@$(MAVEN) verify

test: $(VENV)/dev.stamp $(VENV)/demo.stamp plugin  ## all tests but training's, in two processes, each with a real node of its own
	$(BIN)/pytest -m "not train" --numprocesses 2 --dist loadfile --no-loadscope-reorder

test-train: $(VENV)/dev.stamp $(VENV)/train.stamp  ## tests of making an encoder; installs torch (5.4 GB)
	$(BIN)/pytest -m train

lint: $(VENV)/dev.stamp  ## style, formatting, types and which room may import which; the format of the Java
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-logo
	@$(MAVEN) --quiet spotless:check

format: $(VENV)/dev.stamp  ## write the code in the project's format
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .
	@$(MAVEN) --quiet spotless:apply

docs: $(VENV)/docs.stamp  ## build the documentation into build/site, strictly
	@NO_MKDOCS_2_WARNING=1 $(BIN)/python -m mkdocs build
	@echo "build/site/index.html"

up: $(VENV)/base.stamp  ## start the local OpenSearch, with the plugin
	$(BIN)/lookalike up

down: $(VENV)/base.stamp  ## stop it; its data stays
	$(BIN)/lookalike down

bench: $(VENV)/dev.stamp $(VENV)/demo.stamp $(VENV)/train.stamp build/peers/made.stamp  ## all benchmarks, and benchmarks/RESULTS.md anew (hours; SHARED_DATA, PHOTOGRAPHS; installs torch)
	$(BIN)/python -m benchmarks.run

bench-quick: $(VENV)/dev.stamp $(VENV)/demo.stamp  ## every benchmark small, on pictures made on the spot: whether it works, not how fast (minutes)
	$(BIN)/python -m benchmarks.run --quick

# What some of them need besides.
bench-duplicates bench-ingest-peers bench-latency-peers: build/peers/made.stamp
bench-encoder: $(VENV)/train.stamp
bench-histology: $(VENV)/demo.stamp

bench-%: $(VENV)/dev.stamp  ## one benchmark, such as bench-ingest PICTURES=folder, and RESULTS.md with it; a wrong name tells all
	$(BIN)/python -m benchmarks.run $*

soak: $(VENV)/dev.stamp  ## thirty minutes of mixed work on three nodes of its own, one restarted every five: nothing lost, doubled or wrong
	$(BIN)/python -m benchmarks.soak

train: $(VENV)/train.stamp  ## train an encoder on SHARED_DATA for MINUTES (146), into build/encoder; again goes on where it stopped
	$(BIN)/lookalike train $(LEARNED) --out build/encoder --from imagenet --minutes $(MINUTES) --version 3 \
		--images-from $(LEARNED_FROM) --evaluate-on $(SHARED_DATA)/train/bsds \
		$(if $(wildcard build/encoder/checkpoint.pt),--resume)

model: $(VENV)/train.stamp $(VENV)/evaluate.stamp  ## make the shipped encoder of build/encoder: export it, calibrate it
	$(BIN)/lookalike export $(LEARNED) --from build/encoder --side $(SIDE) --storage float16 --version 3 \
		--out lookalike/encoder/models/default --images-from $(LEARNED_FROM)
	$(BIN)/lookalike calibrate $(SHARED_DATA)/train/bsds $(SHARED_DATA)/train/caltech/w[h-r]* \
		$(SHARED_DATA)/train/caltech/yin_yang $(addprefix --distractors ,$(wildcard $(SHARED_DATA)/train/caltech/[s-v]*)) \
		--model lookalike/encoder/models/default --check $(SHARED_DATA)/eval/originals \
		--check $(SHARED_DATA)/eval/grocery $(addprefix --check ,$(wildcard $(CLIPART)/people))

ablation: $(VENV)/train.stamp  ## what the decoder contributes: three encoders of 3 minutes each, into build/ablation
	for loss in reconstruction contrastive both; do \
		case $$loss in reconstruction) parts="--contrastive 0 --entropy 0 --distillation 0" ;; \
			contrastive) parts="--reconstruction 0" ;; both) parts="" ;; esac; \
		$(BIN)/lookalike train $(LEARNED) --out build/ablation/$$loss --cache build/encoder/pictures --from imagenet \
			--minutes 3 $$parts $$([ ! -f build/ablation/$$loss/checkpoint.pt ] || echo --resume) || exit; \
	done

bench-encoder-variants: $(VENV)/train.stamp  ## sizes and numbers in which build/encoder could be shipped: bytes, time, how far vectors move
	$(BIN)/python -m benchmarks.encoder_variants build/encoder $(SHARED_DATA)/train/imagenet

clean:  ## remove what make made here (not the node's data: that is `lookalike down` and its folder)
	rm -rf $(VENV) demo-output histology-output build dist plugin/target

$(BIN)/python:
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or newer is needed; name one with make PYTHON=…")'
	$(PYTHON) -m venv $(VENV)

$(VENV)/base.stamp: $(BIN)/python pyproject.toml constraints.txt
	$(PIP) -e .
	@touch $@

$(VENV)/%.stamp: $(BIN)/python pyproject.toml constraints.txt
	$(PIP) -e '.[$*]'
	@touch $@

build/peers/made.stamp: benchmarks/peers/requirements.txt constraints.txt
	$(PYTHON) -m venv build/peers
	build/peers/bin/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -r $<
	build/peers/bin/python -m pip install --quiet --disable-pip-version-check --no-deps image-match==1.1.2
	@touch $@
