"""Runs commands whose reader is gone, as that of `flask domains list | head -1`, each in a process of its own.

    python -m tests.commands.closed_pipe DIRECTORY

Prints a JSON document: by each command, its exit code and what it wrote to standard error. It is a program because it
forks, which a process with threads must not do.
"""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path

from flask import Flask
from flask.cli import ScriptInfo

from tests.app_fixtures import make_app
from tests.factories import make_account, make_domain, make_user, make_zone
from webapp.extensions import db
from webapp.models import DomainState

ACCOUNT, PERSON, NAME = "1234-5678-9012", "owner@acme.test", "chat.acme.test"
COMMANDS = (
    ("domains", "list"),
    ("domains", "show", NAME),
    ("domains", "show", "unknown.acme.test"),
    ("domains", "verified"),
    ("domains", "register", "new.acme.test", "--account", ACCOUNT),
    ("domains", "check", NAME),
    ("domains", "remove", NAME, "--yes"),
    ("domains", "keep", NAME),
    ("domains", "reconcile"),
    ("domains", "adopt-zone", "Z1", "--reason", "x"),
    ("accounts", "list"),
    ("accounts", "show", ACCOUNT),
    ("accounts", "delete", ACCOUNT),
    ("users", "list"),
    ("users", "show", PERSON),
    ("users", "sign-out", PERSON),
    ("users", "create", "new@acme.test", "--account", ACCOUNT),
    ("dns", "inspect", NAME, "--expect", "ns1.example.test"),
    ("sandbox", "list"),
)


def main(directory: Path) -> None:
    os.environ["SANDBOX_STORE"] = str(directory / "sandbox.sqlite")
    app = make_app(directory, database_url=f"sqlite:///{directory / 'nameplate.sqlite'}")
    app.extensions["celery"].conf.task_always_eager = False
    with app.app_context():
        db.create_all()
        account = make_account("Acme", number=ACCOUNT)
        make_user(account=account, email=PERSON)
        make_zone(make_domain(account, NAME))
        make_domain(account, "live.acme.test", DomainState.VERIFIED)
        db.session.commit()
        db.session.remove()
        db.engine.dispose()
    found = {}
    for command in COMMANDS:
        for more in ([], ["--json"]):
            words = [*command, *more]
            found[" ".join(words)] = _ended(app, words)
    sys.stdout.write(json.dumps(found))


def _ended(app: Flask, words: list[str]) -> tuple[int, str]:
    """Exit code, and standard error, of a command that writes to a pipe nobody reads."""
    reads, writes = os.pipe()
    errors, says = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(reads)
        os.dup2(writes, 1)
        os.dup2(says, 2)
        for end in (writes, says, errors):
            os.close(end)
        sys.stdout = open(1, "w", closefd=False)  # noqa: SIM115
        sys.stderr = open(2, "w", closefd=False)  # noqa: SIM115
        code = 99
        try:
            app.cli.main(args=words, prog_name="flask", obj=ScriptInfo(create_app=lambda: app))
        except SystemExit as ended:
            code = int(ended.code or 0)
        try:
            sys.stdout.flush()
        except OSError:
            code = 98  # what the interpreter would complain of at its end
        os._exit(code)
    os.close(reads)
    os.close(writes)
    os.close(says)
    with os.fdopen(errors) as written:
        said = written.read()
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), said


if __name__ == "__main__":
    main(Path(sys.argv[1]))
