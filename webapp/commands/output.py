"""What commands print and how they end: text for people or one JSON document on standard output, everything
else on standard error. No colours, so that terminals, pipes and `NO_COLOR` see the same.
"""

from __future__ import annotations

import json
import os
import secrets
import select
import signal
import sys
import traceback
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from enum import IntEnum
from functools import wraps
from itertools import chain, zip_longest
from typing import IO, Any, TypeVar

import click
from flask.cli import AppGroup
from sqlalchemy.exc import DBAPIError

from webapp.audit.json_pieces import joined, pieces
from webapp.extensions import db
from webapp.models.base.free_text import fault_in
from webapp.runtime.logs import quiet
from webapp.runtime.request_ids import following

T = TypeVar("T")


class Exit(IntEnum):
    """The exit codes of every command."""

    DONE = 0
    NOT_VERIFIED = 1
    USAGE = 2
    NOT_FOUND = 3
    COULD_NOT_CHECK = 4
    REFUSED = 5


#: What a shell reports of a program that the signal SIGPIPE ended, as it does of `cat` or `git`.
PIPE_CLOSED = 128 + signal.SIGPIPE


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
        try:
            if self.as_json:
                click.echo(as_json_text(self.document))
            click.echo(self.message, err=True, file=file)
        except BrokenPipeError as err:
            end_if_nobody_reads(err)
            raise


class Command(click.Command):
    """A command of ours. Its log lines share an id, and whatever happens it ends with one of the codes above."""

    def make_context(
        self, info_name: str | None, args: list[str], parent: click.Context | None = None, **extra: Any
    ) -> click.Context:
        with _wrong_usage_as_document("--json" in args):
            return super().make_context(info_name, args, parent, **extra)

    def invoke(self, ctx: click.Context) -> Any:
        quiet()
        wanted = ctx.params.get("as_json", False)
        with following(secrets.token_hex(8)), _wrong_usage_as_document(wanted), sheltered():
            return super().invoke(ctx)


class Group(AppGroup):
    command_class = Command

    def resolve_command(self, ctx: click.Context, args: list[str]) -> Any:
        with _wrong_usage_as_document("--json" in args):
            return super().resolve_command(ctx, args)


@contextmanager
def _wrong_usage_as_document(wanted: bool) -> Iterator[None]:
    """With `--json` click's own errors about the arguments come as a document, too: what reads the output would else
    find none. People get click's words, with the usage, as ever.
    """
    try:
        yield
    except click.UsageError as err:
        if not wanted:
            raise
        stop = Stop(Exit.USAGE, err.format_message())
        stop.as_json = True
        raise stop from err


@contextmanager
def sheltered() -> Iterator[None]:
    """Whatever a command raises ends it with a sentence and a code of ours.

    A fault of ours, or a database that is away, ends with 4: Python's own 1 would say “not verified”.
    """
    try:
        yield
    except (click.ClickException, click.exceptions.Exit, click.Abort):
        raise
    except DBAPIError as err:
        raise Stop(Exit.COULD_NOT_CHECK, f"The database could not be used: {err.orig}") from err
    except Exception as err:
        end_if_nobody_reads(err)
        traceback.print_exc()
        raise Stop(Exit.COULD_NOT_CHECK, f"Something broke on our side: {err!r}") from err


def shelter(command: click.Command) -> None:
    """Let a command of others, or every command of a group, end as ours do. Doing it twice changes nothing."""
    if isinstance(command, click.Group):
        for one in command.commands.values():
            shelter(one)
    elif not isinstance(command, Command) and not hasattr(command.callback, "__sheltered__"):
        inner = command.callback

        @wraps(inner)  # type: ignore[arg-type]
        def callback(*args: Any, **options: Any) -> Any:
            with sheltered():
                return inner(*args, **options)  # type: ignore[misc]

        callback.__sheltered__ = True  # type: ignore[attr-defined]
        command.callback = callback


def end_if_nobody_reads(err: BaseException) -> None:
    """End the process quietly after a write to a pipe that its reader has closed, such as `head`.

    A pipe to somebody else can break as well, a socket to Redis for one: that is a fault, and this returns.
    """
    gone = [stream for stream in (sys.stdout, sys.stderr) if _reader_is_gone(stream)]
    if not (isinstance(err, BrokenPipeError) and gone):
        return
    # What is still buffered would be written at the end of the process, and fail with a message.
    nowhere = os.open(os.devnull, os.O_WRONLY)
    for stream in gone:
        os.dup2(nowhere, stream.fileno())
    raise SystemExit(PIPE_CLOSED)


def _reader_is_gone(stream: IO[str] | None) -> bool:
    try:
        watched = select.poll()
        watched.register(stream.fileno(), 0)  # type: ignore[union-attr]
    except (AttributeError, OSError, ValueError):  # closed at the start, or no file of the system
        return False
    return bool(watched.poll(0))


json_option = click.option("--json", "as_json", is_flag=True, help="Print one JSON document.")


_reason_help = "Why; it stands in the history."


def free_text(_context: click.Context, _parameter: click.Parameter, value: str | None) -> str | None:
    """For options in which people write what they like, as `webapp.web.forms.free_text` on pages."""
    if value is not None and (fault := fault_in(value)):
        raise click.BadParameter(fault)
    return value


reason_option = click.option("--reason", required=True, callback=free_text, help=_reason_help)
#: For acts on people and accounts, whose reason often goes without saying.
audit_reason_option = click.option(
    "--reason", callback=free_text, help="Why; it stands in the audit log, which staff read."
)


def confirmed(question: str, yes: bool, otherwise: str) -> None:
    """Go on when somebody says so, by --yes or at a terminal. Without a terminal the command ends, since otherwise a
    script would wait for an answer for ever.

    Ends the transaction first: what is read after the answer is what is true by then.
    """
    db.session.rollback()
    if yes:
        return
    if not sys.stdin.isatty():
        raise Stop(Exit.USAGE, f"Add --yes {otherwise}: there is no terminal to ask at.")
    if not click.confirm(question, err=True):
        raise Stop(Exit.USAGE, "Nothing was changed.")


def emit(document: object, lines: Iterable[str], *, as_json: bool) -> None:
    """Print the document or the lines; both say the same. Only that one is read, and printed while it is read:
    iterators in the document and in the lines may be longer than memory.
    """
    if as_json:
        for piece in pieces(document):
            click.echo(piece, nl=False)
        click.echo()
        return
    for line in joined(f"{line}\n" for line in lines):
        click.echo(line, nl=False)


def as_json_text(document: object) -> str:
    return json.dumps(document, indent=2, ensure_ascii=False)


def tell(sentence: str) -> None:
    """Progress, notes and warnings: for people only."""
    click.echo(sentence, err=True)


def table(rows: Sequence[tuple[str, ...]]) -> list[str]:
    """Columns as wide as their widest cell, two spaces apart."""
    return list(tables([rows]))


def tables(batches: Iterable[Sequence[tuple[str, ...]]]) -> Iterator[str]:
    """One table whose rows come in batches. A cell wider than all before it widens its column from there on."""
    widths: list[int] = []
    for rows in batches:
        lengths = [max(map(len, column)) for column in zip(*rows, strict=True)]
        widths = [max(pair) for pair in zip_longest(widths, lengths, fillvalue=0)]
        for row in rows:
            yield "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()


def listed(
    head: tuple[str, ...], batches: Iterable[Sequence[tuple[str, ...]]], nothing: str
) -> Iterator[str]:
    """The table under its head, or `nothing` for an empty list."""
    left = iter(batches)
    first = next(left, None)
    if first is None:
        yield nothing
    else:
        yield from tables(chain([[head, *first]], left))


limit_option = click.option("--limit", type=click.IntRange(min=1), metavar="N", help="At most so many.")


def cut(
    found: Iterable[Sequence[T]], limit: int | None, mark: Callable[[T], object]
) -> Iterator[Sequence[T]]:
    """The first rows of a list. When more follow, people are told how to go on: `mark` is what --after takes."""
    left: int | None = limit
    last: object = None
    for batch in found:
        if left is not None and len(batch) > left:
            some = batch[:left]
            if some:
                yield some
            tell(f"More follow: add --after {mark(some[-1]) if some else last}.")
            return
        last = mark(batch[-1])
        yield batch
        left = None if left is None else left - len(batch)
