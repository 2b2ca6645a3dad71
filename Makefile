# What one does with this project. ARGS go to the program: make test ARGS="-k chat"
BIN := .venv/bin
LIMIT := 2700
# Half of the time is waiting for servers and browsers: two processes share the files.
SPLIT := -n 2 --dist loadfile --no-loadscope-reorder

.PHONY: help run run-suite install test test-full lint format bench clean develop

help:
	@echo "make run        start everything in one process (as root: as the system user awt)"
	@echo "make run-suite  start a suite of nodes over servers of its own, for trying out"
	@echo "make install    as root: put the program into /opt/awt/venv, for nodes that are services"
	@echo "make test       all tests, within $(LIMIT) s"
	@echo "make test-full  all tests with the long runs 25 times as long"
	@echo "make lint       style, types, arrows between the rooms, news fragments"
	@echo "make format     let the formatter do its part"
	@echo "make bench      the benchmarks"
	@echo "make clean      remove what tools and tests left behind (.venv stays)"

run:
	@tools/run $(ARGS)

run-suite:
	@tools/run-suite $(ARGS)

install:
	@tools/install

develop:
	@tools/develop dev

test: develop
	@tools/servers
	@timeout --foreground --signal=INT --kill-after=60 $(LIMIT) $(BIN)/pytest $(SPLIT) $(PATIENCE) $(ARGS)

test-full: export AWT_TEST_SCALE := 25
test-full: LIMIT := 0
# A test that takes so long is not stuck.
test-full: PATIENCE := -o faulthandler_timeout=3600
test-full: test

lint: develop
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-logo
	$(BIN)/towncrier build --draft --version next >/dev/null

format: develop
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

bench: develop
	$(BIN)/python -m benchmarks $(ARGS)

clean:
	rm -rf build dist *.egg-info .hypothesis .import_linter_cache .mypy_cache .pytest_cache .ruff_cache \
		_trial_temp* twistd.log* twistd.pid twisted/plugins/dropin.cache
	find awt tests twisted -name __pycache__ -prune -exec rm -rf {} +
