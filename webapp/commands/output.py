"""What commands print and how they end: text for people or one JSON document on standard output, everything
else on standard error. No colours, so that terminals, pipes and `NO_COLOR` see the same.
"""

from __future__ import annotations

import json
import secrets
import traceback
from collections.abc import Iterable, Sequence
from enum import IntEnum
from typing import IO, Any

import click
from flask.cli import AppGroup
from sqlalchemy.exc import DBAPIError

from webapp.models.base import fault_in
from webapp.runtime.logs import quiet
from webapp.runtime.request_ids import following


class Exit(IntEnum):
    """The exit codes of every command."""

    DONE = 0
    NOT_VERIFIED = 1
    USAGE = 2
    NOT_FOUND = 3
    COULD_NOT_CHECK = 4
    REFUSED = 5


class Stop(click.ClickException):
    """Ends a command with an exit code and a sentence.

    With `--json` the sentence comes as a document, so that standard output always holds exactly one:
    `{"outcome": "not_found", "sentence": ..., **more}`.
    """

    def __init__(self, code: Exit, sentence: str, /, **more: object) -> None:
        super().__init__(sentence)
        self.exit_code = code.value  # type: ignore[misc]  # click reads it from the instance
        self.document = {"outcome": code.name.lower(), "sentence": sentence, **more}
        # Click shows an exception after it has left the command's context, so `--json` is read now.
        context = click.get_current_context(silent=True)
        self.as_json = bool(context and context.params.get("as_json"))

    def show(self, file: IO[Any] | None = None) -> None:
        if self.as_json:
            click.echo(as_json_text(self.document))
        click.echo(self.message, err=True, file=file)


class Command(click.Command):
    """A fault of ours, or a database that is away, ends with 4: Python's own 1 would say “not verified”."""

    def invoke(self, ctx: click.Context) -> Any:
        quiet()
        with following(secrets.token_hex(8)):
            return self._invoke(ctx)

    def _invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except (click.ClickException, click.exceptions.Exit, click.Abort):
            raise
        except DBAPIError as err:
            raise Stop(Exit.COULD_NOT_CHECK, f"The database could not be used: {err.orig}") from err
        except Exception as err:
            traceback.print_exc()
            raise Stop(Exit.COULD_NOT_CHECK, f"Something broke on our side: {err!r}") from err


class Group(AppGroup):
    command_class = Command


json_option = click.option("--json", "as_json", is_flag=True, help="Print one JSON document.")


def free_text(_context: click.Context, _parameter: click.Parameter, value: str | None) -> str | None:
    """For options in which people write what they like, as `webapp.web.forms.free_text` on pages."""
    if value is not None and (fault := fault_in(value)):
        raise click.BadParameter(fault)
    return value


def emit(document: object, lines: Iterable[str], *, as_json: bool) -> None:
    """Print the document or the lines; both say the same."""
    if as_json:
        click.echo(as_json_text(document))
        return
    for line in lines:
        click.echo(line)


def as_json_text(document: object) -> str:
    return json.dumps(document, indent=2, ensure_ascii=False)


def tell(sentence: str) -> None:
    """Progress, notes and warnings: for people only."""
    click.echo(sentence, err=True)


def table(rows: Sequence[tuple[str, ...]]) -> list[str]:
    """Columns as wide as their widest cell, two spaces apart."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return [
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows
    ]
