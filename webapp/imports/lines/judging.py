"""Verdicts on the lines of an import, by the rules of a registration, before any name is registered.

What a line depends on besides its own name is read once for many lines: the account's names and LLM clients, and how
many names it has room for. Another registration may change that before the line's turn comes, so the registration
itself decides in the end.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select

from webapp.config.settings import Settings
from webapp.dns import names
from webapp.domains import registration
from webapp.domains.assignment import refusal_to_detach
from webapp.extensions import db
from webapp.imports.lines.room import Room, room_of
from webapp.models import (
    GONE_STATES,
    Account,
    ImportLine,
    LineState,
    LLMClient,
    LLMClientCustomDomain,
    Message,
    Method,
)


@dataclass(frozen=True)
class Verdict:
    """`problem` is None unless the line is refused."""

    state: LineState
    problem: Message | None = None


READY, EXISTING = Verdict(LineState.READY), Verdict(LineState.EXISTING)


def refused(problem: Message) -> Verdict:
    return Verdict(LineState.REFUSED, problem)


def said_by(refusal: names.Refusal) -> Message:
    """A refusal of the registration, in its own words: they tell what was so at that moment."""
    params = {"reason": refusal.reason, "kind": refusal.code.value, "said": refusal.sentence}
    return Message("import.refused", params)


def _read_name(
    account: Account, line: ImportLine, settings: Settings, now: datetime
) -> names.HostName | Verdict:
    """Sets the line's name where it has one."""
    if line.problem is not None:
        return refused(line.problem)
    if not line.typed:
        return refused(Message("import.no-name"))
    parsed = names.parse(line.typed)
    if parsed.name is None:
        assert parsed.refusal is not None  # noqa: S101 - a Parsed has one or the other
        return refused(said_by(_offering(account, parsed.refusal, settings, now, None)))
    line.domain_name = parsed.name.ascii
    return parsed.name


def judge(account: Account, lines: Sequence[ImportLine], settings: Settings, now: datetime) -> None:
    """Give each of these lines, the next of one import, its state. Nothing else is written."""
    read = [(line, _read_name(account, line, settings, now)) for line in lines]
    judge = _Judge(account, [line for line, name in read if isinstance(name, names.HostName)], settings, now)
    for line, name in read:
        verdict = name if isinstance(name, Verdict) else judge.verdict(line, name)
        line.state, line.problem = verdict.state, verdict.problem


class _Judge:
    """What is known beside the lines: the account's names and LLM clients, its room, and what lines before have."""

    def __init__(
        self, account: Account, lines: Sequence[ImportLine], settings: Settings, now: datetime
    ) -> None:
        self._account, self._settings, self._now = account, settings, now
        typed = [line.llm_client for line in lines if line.llm_client]
        self._own = _own_names(account, [line.domain_name for line in lines])
        self._clients = clients_of(account, typed)
        self._names = _lines_with(lines)
        self._given = _given(typed, lines)
        self._room = _room(account, lines, settings, now)

    def verdict(self, line: ImportLine, name: names.HostName) -> Verdict:
        if name.ascii in self._names:
            params = {"name": name.ascii, "line": self._names[name.ascii]}
            return refused(Message("import.duplicate", params))
        if name.ascii in self._own:
            self._names[name.ascii] = line.number
            return EXISTING
        problem = (
            self._of_method(line) or self._of_client(line) or self._of_name(line, name) or self._taken(line)
        )
        if problem is not None:
            return refused(problem)
        self._names[name.ascii] = line.number
        if line.llm_client:
            self._given[line.llm_client] = line.number
        return READY

    def _of_method(self, line: ImportLine) -> Message | None:
        if not line.method or line.method in self._settings.methods:
            return None
        params = {"method": line.method, "offered": list(self._settings.methods)}
        return Message("import.unknown-method", params)

    def _of_client(self, line: ImportLine) -> Message | None:
        if not line.llm_client:
            return None
        client = self._clients.get(line.llm_client)
        if client is None:
            return Message("import.unknown-llm-client", {"llm_client": line.llm_client})
        if line.llm_client in self._given:
            params = {"llm_client": line.llm_client, "line": self._given[line.llm_client]}
            return Message("import.client-twice", params)
        suspended = refusal_to_detach(client)
        return said_by(suspended) if suspended is not None else None

    def _of_name(self, line: ImportLine, name: names.HostName) -> Message | None:
        method = _method(line, self._settings)
        found = registration.in_the_way(self._account, name, self._settings, method)
        if found is None:
            return None
        return said_by(_offering(self._account, found.refusal, self._settings, self._now, method))

    def _taken(self, line: ImportLine) -> Message | None:
        """Takes the room that the line needs."""
        zoned = _method(line, self._settings).has_zone
        if self._room.for_a(zoned=zoned) <= 0:
            return self._room.problem
        self._room = self._room.less(1, int(zoned))
        return None


def _offering(
    account: Account, refusal: names.Refusal, settings: Settings, now: datetime, method: Method | None
) -> names.Refusal:
    """With a suggestion only if the account could register it now, as at a registration."""
    return names.with_passing_suggestion(
        refusal, lambda name: registration.refusal_to_offer(account, name, settings, now, method)
    )


def clients_of(account: Account, typed: Iterable[str]) -> dict[str, LLMClient]:
    """The account's LLM clients by what was typed: a label or, failing that, a name."""
    wanted = {*typed}
    if not wanted:
        return {}
    query = select(LLMClient).where(LLMClient.account_id == account.id)
    rows = db.session.scalars(
        query.where(LLMClient.label.in_(wanted) | LLMClient.name.in_(wanted)).order_by(LLMClient.id.desc())
    ).all()
    by_name = {row.name: row for row in rows if row.name in wanted}
    return by_name | {row.label: row for row in rows if row.label in wanted}


def _own_names(account: Account, typed: Sequence[str | None]) -> set[str]:
    query = select(LLMClientCustomDomain.domain_name).where(
        LLMClientCustomDomain.account_id == account.id,
        LLMClientCustomDomain.domain_name.in_(typed),
        LLMClientCustomDomain.state.not_in(GONE_STATES),
    )
    return {*db.session.scalars(query)}


def _lines_with(lines: Sequence[ImportLine]) -> dict[str, int]:
    """The numbers of the import's earlier lines that have the names of these, and are not refused."""
    if not lines:
        return {}
    query = (
        select(ImportLine.domain_name, func.min(ImportLine.number))
        .where(
            ImportLine.import_id == lines[0].import_id,
            ImportLine.number < lines[0].number,
            ImportLine.state.in_((LineState.READY, LineState.EXISTING)),
            ImportLine.domain_name.in_([line.domain_name for line in lines]),
        )
        .group_by(ImportLine.domain_name)
    )
    return {name: number for name, number in db.session.execute(query) if name}


def _given(typed: Sequence[str], lines: Sequence[ImportLine]) -> dict[str, int]:
    """The earlier lines that give a domain to one of these LLM clients."""
    if not typed:
        return {}
    query = (
        select(ImportLine.llm_client, func.min(ImportLine.number))
        .where(
            ImportLine.import_id == lines[0].import_id,
            ImportLine.state == LineState.READY,
            ImportLine.number < lines[0].number,
            ImportLine.llm_client.in_(typed),
        )
        .group_by(ImportLine.llm_client)
    )
    return {client: number for client, number in db.session.execute(query) if client}


def _method(line: ImportLine, settings: Settings) -> Method:
    """Of a line whose method is one that is offered."""
    return Method(line.method) if line.method else registration.default_method(settings)


def _room(account: Account, lines: Sequence[ImportLine], settings: Settings, now: datetime) -> Room:
    """What the earlier lines have left."""
    room = room_of(account, settings, now)
    if not lines:
        return room
    taken = select(ImportLine.method, func.count()).where(
        ImportLine.import_id == lines[0].import_id, ImportLine.state == LineState.READY
    )
    by_method = db.session.execute(taken.group_by(ImportLine.method)).all()
    default = registration.default_method(settings)
    zoned = sum(count for typed, count in by_method if (Method(typed) if typed else default).has_zone)
    return room.less(sum(count for _, count in by_method), zoned)
