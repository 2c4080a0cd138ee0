# Freehold. `make help` lists what there is; every target builds the environment it needs in .venv first.
PYTHON ?= python3
# Test processes, and further words for pytest: make test ARGS="-k mirror -x"
WORKERS ?= 2
ARGS ?=
# Random histories of each kind in make model
RUNS ?= 1000
# Drawn rules and series in make expanders, faults in make faults, and where their drawing begins
N ?=
# Where make faults goes: sqlite, postgresql; radicale, google
DATABASE ?= both
REMOTE ?= both
SEED ?= 1

# The tests that take pictures of pages in make screenshots
PICTURED := $(patsubst %,tests/e2e/test_%.py,every_page pages requests_and_answers series_groups_and_waitlist \
	practice_and_clients availability daybook prime_time own_events connect_google)

VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.built
# What we are measured against has an environment of its own, so that nothing else comes to need it.
BENCH := .venv-bench
BENCH_STAMP := $(BENCH)/.built
# So has caldav-server-tester, whose licence (AGPL) is not ours: it is run as a process and never imported.
TESTER := .venv-servers
TESTER_STAMP := $(TESTER)/.built
EXPANDERS := tests/support/expanders
TEXTS := booking/web/translations
# What pages serve of other projects is kept in the tree, so that a running service and its tests need no npm.
VENDORED := booking/web/vendored
VENDOR := booking/web/static/vendor
# Their first words are shown to people: see sync/backends/errors.py.
ERRORS := AuthorizationLost CalendarMissing Refused Throttled Unavailable
LOCK := $(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes \
	--custom-compile-command "make lock"

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.PHONY: help demo demo-google test matrix quirks cyrus model faults expanders expanders-tools bombs servers lint format bench bench-slots bench-serving bench-sync translations assets screenshots browser venv migration lock clean

help: ## List the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-12s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

demo: $(STAMP) ## Run the whole service with a sample practice; Ctrl-C stops it
	@exec $(BIN)/freehold demo

demo-google: $(STAMP) ## The same with a Google in small for the calendars: connect by its consent page
	@exec $(BIN)/python -m tests.support.google_demo

test: $(STAMP) browser expanders-tools ## Run all tests (ARGS="..." are passed to pytest)
	@exec $(BIN)/python -m pytest -n $(WORKERS) --dist worksteal -m "not quirks and not cyrus and not long" $(ARGS)

matrix: $(STAMP) browser ## Run every browser path at every server and database, and the long storms
	@exec $(BIN)/python -m pytest -n $(WORKERS) --dist worksteal $(ARGS) tests/e2e tests/integration/sync/test_google_pace.py \
		tests/integration/test_race.py

quirks: $(STAMP) ## Run contract and engine at every hosted calendar server in small, not only at the commonest five
	@exec $(BIN)/python -m pytest -n $(WORKERS) --dist worksteal -m "not cyrus" $(ARGS) \
		tests/contract tests/integration/sync/test_hosted_servers.py tests/integration/sync/test_foul_weather.py \
		tests/integration/sync/test_single_quirks.py

cyrus: $(STAMP) ## Run contract and engine at a real Cyrus, installed from Debian where that is possible
	@test -x /usr/sbin/cyrmaster || [ "$$(id -u)" != 0 ] || ! command -v apt-get >/dev/null 2>&1 || \
		{ export DEBIAN_FRONTEND=noninteractive; apt-get -qq update && apt-get -qq install --yes \
		--no-install-recommends cyrus-imapd cyrus-caldav sasl2-bin libsasl2-modules; } >/dev/null 2>&1 || \
		echo "Cyrus could not be installed; its tests will say so."
	@exec $(BIN)/python -m pytest -m cyrus $(ARGS) tests/contract tests/integration/sync/test_hosted_servers.py

model: $(STAMP) ## Run random histories of syncing (RUNS=1000 of each kind) and take each guard out; build/model.json
	@rm -f build/model.json
	@MODEL_RUNS=$(RUNS) $(BIN)/python -m pytest -n $(WORKERS) --dist worksteal tests/model $(ARGS)
	@$(BIN)/python -m tests.support.model_report

expanders: $(STAMP) expanders-tools ## Hold our expansion against other libraries' (N=2000 rules and series, SEED=1) and print where they part
	@exec $(BIN)/python -m tests.support.expanders $(or $(N),2000) $(SEED)

bombs: $(STAMP) ## Measure what each object costs that is made to exhaust its reader; 250 ms and 64 MiB are allowed
	@exec $(BIN)/python -m tests.support.bombs

servers: $(STAMP) $(TESTER_STAMP) ## Ask caldav-server-tester what our test servers and the played ones really do
	@exec $(BIN)/python -m tests.support.server_tester $(TESTER)/bin/caldav-server-tester $(ARGS)

# ical.js wants node; libical is a shared library of Debian. Where one cannot be had, the tests that ask it say so.
expanders-tools:
	@test -d $(EXPANDERS)/node_modules/ical.js || ! command -v npm >/dev/null 2>&1 || \
		npm ci --prefix $(EXPANDERS) --silent --no-audit --no-fund || \
		echo "ical.js could not be installed; the tests that ask it will say so."
	@$(PYTHON) -c 'import ctypes; ctypes.CDLL("libical.so.3")' 2>/dev/null || [ "$$(id -u)" != 0 ] || \
		! command -v apt-get >/dev/null 2>&1 || { export DEBIAN_FRONTEND=noninteractive; \
		apt-get -o DPkg::Lock::Timeout=300 -qq update && apt-get -o DPkg::Lock::Timeout=300 -qq install --yes \
		--no-install-recommends libical3; } >/dev/null 2>&1 || \
		echo "libical could not be installed; the tests that ask it will say so."

faults: $(STAMP) ## Kill the program at N=200 moments for each DATABASE and REMOTE and count what is wrong; build/faults.json
	@exec $(BIN)/python -m tests.support.faults --n $(or $(N),200) --database $(DATABASE) --remote $(REMOTE) --seed $(SEED) $(ARGS)

lint: $(STAMP) ## Check style, types and the direction of imports
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports

format: $(STAMP) ## Put imports and layout in order
	@$(BIN)/ruff check --fix --select I .
	@$(BIN)/ruff format .

bench: $(BENCH_STAMP) ## Measure both in their short form, a few minutes
	@$(BENCH)/bin/python -m tests.bench.slots
	@exec $(BENCH)/bin/python -m tests.bench.sync --events 1000

bench-slots: $(BENCH_STAMP) ## Offered time against portion and intervaltree (ARGS="--rounds 9")
	@exec $(BENCH)/bin/python -m tests.bench.slots $(ARGS)

bench-serving: $(STAMP) ## The endpoint of offered time under wrk and at 200 requests a second, with syncing beside (ARGS="--seconds 10")
	@command -v wrk >/dev/null 2>&1 || [ "$$(id -u)" != 0 ] || ! command -v apt-get >/dev/null 2>&1 || { export DEBIAN_FRONTEND=noninteractive; \
		apt-get -qq update && apt-get -qq install --yes --no-install-recommends wrk; } >/dev/null 2>&1 || true
	@exec $(BIN)/python -m tests.bench.serving $(ARGS)

bench-sync: $(BENCH_STAMP) ## Syncing against raw downloads, python-caldav and vdirsyncer (ARGS="--events 1000 --rounds 9")
	@exec $(BENCH)/bin/python -m tests.bench.sync $(ARGS)

translations: $(STAMP) ## Collect the texts of pages and mails, bring the catalogues up to date and compile them
	@$(BIN)/pybabel -q extract -F $(TEXTS)/babel.toml -k N_ $(ERRORS:%=-k %) --no-location --sort-output --project=Freehold --version=1 \
		-o $(TEXTS)/messages.new booking service sync
	@grep -vE '^#( |$$)|^"POT-Creation-Date' $(TEXTS)/messages.new >$(TEXTS)/messages.pot && rm $(TEXTS)/messages.new
	@for po in $(wildcard $(TEXTS)/*/LC_MESSAGES/messages.po); do \
		$(BIN)/pybabel -q update -i $(TEXTS)/messages.pot -o $$po -l $$(basename $$(dirname $$(dirname $$po))) --no-wrap --no-fuzzy-matching --ignore-obsolete --ignore-pot-creation-date && \
		$(BIN)/pybabel -q compile -i $$po -o $${po%.po}.mo || exit 1; done

assets: ## Fetch what pages serve of other projects anew, as booking/web/vendored/package-lock.json says
	@npm ci --prefix $(VENDORED) --silent --no-audit --no-fund
	@for kind in js css; do sed '/^\/\/# sourceMappingURL=/d' \
		$(VENDORED)/node_modules/@event-calendar/build/dist/event-calendar.min.$$kind >$(VENDOR)/event-calendar.$$kind; done

screenshots: $(STAMP) browser ## Take the pictures of the documentation anew, in a real browser
	@mkdir -p docs/screenshots
	@SCREENSHOTS=docs/screenshots $(BIN)/python -m pytest -q -n $(WORKERS) -m "not long" $(ARGS) $(PICTURED)
	@command -v pngquant >/dev/null 2>&1 || [ "$$(id -u)" != 0 ] || ! command -v apt-get >/dev/null 2>&1 || { export DEBIAN_FRONTEND=noninteractive; \
		apt-get -qq update && apt-get -qq install --yes --no-install-recommends pngquant; } >/dev/null 2>&1 || true
	@! command -v pngquant >/dev/null 2>&1 || pngquant --force --ext .png --strip --skip-if-larger docs/screenshots/*.png || [ $$? = 98 ]

browser: ## Install Chromium for the browser tests, where that is possible
	@for name in chromium chromium-browser google-chrome; do command -v $$name >/dev/null 2>&1 && exit 0; done; \
	if [ "$$(id -u)" != 0 ] || ! command -v apt-get >/dev/null 2>&1; then \
		echo "There is no Chromium here. Install it (on Debian: the package chromium) to run the browser tests."; \
	else \
		echo "Installing Chromium for the browser tests."; \
		export DEBIAN_FRONTEND=noninteractive; \
		{ apt-get -qq update && apt-get -qq install --yes --no-install-recommends chromium fonts-dejavu-core; } \
			>/dev/null 2>&1 || echo "Chromium could not be installed; the browser tests will say so."; \
	fi

venv: $(STAMP) ## Build .venv from the locked requirements

$(STAMP): pyproject.toml requirements/dev.txt requirements/uv.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Freehold needs Python 3.11 or newer (make PYTHON=...).")'
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@$(BIN)/python -m pip install -qq --disable-pip-version-check --require-hashes -r requirements/uv.txt
	@VIRTUAL_ENV=$(abspath $(VENV)) $(BIN)/uv pip sync --quiet --require-hashes requirements/dev.txt requirements/uv.txt
	@VIRTUAL_ENV=$(abspath $(VENV)) $(BIN)/uv pip install --quiet --no-deps --no-build-isolation --editable .
	@touch $@

$(BENCH_STAMP): $(STAMP) requirements/bench.txt
	@test -x $(BENCH)/bin/python || $(PYTHON) -m venv $(BENCH)
	@VIRTUAL_ENV=$(abspath $(BENCH)) $(BIN)/uv pip sync --quiet --require-hashes requirements/bench.txt
	@touch $@

$(TESTER_STAMP): $(STAMP) requirements/servers.txt
	@test -x $(TESTER)/bin/python || $(PYTHON) -m venv $(TESTER)
	@VIRTUAL_ENV=$(abspath $(TESTER)) $(BIN)/uv pip sync --quiet --require-hashes requirements/servers.txt
	@touch $@

migration: $(STAMP) ## Write the next schema revision (NAME="subject", or NAME=--first before a release)
	@$(BIN)/python -m service.migrations.generate $(NAME)

lock: ## Resolve the requirements anew (UPGRADE=--upgrade takes newer versions)
	@test -x $(BIN)/uv || { $(PYTHON) -m venv $(VENV) && \
		$(BIN)/python -m pip install -qq --disable-pip-version-check --require-hashes -r requirements/uv.txt; }
	@echo uv | $(LOCK) $(UPGRADE) - --output-file requirements/uv.txt >/dev/null
	@printf 'caldav-server-tester\nvobject\n' | $(LOCK) --no-config $(UPGRADE) - --output-file requirements/servers.txt >/dev/null
	@$(LOCK) $(UPGRADE) pyproject.toml --extra bench --output-file requirements/bench.txt >/dev/null
	@$(LOCK) pyproject.toml --extra dev --constraint requirements/bench.txt --output-file requirements/dev.txt >/dev/null
	@$(LOCK) pyproject.toml --constraint requirements/dev.txt --output-file requirements/run.txt >/dev/null

clean: ## Remove what was built (not the data)
	@rm -rf $(VENV) $(BENCH) $(TESTER) build dist .mypy_cache .pytest_cache .ruff_cache .hypothesis .import_linter_cache
