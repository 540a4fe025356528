# The two commands: `make demo` and `make test`. Everything else is for those who work on it.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
NODE := .tape/node

# Where `make node` was called; tests skip what is not there.
export NODE_PATH ?= $(CURDIR)/$(NODE)/node_modules

# Where it is set, each of the suite's many processes would compile what it imports again.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: demo test test-long messages check bench bench-short node lock clean

demo: $(VENV)/ready ## A recorded day through every service, on this machine alone
	$(BIN)/tape demo

test: $(VENV)/ready ## The whole suite
	$(BIN)/pytest -q -n 2 -m "not long"

test-long: $(VENV)/ready ## Archives of weeks through the whole platform, where they are beside this checkout
	$(BIN)/pytest -q -m long

check: $(VENV)/ready ## What a change must pass: format, lint, types, import laws, templates, tests
	tools/check

messages: $(VENV)/ready ## What each message looks like, into docs/messages; pictures by chromium
	$(BIN)/python -m tools.messages --pictures

bench: $(VENV)/ready ## What we claim about accuracy and speed, each beside its peer
	OMP_NUM_THREADS=1 $(BIN)/python -m benchmarks.sentiment
	$(BIN)/python -m benchmarks.linking
	$(BIN)/python -m benchmarks.archive
	$(BIN)/python -m benchmarks.prediction
	OMP_NUM_THREADS=1 $(BIN)/python -m benchmarks.drawdown
	$(BIN)/python -m benchmarks.collecting
	$(BIN)/python -m benchmarks.contracts
	$(BIN)/python -m benchmarks.http_sentiment
	$(BIN)/python -m benchmarks.http_predict

bench-short: $(VENV)/ready ## The same on what the project ships, to see that none has rotted
	OMP_NUM_THREADS=1 $(BIN)/python -m benchmarks.sentiment --data /nonexistent --short --rounds 1
	$(BIN)/python -m benchmarks.linking --posts /nonexistent
	$(BIN)/python -m benchmarks.archive --megabytes 10
	$(BIN)/tape train --report --since 2021
	OMP_NUM_THREADS=1 $(BIN)/python -m benchmarks.drawdown --prices /nonexistent --rounds 3
	$(BIN)/python -m benchmarks.collecting
	$(BIN)/python -m benchmarks.contracts --rounds 3

node: $(NODE)/ready ## What else reads our contracts: AsyncAPI's own parser and TypeScript, for the tests that skip without

lock: $(VENV)/ready ## Resolve the dependency groups again
	tools/lock.sh

clean: ## Forget what was built and what the embedded target remembers
	rm -rf .tape $(VENV)

# Everything comes from the lock, by hash; `uv` only makes it quick.
$(VENV)/ready: tools/locks/dev.txt pyproject.toml
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or newer is needed, this is " + sys.version)'
	$(PYTHON) -m venv $(VENV)
	grep -A 40 '^uv==' tools/locks/dev.txt | awk 'NR > 1 && /^[a-z]/ { exit } { print }' > $(VENV)/uv.txt
	$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes -r $(VENV)/uv.txt
	VIRTUAL_ENV=$(CURDIR)/$(VENV) $(BIN)/uv pip sync --quiet --require-hashes tools/locks/dev.txt
	VIRTUAL_ENV=$(CURDIR)/$(VENV) $(BIN)/uv pip install --quiet --no-deps --no-build-isolation -e .
	touch $@

$(NODE)/ready: tests/contract/package.json tests/contract/package-lock.json
	mkdir -p $(NODE)
	cp tests/contract/package.json tests/contract/package-lock.json $(NODE)
	npm ci --prefix $(NODE) --ignore-scripts --no-audit --no-fund --silent
	touch $@
