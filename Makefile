# Two commands do everything on a fresh machine with Python 3.10 or newer and make:
#   make demo    a pretend audience, filmed, replayed, reported and checked, into demo/
#   make test    format, lint, types, docs and tests
# `make serve` shows what the first one made in the browser, and another one live by one click.
# While working: `make quick`, the tests that take no time and need no tool.
PYTHON ?= python3
# MXNet's last release needs Python 3.11 or older, and numpy below 1.24.
TRAIN_PYTHON ?= python3.11
# Labelled pictures, and where the trained net goes.
DATA ?= ../shared/data
ARTIFACTS ?= models/artifacts
BIN := .venv/bin
# A worker that dies ends the run: the others would wait for its tests for ever.
PYTEST := $(BIN)/python -m pytest --dist loadfile --no-loadscope-reorder --max-worker-restart 0
SLOW := slow or browser or broker or ssh or train or python37 or finder
# Python compiles what is imported at its first import; the rest of a large package never is.
PIP := -m pip install --quiet --disable-pip-version-check --no-compile

.PHONY: demo serve test quick coverage lint catalogues docs parity-env train-env train quantize-env quantize finder bench bench-env bench-tracking statistics-env fer-env clean

demo: .venv/runtime
	$(BIN)/laughtrack demo demo
	@echo "make serve shows it in the browser, and a pretend audience live"

# What `make demo` made, if it was made, and what is recorded here.
serve: .venv/web
	@mkdir -p demo
	$(BIN)/laughtrack serve --store demo/laughtrack-data --state demo/serve --footage demo --open

# Both environments are made at once, and types are checked while the docs are built: each takes one
# processor a minute or two. What is slow runs four at a time on two processors, since much of it waits
# for other programs; each with one thread, since several that take turns are slower than one.
test quick: export OMP_NUM_THREADS = 1
test quick: export OPENBLAS_NUM_THREADS = 1
test quick: export OPENCV_FOR_THREADS_NUM = 1
# Byte code is kept whatever the environment says: else each of the many processes that the tests
# start compiles the project anew, and each worker all tests.
test quick: export PYTHONDONTWRITEBYTECODE =
test:
	@$(MAKE) --no-print-directory -j2 --output-sync=target lint docs parity-env
	$(PYTEST) -n 2 -m "not ($(SLOW))"
	$(PYTEST) -n 4 -m "$(SLOW)"

parity-env: .venv/runtime
	@if $(TRAIN_PYTHON) --version >/dev/null 2>&1; then $(MAKE) --no-print-directory train-env; \
	else echo "no $(TRAIN_PYTHON) here: the MXNet parity test will be left out"; fi

# Which lines the quick tests ran: counting them doubles their time.
coverage: .venv/test
	$(PYTEST) -n 2 -q -m "not ($(SLOW))" --cov=laughtrack

quick: .venv/test
	$(PYTEST) -n 2 -q -m "not ($(SLOW))"

# Who may import whom is held by a test.
lint: .venv/test
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/codespell
	$(BIN)/mypy
	$(BIN)/python -m tests.bench.structure

# The pages' texts for translators, and what they wrote for the pages.
catalogues: .venv/test
	$(BIN)/python -m tests.catalogues

docs: .venv/test
	NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build --quiet

# The training environment is apart, so that MXNet holds nothing else back.
train-env: .venv-train/done

# From labels to artefacts. Interrupted, it carries on after the last whole epoch.
train: .venv-train/done
	.venv-train/bin/python -m laughtrack.models.training.train --data $(DATA)
	.venv-train/bin/python -m laughtrack.models.export.export --data $(DATA) --out $(ARTIFACTS)
	.venv-train/bin/python -m laughtrack.models.export.fit_quality --data $(DATA) --weights $(ARTIFACTS)

# Nets in whole numbers of eight bits, after a training: NNCF needs a newer numpy than MXNet.
quantize-env: .venv-int8/done
quantize: .venv-int8/done
	.venv-int8/bin/python -m laughtrack.models.export.quantize --data $(DATA) --weights $(ARTIFACTS)
	.venv-int8/bin/python -m laughtrack.models.finder.quantize --data $(DATA) --weights $(ARTIFACTS)

# FinderNet is trained apart, too: PyTorch's newest does not go with MXNet's old numpy. Interrupted, it
# carries on after the last checkpoint. TEACHER is YuNet's ONNX file. START=WEIGHTS goes on from a
# training that is done and shows often what those weights took for faces; NEGATIVES=FOLDER adds
# pictures (.jpg, .png) in which nobody is to be seen. Both want a work folder of their own: WORK.
TEACHER ?= ../shared/weights/yunet_n_640_640.onnx
WORK ?= $(HOME)/.cache/laughtrack/finder
finder: .venv-finder/done
	.venv-finder/bin/python -m laughtrack.models.finder.train --data $(DATA) --teacher $(TEACHER) \
		--work $(WORK) $(if $(START),--start $(START)) $(if $(NEGATIVES),--negatives $(NEGATIVES))
	.venv-finder/bin/python -m laughtrack.models.finder.export --data $(DATA) --teacher $(TEACHER) \
		--work $(WORK) --out $(ARTIFACTS) $(if $(NEGATIVES),--negatives $(NEGATIVES))
	.venv-finder/bin/python -m laughtrack.models.finder.second.train --data $(DATA) \
		--teacher $(TEACHER) --work $(WORK) --out $(ARTIFACTS) \
		$(if $(NEGATIVES),--negatives $(NEGATIVES))

bench: .venv/runtime
	$(BIN)/python -m tests.bench.speed

# What fer needs, for its row in `make bench`; without it the row says so.
fer-env: .venv-fer/done

# Other trackers live apart: they ask for packages that the project must not have.
bench-env: .venv-bench/done

# Other implementations of our statistics, for `python -m tests.bench.statistics_peers` and `_mne`.
statistics-env: .venv-statistics/done

bench-tracking: .venv-bench/done
	.venv-bench/bin/python -m tests.bench.tracking --data $(DATA) > tests/bench/README.part
	mv tests/bench/README.part tests/bench/README.md

clean:
	rm -rf .venv .venv-train .venv-int8 .venv-finder .venv-bench .venv-fer .venv-statistics build dist demo site *.egg-info

.venv/runtime: setup.cfg pyproject.toml
	$(PYTHON) -m venv .venv
	$(BIN)/python $(PIP) --editable .
	touch $@

.venv/web: .venv/runtime
	$(BIN)/python $(PIP) --editable '.[web]'
	touch $@

.venv/test: .venv/runtime
	$(BIN)/python $(PIP) --editable '.[test]'
	# Our identity scores must be the benchmark's. Its metadata asks for a second OpenCV, which would
	# overwrite ours; scoring needs none.
	$(BIN)/python $(PIP) --no-deps 'trackeval>=1.3,<2'
	touch $@

.venv-train/done: models/requirements-train.txt | .venv/runtime
	$(BIN)/laughtrack train-env --at .venv-train --python $(TRAIN_PYTHON)
	touch $@

.venv-int8/done: models/requirements-int8.txt
	$(PYTHON) -m venv .venv-int8
	.venv-int8/bin/python $(PIP) --requirement models/requirements-int8.txt
	touch $@

.venv-finder/done: models/requirements-finder.txt
	$(TRAIN_PYTHON) -m venv .venv-finder
	.venv-finder/bin/python $(PIP) --requirement models/requirements-finder.txt
	touch $@

.venv-statistics/done: tests/bench/requirements-peers-statistics.txt
	$(TRAIN_PYTHON) -m venv .venv-statistics
	.venv-statistics/bin/python $(PIP) --requirement tests/bench/requirements-peers-statistics.txt
	touch $@

.venv-bench/done: tests/bench/requirements-peers.txt
	$(TRAIN_PYTHON) -m venv .venv-bench
	.venv-bench/bin/python $(PIP) --requirement tests/bench/requirements-peers.txt
	# What their metadata asks for beside: a second OpenCV (trackers, TrackEval), numpy below 2 and
	# filterpy below 2 (norfair, which runs on the newer ones). similari has wheels up to Python 3.12.
	.venv-bench/bin/python $(PIP) --no-deps 'trackers==2.6.1' 'norfair==2.3.0' \
		'similari-trackers-rs==0.26.12' 'trackeval>=1.3,<2'
	touch $@

.venv-fer/done: tests/bench/requirements-fer.txt
	$(TRAIN_PYTHON) -m venv .venv-fer
	.venv-fer/bin/python $(PIP) --requirement tests/bench/requirements-fer.txt
	.venv-fer/bin/python $(PIP) --no-deps 'fer==25.10.0'
	touch $@
