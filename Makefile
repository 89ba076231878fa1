# Every target sets up what it needs: a virtual environment in .venv with the packages that requirements/ locks;
# `test` also what scripts/test_needs.sh gets from npm and, as root, from apt.
#
#   make demo                       see it work
#   make test PYTEST_ARGS="-k plan" some tests only
#   make PYTHON=python3.13 demo     another interpreter (when .venv is not there yet)

PYTHON ?=
# Tests wait about as long as they compute: more of them at once than most machines have cores.
PYTEST_ARGS ?= -n 5 --dist worksteal
ARGS ?=
SEEDS ?= 0-1000
KEEP ?= $(or $(TMPDIR),/tmp)/notion-sync-simulation-$(SEEDS).json

VENV := .venv
BIN := $(VENV)/bin

# The tests start the program a thousand times; what is compiled once is not compiled by each of them.
unexport PYTHONDONTWRITEBYTECODE

.DEFAULT_GOAL := help
.PHONY: help demo setup test test-all test-newest lint format live screenshots share bench soak simulate sweep measures mutants simulated-mutants lock release clean
.PHONY: .lint-style .lint-format .lint-types .lint-layers

help: ## this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-11s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

demo: $(VENV)/.ready-to-run ## sample files, a local Notion, one push: no account needed
	@$(BIN)/notion-sync demo $(ARGS)

setup: $(VENV)/.ready-for-work ## all that the other targets would set up first
	@scripts/test_needs.sh

test: setup ## all tests
	$(BIN)/python -m pytest $(PYTEST_ARGS)

test-all: ## all tests, on Python 3.11, 3.12 and 3.13
	scripts/test_all.sh $(PYTEST_ARGS)

test-newest: ## all tests, with the newest packages that pyproject.toml allows, locked or not
	@scripts/test_needs.sh
	@scripts/venv.sh .venv-newest $(PYTHON)
	.venv-newest/bin/python -m pip install -q --upgrade --upgrade-strategy eager -e '.[dev]'
	.venv-newest/bin/python -m pytest $(PYTEST_ARGS)

lint: $(VENV)/.ready-for-work ## style, types, and which module may import which
	@$(MAKE) --no-print-directory --keep-going .lint-style .lint-format .lint-types .lint-layers

.lint-style:
	$(BIN)/ruff check .
.lint-format:
	$(BIN)/ruff format --check .
.lint-types:
	$(BIN)/mypy
	MYPYPATH=scripts $(BIN)/mypy scripts
.lint-layers:
	$(BIN)/lint-imports --no-logo

format: $(VENV)/.ready-for-work ## put the code into shape
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

live: $(VENV)/.ready-for-work ## tests/live on the real Notion: NOTION_TOKEN=ntn_… NOTION_LIVE_PAGE=https://… make live
	@if [ -z "$$NOTION_TOKEN" ] || [ -z "$$NOTION_LIVE_PAGE" ]; then \
	    echo "make live asks the real Notion what it does. It needs"; \
	    echo "  NOTION_TOKEN          of a connection that may read, insert and update"; \
	    echo "  NOTION_LIVE_PAGE      address or id of a page that is shared with it; all is done on a page below,"; \
	    echo "                        which goes to the trash in the end"; \
	    echo "  NOTION_LIVE_DATABASE  (optional) a database for rows with files; otherwise one is made on that page"; \
	    exit 2; \
	fi
	$(BIN)/python -m pytest --live tests/live -p no:xdist --timeout=1800 $(ARGS)

screenshots: $(VENV)/.ready-for-work ## take the pictures of docs/images
	@scripts/test_needs.sh --pictures
	PYTHONPATH=. $(BIN)/python scripts/screenshots.py

share: $(VENV)/.ready-for-work ## write manual page and completions anew
	PYTHONPATH=. $(BIN)/python scripts/share.py

bench: $(VENV)/.ready-to-measure ## measure beside rsync, rclone, curl, git, ntn and aws (an hour); ARGS="--quick unchanged": less
	@scripts/test_needs.sh --bench
	$(BIN)/python benchmarks/run.py $(or $(ARGS),--results benchmarks/RESULTS.md --pictures docs/images)

soak: setup ## run for long
	$(BIN)/python -m pytest $(PYTEST_ARGS) -m soak
	$(BIN)/python benchmarks/soak.py $(ARGS)

simulate: $(VENV)/.ready-for-work ## play lives from seeds; SEEDS=0-100000; goes on where it was stopped: KEEP=FILE says where
	$(BIN)/python -m tests.simulation --seeds $(SEEDS) --keep $(KEEP) $(ARGS)

sweep: $(VENV)/.ready-for-work ## let every request of every kind of push go wrong in every way; ARGS="'replace twice'": some kinds
	$(BIN)/python -m tests.simulation.sweep $(ARGS)

measures: $(VENV)/.ready-for-work ## how hard the code is to live in, in numbers
	$(BIN)/python scripts/measures.py

mutants: $(VENV)/.ready-for-work ## break the code on purpose and see whether the tests beside it notice
	$(BIN)/python scripts/mutants.py $(ARGS)

simulated-mutants: $(VENV)/.ready-for-work ## break the code on purpose and see after how many seeds a simulated life ends wrong
	$(BIN)/python scripts/simulated_mutants.py $(ARGS)

lock: ## write requirements/ anew from pyproject.toml; ARGS=--upgrade takes the newest versions
	@scripts/lock.sh $(ARGS)

release: $(VENV)/.ready-for-work ## wheel and sdist of the last commit, built twice and compared, their SBOM and checksums, in dist/
	$(BIN)/python scripts/release.py

clean: ## remove environments and caches
	rm -rf .venv .venv-3.1? .venv-contract .venv-lock .venv-newest .venv-peers .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis

# Stamps: what has been installed stays installed until pyproject.toml or what is locked changes.
$(VENV)/.ready-to-run: pyproject.toml requirements/run.txt
	@echo "installing notion-sync into $(VENV)"
	@scripts/install.sh $(VENV) run $(PYTHON)
	@touch $@

$(VENV)/.ready-to-measure: requirements/bench.txt requirements/peers.txt $(VENV)/.ready-for-work
	@echo "installing into $(VENV) what pictures are drawn with"
	@$(BIN)/python -m pip install -q --require-hashes --only-binary :all: -r requirements/bench.txt
	@echo "installing into .venv-peers what is compared with"
	@scripts/venv.sh .venv-peers
	@.venv-peers/bin/python -m pip install -q --require-hashes --only-binary :all: -r requirements/peers.txt
	@touch $@

$(VENV)/.ready-for-work: pyproject.toml requirements/dev.txt
	@echo "installing notion-sync and its checks into $(VENV)"
	@scripts/install.sh $(VENV) dev $(PYTHON)
	@touch $(VENV)/.ready-to-run $@
