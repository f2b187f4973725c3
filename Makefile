# Everything a newcomer needs: make run, make test. Only Python >= 3.11, git and make are assumed.
PYTHON ?= python3
BIN := .venv/bin
READY := .venv/.ready
BENCH_READY := .venv/.bench-ready
PEER := .venv/geopolrisk
STRESS_PEER := .venv/boario

.PHONY: run test bench lint clean

run: $(READY)
	$(BIN)/chumbak run india --draws 1000

test: $(READY) lint
	$(BIN)/pytest -n auto --dist worksteal

bench: $(BENCH_READY) $(PEER)/.ready $(STRESS_PEER)/.ready
	$(BIN)/python -m benchmarks

lint: $(READY)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

$(READY): requirements.lock pyproject.toml
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Chumbak needs Python 3.11 or newer; this is " + sys.version.split()[0] + ". Try: make PYTHON=python3.12 $(MAKECMDGOALS)")'
	$(PYTHON) -m venv .venv
	$(BIN)/pip install --quiet --disable-pip-version-check -r requirements.lock
	$(BIN)/pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	touch $@

$(BENCH_READY): $(READY) requirements-bench.lock
	$(BIN)/pip install --quiet --disable-pip-version-check -r requirements-bench.lock
	touch $@

# A library that needs Python 3.11 and an older pandas; where it does not install, its benchmark says so and is skipped.
$(PEER)/.ready: $(READY) requirements-bench-geopolrisk.lock
	rm -rf $(PEER)
	{ $(PYTHON) -m venv $(PEER) && \
	  $(PEER)/bin/pip install --quiet --disable-pip-version-check -r requirements-bench-geopolrisk.lock && \
	  touch $@; } || { rm -rf $(PEER); echo "geopolrisk-py DOES NOT INSTALL HERE: its benchmark will be skipped."; }

# Under the GPL, and its package does not say what it needs: run beside, in an environment of its own, or skipped.
$(STRESS_PEER)/.ready: $(READY) requirements-bench-boario.lock
	rm -rf $(STRESS_PEER)
	{ $(PYTHON) -m venv $(STRESS_PEER) && \
	  $(STRESS_PEER)/bin/pip install --quiet --disable-pip-version-check --no-deps -r requirements-bench-boario.lock && \
	  touch $@; } || { rm -rf $(STRESS_PEER); echo "BoARIO DOES NOT INSTALL HERE: its benchmark will be skipped."; }

clean:
	rm -rf .venv runs
