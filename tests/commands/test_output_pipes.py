"""Commands whose reader has gone away, and commands of others, end as the rest do."""

from __future__ import annotations

import errno
import json
import subprocess
import sys
from pathlib import Path

import click
import pytest
from flask import Flask

from tests.house_files import ROOT
from webapp.cli import Lazy
from webapp.commands.output import PIPE_CLOSED, Command
from webapp.extensions import db


def test_every_command_whose_reader_is_gone_ends_quietly(tmp_path: Path) -> None:
    """With the code that a shell reports of `cat` or `git`; a note for people may stand on standard error."""
    done = subprocess.run(
        [sys.executable, "-m", "tests.commands.closed_pipe", str(tmp_path)],
        capture_output=True,
        text=True,
        cwd=ROOT,
        check=True,
    )
    found = json.loads(done.stdout)
    assert len(found) > 30
    loud = {words: said for words, (_, said) in found.items() if "Traceback" in said or "Broken" in said}
    assert loud == {}
    # One that prints nothing to standard output, but a sentence to standard error, has nothing to break.
    silent = {words for words, (code, _) in found.items() if code != PIPE_CLOSED}
    assert all(found[words][1] and "--json" not in words for words in silent), silent
    assert PIPE_CLOSED == 141


def every_command(group: click.Group, path: str = "") -> dict[str, click.Command]:
    found: dict[str, click.Command] = {}
    for name, one in group.commands.items():
        if isinstance(one, click.Group):
            found |= every_command(one, f"{path}{name} ")
        else:
            found[f"{path}{name}"] = one._load() if isinstance(one, Lazy) else one
    return found


def test_every_command_of_ours_ends_with_our_codes(app: Flask) -> None:
    """So do those that Flask-Migrate added; those of the sandbox use no database, and stand apart."""
    found = every_command(app.cli)
    assert {"accounts delete", "users list", "domains list", "doctor"} <= found.keys()
    others = {name: one for name, one in found.items() if not isinstance(one, Command)}
    assert {name.split()[0] for name in others} == {"db"}
    assert all(hasattr(one.callback, "__sheltered__") for one in others.values())


@pytest.mark.parametrize(
    "words",
    [
        ("accounts", "delete", "1234-5678-9012", "--yes"),
        ("accounts", "list"),
        ("accounts", "show", "1234-5678-9012"),
        ("users", "list"),
        ("users", "show", "owner@acme.test"),
        ("users", "promote", "owner@acme.test"),
        ("users", "create", "owner@acme.test", "--account-name", "Acme"),
        ("users", "renew-keys"),
        ("domains", "list"),
        ("domains", "verified"),
        ("domains", "reconcile"),
        ("domains", "delete-orphan-zone", "Z1", "--reason", "x"),
    ],
)
def test_database_that_is_away_is_a_sentence_and_code_4(app: Flask, words: tuple[str, ...]) -> None:
    db.drop_all()
    result = app.test_cli_runner().invoke(args=[*words, "--json"])
    assert result.exit_code == 4
    assert json.loads(result.stdout)["sentence"].startswith("The database could not be used")
    assert "Traceback" not in result.stderr


def test_commands_of_migrations_end_with_our_codes(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    def away(*_args: object, **_options: object) -> None:
        db.session.execute(db.text("SELECT * FROM no_table"))

    monkeypatch.setattr("flask_migrate.cli._current", away)
    result = app.test_cli_runner().invoke(args=["db", "current"])
    assert result.exit_code == 4
    assert "The database could not be used" in result.stderr


def test_pipe_to_somebody_else_that_breaks_is_a_fault(app: Flask) -> None:
    @click.command(cls=Command)
    def breaks() -> None:
        raise BrokenPipeError(errno.EPIPE, "the socket of Redis")

    result = app.test_cli_runner().invoke(breaks)
    assert result.exit_code == 4
    assert "Something broke on our side" in result.stderr
