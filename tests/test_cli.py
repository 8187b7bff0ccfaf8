"""The table of commands: what is there, and what is loaded only when somebody uses it."""

from __future__ import annotations

import subprocess
import sys
import types

import click
import pytest
from flask import Flask

from webapp.cli import LazyGroup
from webapp.commands.people import users

MODULE = "a_module_for_test_cli"


@pytest.fixture
def lazy(monkeypatch: pytest.MonkeyPatch) -> LazyGroup:
    @click.group()
    @click.option("--loud", is_flag=True)
    @click.pass_context
    def real(ctx: click.Context, loud: bool) -> None:
        ctx.obj = "LOUD" if loud else "quiet"

    @real.command()
    @click.argument("word")
    @click.pass_obj
    def say(how: str, word: str) -> None:
        """Say a word."""
        click.echo(f"{how} {word}")

    module = types.ModuleType(MODULE)
    module.real = real  # type: ignore[attr-defined]
    module.no_group = "a text"  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, MODULE, module)
    return LazyGroup("real", f"{MODULE}:real", "What it is for.")


def test_lazy_group_runs_the_real_one_with_its_options(app: Flask, lazy: LazyGroup) -> None:
    runner = app.test_cli_runner()
    assert runner.invoke(lazy, ["--loud", "say", "hello"]).stdout == "LOUD hello\n"
    assert "Say a word." in runner.invoke(lazy, ["--help"]).stdout
    assert runner.invoke(lazy, ["shout"]).exit_code == 2


def test_lazy_group_that_leads_to_no_group_is_our_fault(app: Flask, lazy: LazyGroup) -> None:
    wrong = LazyGroup("wrong", f"{MODULE}:no_group", "")
    assert isinstance(app.test_cli_runner().invoke(wrong, ["say"]).exception, TypeError)


@pytest.mark.parametrize("group", ["domains", "users", "dns", "sandbox"])
def test_every_group_is_listed_and_loads(app: Flask, group: str) -> None:
    runner = app.test_cli_runner()
    assert group in runner.invoke(args=["--help"]).stdout
    assert runner.invoke(args=[group, "--help"]).exit_code == 0


def test_users_are_ours_and_not_those_of_flask_security(app: Flask) -> None:
    assert app.cli.commands["users"] is users.users


def test_pages_and_workers_load_no_sandbox() -> None:
    """In a process of its own, since other tests here do load it."""
    script = (
        "import sys, webapp.worker\n"
        "print([name for name in sys.modules if name.startswith(('webapp.sandbox', 'moto'))])"
    )
    environment = {
        "SECRET_KEY": "only-for-tests-0123456789",
        "PATH": "",
        "NAMEPLATE_INSTANCE": "/nonexistent",
    }
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, env=environment, check=True
    )
    assert done.stdout.strip() == "[]"
