# Everything a person or a machine does with a checkout. What a target needs, it sets up itself; see .ci/setup.
.POSIX:
.PHONY: help run sign-ins test bench lint format pins audit wheel screenshots pictures clean

help:
	@echo "make run     set everything up and start it: web, worker, sandbox (PORT=8000 unless you choose)"
	@echo "make sign-ins  show the addresses and passwords of what “make run” keeps"
	@echo "make test    set everything up and run every check and every test"
	@echo "make bench   measure verifications a second, for some minutes (root, for port 53 of its name servers)"
	@echo "make lint    ruff and mypy alone"
	@echo "make format  let ruff rewrite the code in the house's format"
	@echo "make pins    lock what pyproject.toml asks for, and renew nothing else (NEW=all, or NEW=\"flask idna\": these, too)"
	@echo "make audit   ask whether anything that is locked has a known vulnerability (needs the Internet)"
	@echo "make wheel   build dist/nameplate-VERSION-py3-none-any.whl, which runs without a checkout"
	@echo "make screenshots   every page as a picture, light, dark and on a phone"
	@echo "make pictures  take the pictures of README anew, out of a story told to the sandbox"
	@echo "make clean   remove the virtual environment and the caches; what “make run” keeps stays in instance/"

# “exec” hands the shell's place to the program, so that a signal to make reaches it.
run:
	@.ci/setup run
	@exec .venv/bin/python -m webapp.sandbox.laptop

sign-ins:
	@.ci/setup run
	@exec .venv/bin/python -m webapp.sandbox.laptop.sign_ins

test:
	@.ci/setup test
	@.ci/lint
	@exec .venv/bin/python -m pytest --numprocesses=auto

bench:
	@.ci/setup bench
	@exec .venv/bin/python -m benchmarks.verify $(BENCH)

lint:
	@.ci/setup dev
	@.ci/lint

format:
	@.ci/setup dev
	@.venv/bin/ruff format .
	@.venv/bin/ruff check --fix .

pins:
	@.ci/pins $(NEW)

audit:
	@.ci/setup tools
	@.venv-tools/bin/python .ci/audit.py

wheel:
	@.ci/setup run
	@.ci/wheel

screenshots:
	@.ci/setup test
	@.venv/bin/python -m tests.browser.screenshots

pictures:
	@.ci/setup test
	@.venv/bin/python -m tests.browser.readme_pictures

clean:
	rm -rf .venv .venv-tools build dist ./*.egg-info .pytest_cache .mypy_cache .ruff_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
