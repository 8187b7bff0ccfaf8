"""`flask domains import`: a list of names, as the page takes it and, for operators alone, with their hosted zones."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import IO, Any

import click
from sqlalchemy import delete, select

from webapp.audit.log import COMMAND
from webapp.commands.domains import domains
from webapp.commands.find import account_numbered, account_option
from webapp.commands.output import Exit, Stop, emit, json_option, table, tell
from webapp.extensions import db
from webapp.imports import queries, result, service, tasks
from webapp.imports.lines import parsing
from webapp.imports.lines.parsing import Line, Read
from webapp.jobs.batches import rows
from webapp.messages.catalogue import sentence
from webapp.models import Account, DomainImport, ImportLine, LineState, Message

#: An operator's file may be larger than a customer's: an export of all accounts is one.
MOST_BYTES, MOST_LINES = 256 * 1024 * 1024, 1_000_000
PAUSE_SECONDS = 0.2


@dataclass(frozen=True)
class Part:
    """The lines of one account, or those that belong to none: they have no import."""

    account: str
    import_id: int | None
    lines: Sequence[Line]


@domains.command("import")
@click.argument("file", type=click.File("rb"))
@account_option("Whose names they are. Without it, the column account of the file says so.")
@click.option(
    "--adopt", is_flag=True, help="Take over the hosted zones that the file names and whose tags prove them."
)
@click.option("--dry-run", is_flag=True, help="Say what would be registered, and register nothing.")
@json_option
def import_(*, file: IO[bytes], number: str | None, adopt: bool, dry_run: bool, as_json: bool) -> None:
    """Register the names of FILE, one a line or CSV; - reads standard input. Doing it twice changes nothing."""
    read = parsing.read(file.read(), most_bytes=MOST_BYTES, most_lines=MOST_LINES)
    if isinstance(read, Message):
        raise Stop(Exit.USAGE, sentence(read), code=read.code)
    if number is not None:
        account_numbered(number, living=True)
    if read.ignored:
        tell(f"Columns that are not used: {', '.join(read.ignored)}.")
    if read.names_zones and not adopt:
        tell("Hosted zones of the file are not taken over without --adopt; each name gets one of its own.")
    parts = [_prepared(*one, adopt=adopt) for one in _by_account(read, number).items()]
    for part in parts:
        _register(part, dry_run=dry_run)
    try:
        emit(_documents(parts), _lines(parts), as_json=as_json)
        refused = any(_refused(part) for part in parts)
    finally:
        if dry_run:
            _forget(parts)
    if refused:
        click.get_current_context().exit(Exit.REFUSED.value)


def _by_account(read: Read, number: str | None) -> dict[str, list[Line]]:
    found: dict[str, list[Line]] = {}
    for line in read.lines:
        found.setdefault(number or line.account or "", []).append(line)
    return found


def _prepared(number: str, lines: Sequence[Line], *, adopt: bool) -> Part:
    """The lines are kept and not judged yet."""
    account = db.session.scalar(select(Account).where(Account.number == number, Account.deleted_at.is_(None)))
    if account is None:
        missing = Message("import.unknown-account", {"account": number})
        problem = missing if number else Message("import.no-account")
        return Part(number, None, [replace(line, problem=line.problem or problem) for line in lines])
    made = service.create(account, Read(lines), actor=COMMAND, adopt=adopt, limited=False)
    if isinstance(made, service.Refused):
        raise Stop(Exit.REFUSED, made.sentence)
    db.session.commit()
    return Part(number, made.id, lines)


def _register(part: Part, *, dry_run: bool) -> None:
    if part.import_id is None:
        return
    row = _worked_off(part.import_id)
    if dry_run or not queries.counts(row)[LineState.READY]:
        return
    refused = service.begin(row, actor=COMMAND)
    db.session.commit()
    if refused is None:
        _worked_off(part.import_id)


def _worked_off(import_id: int) -> DomainImport:
    """Do the work in this process, or wait for the worker that has it. If this process ends, a worker goes on."""
    told = 0
    while True:
        more = tasks.advance(import_id)
        row = db.session.get_one(DomainImport, import_id, populate_existing=True)
        if not row.state.is_busy:
            return row
        counts = queries.counts(row)
        done = row.lines - counts[LineState.NEW] - counts[LineState.READY]
        if done >= told + 1000:
            tell(f"Account {row.account.number}: {done} of {row.lines} lines are done.")
            told = done
        db.session.rollback()
        if not more:
            time.sleep(PAUSE_SECONDS)


def _lines_of(part: Part) -> Iterator[ImportLine]:
    assert part.import_id is not None  # noqa: S101 - of parts with an import
    query = select(ImportLine).where(ImportLine.import_id == part.import_id)
    return rows(query, ImportLine.number)


def _documents(parts: Sequence[Part]) -> Iterator[dict[str, Any]]:
    """A document a line, as the API has it, with its account."""
    for part in parts:
        if part.import_id is None:
            yield from map(_stray, part.lines)
        else:
            for line in _lines_of(part):
                yield {"account": part.account, **result.line_document(line)}


def _stray(line: Line) -> dict[str, Any]:
    problem = line.problem or Message("import.no-account")
    return {
        "account": line.account,
        "line": line.number,
        "typed": line.domain_name,
        "domain_name": None,
        "llm_client": line.llm_client,
        "method": line.method,
        "result": LineState.REFUSED.value,
        "domain_id": None,
        "refusal": {"code": problem.code, "sentence": sentence(problem)},
    }


def _lines(parts: Sequence[Part]) -> Iterator[str]:
    """Refused lines one by one, and how many each account has of the others."""
    for document in _documents(parts):
        if document["refusal"] is not None:
            yield f"Line {document['line']}: {document['refusal']['sentence']}"
    totals = [("account", *(state.value for state in LineState if state is not LineState.NEW))]
    for part in parts:
        counts = _counts(part)
        totals.append(
            (part.account or "–", *(str(counts[state]) for state in LineState if state is not LineState.NEW))
        )
    yield from table(totals)


def _counts(part: Part) -> dict[LineState, int]:
    if part.import_id is None:
        return dict.fromkeys(LineState, 0) | {LineState.REFUSED: len(part.lines)}
    found = queries.counts(db.session.get_one(DomainImport, part.import_id))
    return {state: found[state] for state in LineState}


def _refused(part: Part) -> bool:
    return _counts(part)[LineState.REFUSED] > 0


def _forget(parts: Sequence[Part]) -> None:
    ids = [part.import_id for part in parts if part.import_id is not None]
    db.session.execute(delete(ImportLine).where(ImportLine.import_id.in_(ids)))
    db.session.execute(delete(DomainImport).where(DomainImport.id.in_(ids)))
    db.session.commit()
