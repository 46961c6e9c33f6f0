# `make up` and `make test` are all the set-up; everything here can be repeated and costs nothing the second time.
.PHONY: help install install-for-tests up test pure live lint type docs fidelity bench bench-diagnose soak fuzz image down clean

help:    ; @sed -n 's/^#: //p' Makefile

#: make install   FRR from your distribution (its host service stays off) and a virtual environment, .venv
install: ; @scripts/install
install-for-tests: ; @scripts/install --for-tests
#: make up        install, then mseelab up: the shipped circuit, or this folder's circuit.yml
up:      install ; @.venv/bin/mseelab up
#: make down      every lab of this user, gone
down:    install ; @.venv/bin/mseelab down --all
#: make test      install, then the whole test suite, with BIRD, GoBGP and OpenBGPD too; ARGS='-k name' narrows it.
#:                As root in one process more than there are cores; ARGS='-n 0' in one
test:    install-for-tests ; @.venv/bin/python -m pytest -n auto $(ARGS)
#: make pure      the tests that need no privileges and start no process
pure:    install ; @.venv/bin/python -m pytest tests/pure $(ARGS)
#: make live      the tests with real FRR
live:    install-for-tests ; @.venv/bin/python -m pytest tests/live $(ARGS)
#: make soak      what takes long: 1,000 labs up and down and 1,000 killed, kill -9 at 50 moments of each verb on both
#:                engines, sessions cleared on a busy machine, 33 CE files beside a bare FRR; MSEELAB_ROUNDS, MSEELAB_KILLS, MSEELAB_CLEARS are the numbers
soak:    install ; @MSEELAB_ROUNDS=$${MSEELAB_ROUNDS:-1000} MSEELAB_KILLS=$${MSEELAB_KILLS:-50} MSEELAB_CLEARS=$${MSEELAB_CLEARS:-20} MSEELAB_CORPUS=1 .venv/bin/python -m pytest tests/live/test_kills.py tests/live/test_soak.py tests/live/test_corpus.py tests/live/test_next.py tests/containerlab/test_kills.py $(ARGS)
#: make fuzz      coverage-guided fuzzing of whatever reads (installs atheris); ARGS='--seconds 600 --target wire'
fuzz:    install-for-tests ; @.venv/bin/python -c 'import atheris' 2>/dev/null || .venv/bin/pip install --quiet atheris || echo 'mseelab: atheris cannot be installed here' >&2
	@.venv/bin/python -m tests.fuzz $(ARGS)
#: make fidelity  docs/fidelity.md, anew: the rules, and the tests that prove them
fidelity: install ; @.venv/bin/python -m tests.fidelity
#: make docs      what the guides say, tried
docs:    install ; @.venv/bin/python -m pytest tests/pure/test_docs.py tests/pure/test_ci.py tests/pure/test_fidelity.py $(ARGS)
#: make lint      ruff
lint:    install ; @.venv/bin/ruff check
#: make type      mypy --strict
type:    install ; @.venv/bin/mypy
#: make image     the images of the containerlab engine; ARGS=bookworm for one with FRR 8.4
image:   install ; @.venv/bin/python scripts/image $(ARGS)
#: make bench     timings, as a table and as JSON; ARGS are the benchmark's
bench:   install ; @.venv/bin/python -m bench $(ARGS)
#: make bench-diagnose  200 faults drawn by chance, and the verdicts on them as a table; ARGS='--seed 7 --count 200 --jobs 3'
bench-diagnose: install ; @.venv/bin/python -m bench.diagnose $(ARGS)
#: make clean     the virtual environment and caches, gone
clean:   ; @rm -rf .venv dist .mypy_cache .pytest_cache .ruff_cache && find . -name __pycache__ -type d -prune -exec rm -rf {} +
