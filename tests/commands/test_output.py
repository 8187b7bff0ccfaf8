"""How commands end when it is our own fault."""

from __future__ import annotations

import click
import pytest
from flask import Flask
from sqlalchemy import select

from tests.commands.conftest import document
from webapp.commands.output import Exit, Group, Stop, confirmed, json_option, table
from webapp.extensions import db

group = Group("group")


@group.command()
@json_option
def breaks(as_json: bool) -> None:
    raise RuntimeError("a bug")


@group.command()
@json_option
def stops(as_json: bool) -> None:
    raise Stop(Exit.REFUSED, "No.", code="WHY")


def test_missing_tables_are_a_sentence_and_never_not_verified(app: Flask) -> None:
    db.drop_all()
    result = app.test_cli_runner().invoke(args=["domains", "list", "--json"])
    assert result.exit_code == 4
    assert document(result)["sentence"].startswith("The database could not be used: no such table")
    assert "Traceback" not in result.stderr


def test_bug_shows_where_and_ends_with_4(app: Flask) -> None:
    result = app.test_cli_runner().invoke(group, ["breaks", "--json"])
    assert result.exit_code == 4
    assert "RuntimeError: a bug" in result.stderr
    assert document(result)["outcome"] == "could_not_check"


@pytest.mark.parametrize("as_json", [False, True])
def test_sentence_is_for_people_and_the_document_for_programs(app: Flask, as_json: bool) -> None:
    result = app.test_cli_runner().invoke(group, ["stops", *(["--json"] if as_json else [])])
    assert result.exit_code == 5
    assert result.stderr == "No.\n"
    if as_json:
        assert document(result) == {"outcome": "refused", "sentence": "No.", "code": "WHY"}
    else:
        assert result.stdout == ""


@group.command()
@click.option("--number", type=int)
@json_option
def insists(number: int | None, as_json: bool) -> None:
    raise click.UsageError("Give a number that is not 0.")


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (("insists", "--nope"), "No such option '--nope'."),
        (("insists", "more"), "Got unexpected extra argument (more)"),
        (("insists", "--number", "x"), "Invalid value for '--number': 'x' is not a valid integer."),
        (("insists", "--number", "0"), "Give a number that is not 0."),
        (("nope",), "No such command 'nope'."),
    ],
)
@pytest.mark.parametrize("first", [False, True])
def test_wrong_usage_is_a_document_too(
    app: Flask, words: tuple[str, ...], sentence: str, first: bool
) -> None:
    name, *rest = words
    asked = [name, "--json", *rest] if first else [name, *rest, "--json"]
    result = app.test_cli_runner().invoke(group, asked)
    assert result.exit_code == 2
    assert document(result) == {"outcome": "usage", "sentence": sentence}
    assert sentence in result.stderr
    plain = app.test_cli_runner().invoke(group, words)
    assert (plain.exit_code, plain.stdout) == (2, "")
    assert plain.stderr.startswith("Usage: ")


def test_no_transaction_waits_for_the_answer(app: Flask) -> None:
    """Whoever answers takes their time, and what is read after it has to be what is true by then."""
    db.session.execute(select(1))
    assert db.session().in_transaction()
    confirmed("Go on?", True, "to go on")
    assert not db.session().in_transaction()


def test_interrupted_command_is_not_a_bug(app: Flask) -> None:
    @group.command()
    def aborts() -> None:
        raise click.Abort

    result = app.test_cli_runner().invoke(group, ["aborts"])
    assert "Traceback" not in result.stderr


def test_columns_are_as_wide_as_their_widest_cell() -> None:
    assert table([("a", "bb", ""), ("ccc", "d", "e")]) == ["a    bb", "ccc  d   e"]
