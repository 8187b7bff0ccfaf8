"""An import from its list to its end: it is created, judged by a worker, begun by its people, and may be stopped."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import insert, update

from webapp.audit.log import SYSTEM, Actor, note_account
from webapp.extensions import db
from webapp.imports import queries
from webapp.imports.lines.parsing import MOST_TYPED, Line, Read
from webapp.jobs import clock
from webapp.models import (
    Account,
    ActorKind,
    DomainImport,
    EventKind,
    ImportLine,
    ImportState,
    LineState,
    Message,
)

#: Lists that an account can have judged in 24 hours: each keeps its lines for a month.
MOST_A_DAY = 50
_INSERTED_AT_ONCE = 500


@dataclass(frozen=True)
class Refused:
    """Nothing was changed. `code` is a stable id."""

    code: str
    sentence: str


def create(
    account: Account, read: Read, *, actor: Actor, adopt: bool = False, limited: bool = True
) -> DomainImport | Refused:
    """Keep the lines, for a worker to judge. Nothing is registered. `limited`: it counts against `MOST_A_DAY`."""
    now = clock.now()
    if limited and queries.count_since(account, now - timedelta(days=1)) >= MOST_A_DAY:
        sentence = (
            f"The account imported {MOST_A_DAY} lists in 24 hours, which is the limit. Try again tomorrow."
        )
        return Refused("too-many-imports", sentence)
    made = DomainImport(
        account_id=account.id,
        lines=len(read.lines),
        adopt=adopt,
        next_attempt_at=now,
        actor_kind=actor.kind.value,
        actor_user_id=actor.user_id,
        actor_name=actor.name,
    )
    db.session.add(made)
    db.session.flush()
    rows = [_row(made.id, line) for line in read.lines]
    for start in range(0, len(rows), _INSERTED_AT_ONCE):
        db.session.execute(insert(ImportLine), rows[start : start + _INSERTED_AT_ONCE])
    return made


def _row(import_id: int, line: Line) -> dict[str, object]:
    return {
        "import_id": import_id,
        "number": line.number,
        "typed": _cut(line.domain_name, MOST_TYPED),
        "llm_client": _cut(line.llm_client, 100),
        "method": _cut(line.method, 40),
        "aws_hosted_zone_id": _cut(line.aws_hosted_zone_id, 64),
        "problem_code": line.problem.code if line.problem else None,
        "problem_params": dict(line.problem.params) if line.problem else None,
        "state": LineState.NEW,
    }


def _cut(text: str | None, most: int) -> str | None:
    """Shortened with a mark, so that what was too long is not taken for something else."""
    return f"{text[: most - 1]}…" if text is not None and len(text) > most else text


def begin(import_: DomainImport, *, actor: Actor) -> Refused | None:
    """Let a worker register the lines that are ready. Of two who begin it at once, one is refused."""
    now = clock.now()
    ready = queries.counts(import_)[LineState.READY]
    if import_.state is ImportState.CHECKED and not ready:
        return Refused("nothing-to-register", "No line of this list can be registered.")
    values = {
        "state": ImportState.RUNNING,
        "started_at": now,
        "next_attempt_at": now,
        "faults": 0,
        "actor_kind": actor.kind.value,
        "actor_user_id": actor.user_id,
        "actor_name": actor.name,
    }
    if not _move(import_, (ImportState.CHECKED,), **values):
        return _NOT_NOW[import_.state]
    params = {"import": import_.id, "names": ready}
    note_account(import_.account, EventKind.IMPORT_BEGUN, Message("import.begun", params), actor)
    db.session.flush()
    return None


_NOT_NOW = {
    ImportState.CHECKING: Refused(
        "still-checking", "The lines are still being checked. Try again in a moment."
    ),
    ImportState.CHECKED: Refused(
        "still-checking", "The lines are still being checked. Try again in a moment."
    ),
    ImportState.RUNNING: Refused("already-begun", "The names are being registered already."),
    ImportState.DONE: Refused(
        "already-ended", "This import has ended. Import the list once more for what is left."
    ),
    ImportState.CANCELLED: Refused("already-ended", "This import was cancelled. Import the list once more."),
}


def cancel(import_: DomainImport, *, actor: Actor) -> Refused | None:
    """Register no more names of it. Those that are registered stay."""
    began = import_.started_at is not None
    states = (ImportState.CHECKING, ImportState.CHECKED, ImportState.RUNNING)
    values = {"state": ImportState.CANCELLED, "next_attempt_at": None, "ended_at": clock.now()}
    if not _move(import_, states, **values):
        return _NOT_NOW[import_.state]
    if began or import_.started_at is not None:
        note_end(import_, actor)
    return None


def note_end(import_: DomainImport, actor: Actor = SYSTEM) -> None:
    counts = queries.counts(import_)
    code = "import.cancelled" if import_.state is ImportState.CANCELLED else "import.ended"
    params = {
        "import": import_.id,
        "registered": counts[LineState.REGISTERED],
        "refused": counts[LineState.REFUSED],
    }
    note_account(import_.account, EventKind.IMPORT_ENDED, Message(code, params), actor)
    db.session.flush()


def _move(import_: DomainImport, states: tuple[ImportState, ...], **values: object) -> bool:
    """A compare-and-set of its state."""
    moved = db.session.execute(
        update(DomainImport)
        .where(DomainImport.id == import_.id, DomainImport.state.in_(states))
        .values(**values)
        .execution_options(synchronize_session=False)
    )
    db.session.refresh(import_)
    return bool(moved.rowcount)  # type: ignore[attr-defined]


def actor_of(import_: DomainImport) -> Actor:
    """Who began it: in whose name a worker registers."""
    return Actor(ActorKind(import_.actor_kind), import_.actor_name, import_.actor_user_id)
