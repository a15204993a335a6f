# The two commands that everybody needs: `make paper` and `make test`.
# Everything lives in .venv; the first use of any target makes it from envs/requirements.txt.

PYTHON ?= python3
.DEFAULT_GOAL := help
CORES ?= 2
STUDY ?= demo
# A misspelt STUDY would build the demo without a word. (Of another make there may be other variables.)
KNOWN := CORES PART PYTHON STUDY SHELL
UNKNOWN := $(strip $(foreach name,$(.VARIABLES),$(if $(findstring command,$(origin $(name))),$(filter-out $(KNOWN),$(name)))))
$(if $(and $(UNKNOWN),$(filter 0,$(MAKELEVEL))),$(error unknown variable $(UNKNOWN): make takes CORES, PYTHON, STUDY and PART; write variables of the environment before make))
BIN := .venv/bin
SNAKEMAKE := $(BIN)/snakemake --cores $(CORES) --config study=$(STUDY)
export PATH := $(CURDIR)/$(BIN):$(PATH)
unexport PYTEST_ADDOPTS PYTEST_PLUGINS

# A target for people says after two hashes what it does.
HASHES := \#\#
TARGETS := $(shell sed -n 's/^\([a-z -]*\):.* $(HASHES) .*/\1/p' $(firstword $(MAKEFILE_LIST)))
.PHONY: $(TARGETS)

install: .venv/installed ## installs into .venv, which all other targets do as well

paper: .venv/installed tex ## installs into .venv, runs the study (STUDY=demo) on CORES=2, writes paper/main.pdf
	$(SNAKEMAKE) -- paper/main.pdf

test: .venv/installed tex ## all tests
	$(BIN)/pytest

help: ## this list
	@awk -F ':.* $(HASHES) ' '/^[a-z -]+:.* $(HASHES) / {printf "make %-24s %s\n", $$1, $$2}' $(firstword $(MAKEFILE_LIST))

NEAREST = import difflib, sys; near = difflib.get_close_matches(sys.argv[1], sys.argv[2:], 1); \
  hint = f" (did you mean {near[0]}?)" if near else ""; \
  sys.exit(f"error: make has no target {sys.argv[1]}{hint}; make help lists them")
.DEFAULT:
	@$(PYTHON) -c '$(NEAREST)' $@ $(TARGETS)

# The fast tests with the lowest and with the newest versions that pyproject.toml allows, each in an
# environment of its own (3 GB). The lowest ones use what is deprecated by now, which is no fault.
VERSIONS = .venv-$(@:test-%=%)
test-lowest: RESOLUTION = lowest-direct
test-lowest: WARNINGS = -W ignore::DeprecationWarning -W ignore::PendingDeprecationWarning
test-newest: RESOLUTION = highest
test-lowest test-newest: .venv/installed tex ## the fast tests with the lowest and the newest versions of all dependencies
	$(BIN)/uv venv --quiet --clear --python $(BIN)/python $(VERSIONS)
	$(BIN)/uv pip install --quiet --python $(VERSIONS) --resolution $(RESOLUTION) --all-extras -r pyproject.toml
	$(BIN)/uv pip install --quiet --python $(VERSIONS) --no-deps --no-build-isolation --editable .
	$(VERSIONS)/bin/pytest -m "not study" $(WARNINGS)

# What was made under the Python of .venv plans nothing under the other ones (7 GB each).
test-pythons: .venv/installed tex ## a study's results, imported under Python 3.12 and 3.13
	for minor in 12 13; do \
	  $(BIN)/uv venv --quiet --clear --python 3.$$minor .venv-3.$$minor && \
	  $(BIN)/uv pip install --quiet --python .venv-3.$$minor --require-hashes -r envs/requirements.txt || exit 1; \
	done
	$(BIN)/pytest -n 0 tests/workflow/test_travel.py -k another_python

# A Slurm of one node, on top of what .venv has: needs Debian's slurm-wlm, munge, slurmdbd and
# mariadb-server (docs/how-to/clusters.md). The tables of its jobs are printed.
SITE = -c 'import sysconfig; print(sysconfig.get_path("purelib"))'
test-slurm: .venv/installed ## a study on a real Slurm
	$(BIN)/python -m venv --clear .venv-slurm
	echo "import site; site.addsitedir('$$($(BIN)/python $(SITE))')" > $$(.venv-slurm/bin/python $(SITE))/base.pth
	.venv-slurm/bin/pip install --quiet --disable-pip-version-check 'snakemake-executor-plugin-slurm>=2.8'
	PATH=$(CURDIR)/.venv-slurm/bin:$$PATH .venv-slurm/bin/python -m pytest -n 0 -s tests/slurm

# A study with its results in a bucket, and the profile for Kubernetes, on top of what .venv has.
test-storage: .venv/installed ## a study with its results in a bucket
	$(BIN)/python -m venv --clear .venv-storage
	echo "import site; site.addsitedir('$$($(BIN)/python $(SITE))')" > $$(.venv-storage/bin/python $(SITE))/base.pth
	$(BIN)/uv pip install --quiet --python .venv-storage/bin/python --require-hashes -r envs/cloud.txt
	PATH=$(CURDIR)/.venv-storage/bin:$$PATH .venv-storage/bin/python -m pytest -n 0 -s tests/storage

# What works beside packages that are no dependencies, on top of what .venv has (300 MB).
test-extras: .venv/installed ## tests beside IQA-PyTorch and TensorBoard
	$(BIN)/python -m venv --clear .venv-extras
	echo "import site; site.addsitedir('$$($(BIN)/python $(SITE))')" > $$(.venv-extras/bin/python $(SITE))/base.pth
	.venv-extras/bin/pip install --quiet --disable-pip-version-check --no-deps 'pyiqa>=0.1.16' opencv-python-headless
	.venv-extras/bin/pip install --quiet --disable-pip-version-check 'tensorboard>=2.21'
	PATH=$(CURDIR)/.venv-extras/bin:$$PATH .venv-extras/bin/python -m pytest -n 0 -rs tests/photos/test_iqa_pytorch.py tests/training/test_event_files.py

# The documentation as pages that a browser opens from disk, docs/build/index.html. A warning is an error.
docs: .venv/installed ## the documentation, docs/build/index.html; a warning is an error
	rm -rf docs/build
	$(BIN)/uv venv --quiet --clear --python $(BIN)/python .venv-docs
	echo "import site; site.addsitedir('$$($(BIN)/python $(SITE))')" > $$(.venv-docs/bin/python $(SITE))/base.pth
	$(BIN)/uv pip install --quiet --python .venv-docs/bin/python --require-hashes -r envs/docs.txt
	.venv-docs/bin/python -m sphinx --fail-on-warning --keep-going --quiet --fresh-env -d .venv-docs/doctrees docs docs/build

# Follow the pages of the documentation by everything that they say can be done here; the tests leave
# out the longest (a quarter of an hour on an idle machine of two cores).
pages: .venv/installed tex ## does everything that the documentation says can be done here
	FOLLOW_ALL=1 $(BIN)/pytest -n 0 tests/workflow/test_pages.py

# Predictors of other people on the study's test images, each in an environment of its own in
# .venv-peers (1 GB); one that cannot be made is left out. The next `make paper` has their table.
peers: .venv/installed ## scores of other people's predictors, for a table of the paper
	@for pins in envs/peers/*.txt; do \
	  name=$$(basename $$pins .txt); home=.venv-peers/$$name; python=$$(sed -n 's/^# python //p' $$pins); \
	  cmp -s $$pins $$home/$$name.txt || { \
	    $(BIN)/uv venv --quiet --clear --python $$python $$home && \
	    $(BIN)/uv pip install --quiet --python $$home/bin/python -r $$pins && cp $$pins $$home/ || \
	    echo "error: the environment of $$name could not be made (Python $$python, $$pins); it is left out" >&2; }; \
	done
	$(SNAKEMAKE) -- results/$(STUDY)/peers.json

# .pre-commit-config.yaml runs the same commands before every commit (a test compares them).
check: .venv/installed ## linters, types, the imports between packages, the workflow's own checks
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-cache
	$(BIN)/smartiqa check-templates
	$(BIN)/snakefmt --check Snakefile workflow
	$(SNAKEMAKE) --lint

# Pretrain the demo's backbones anew and replace the shipped weights (about an hour).
weights: .venv/installed ## pretrains the demo's backbones anew
	$(SNAKEMAKE) -- pretrained
	cp results/$(STUDY)/pretrained/*.safetensors results/$(STUDY)/pretrained/*.json data/demo/weights/

# Measure speed and memory, beside the bare backbone and the published way (about half an hour on
# an idle machine); table and JSON go to results/benchmarks. One of them: python -m benchmarks data
bench: .venv/installed ## speed and memory
	$(BIN)/python -m benchmarks

# How far a score depends on who decodes and resizes the photo, for the demo's models (`make paper`),
# beside OpenCV; renews the table in docs/reference/behaviour.md (a minute).
behaviour: .venv/installed ## how far a score depends on who decodes and resizes the photo
	$(BIN)/python -m venv --clear .venv-behaviour
	echo "import site; site.addsitedir('$$($(BIN)/python $(SITE))')" > $$(.venv-behaviour/bin/python $(SITE))/base.pth
	.venv-behaviour/bin/pip install --quiet --disable-pip-version-check --no-deps opencv-python-headless
	.venv-behaviour/bin/python -m pytest -n 0 -rs tests/test_behaviour.py
	.venv-behaviour/bin/python -m benchmarks.behaviour

# Break the code in small ways, one at a time, and count which of them no test notices (hours on a
# busy machine); docs/explanation/mutants.md has the result. A part: make mutants PART="splits crops --sample 50"
mutants: .venv/installed ## breaks the code and counts what no test notices
	$(BIN)/python tests/mutants.py $(PART)

# Kill builds of the tiny study over 60 times, and compare the end with an undisturbed build; take
# 10,000 generated images through all stages (20 minutes each on an idle machine of two cores, 1 GB
# in .kills and .soak). docs/explanation/integrity.md has the figures.
kills: .venv/installed tex ## kills builds, and compares their end with that of an undisturbed one
	rm -rf .kills
	$(BIN)/python tests/kills.py .kills

soak: .venv/installed ## takes ten thousand images through all stages
	rm -rf .soak
	$(BIN)/python tests/soak.py .soak

# Keys in tracked files; locked versions that were withdrawn or are known to be vulnerable (the latter
# two ask the package index).
audit: .venv/installed ## keys in tracked files, locked versions that were withdrawn or are vulnerable
	$(BIN)/python -m venv --clear .venv-audit
	.venv-audit/bin/pip install --quiet --disable-pip-version-check 'detect-secrets>=1.5' 'pip-audit>=2.10'
	sh envs/audit.sh .venv-audit/bin

# Resolve the dependencies of pyproject.toml anew.
lock: .venv/installed ## renews the locked requirements
	sh envs/lock.sh

clean: ## removes the results of the study (STUDY=demo), figures and paper
	@test -f workflow/config/$(STUDY).yaml || { echo "error: there is no study '$(STUDY)' in workflow/config" >&2; exit 1; }
	rm -rf results/$(STUDY) figures/.digests paper/.digests paper/sections/.digests paper/tables/.digests figures/*.pdf paper/*.tex paper/sections/*.tex paper/tables/*.tex paper/main.pdf paper/build

clean-all: clean ## removes the results of all studies, figures, paper and built documentation
	rm -rf results docs/build

.PHONY: tex
tex:
	@sh envs/install_tex.sh

.venv/installed: envs/bootstrap.txt envs/requirements.txt pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo "error: smartiqa needs Python 3.11 or later; set PYTHON=..." >&2; exit 1; }
	$(PYTHON) -m venv .venv
	$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes -r envs/bootstrap.txt
	$(BIN)/uv pip install --quiet --python $(BIN)/python --compile-bytecode --require-hashes -r envs/requirements.txt
	$(BIN)/uv pip install --quiet --python $(BIN)/python --no-deps --no-build-isolation --editable .
	touch $@
