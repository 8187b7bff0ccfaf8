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
from webapp.imports.room import Room, room_of
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


def _read_name(account: Account, line: ImportLine, settings: Settings, now: datetime) -> names.HostName | Verdict:
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
    found = [(line, name) for line, name in read if isinstance(name, names.HostName)]
    own = _own_names(account, [name.ascii for _, name in found])
    earlier = _lines_with([line.domain_name for line, _ in found], lines[0].import_id, lines[0].number)
    clients = clients_of(account, [line.llm_client for line in lines if line.llm_client])
    given = _given([line.llm_client for line in lines if line.llm_client], lines[0])
    room = _room(account, lines[0].import_id, settings, now)
    for line, name in read:
        if isinstance(name, Verdict):
            verdict = name
        elif name.ascii in earlier:
            params = {"name": name.ascii, "line": earlier[name.ascii]}
            verdict = refused(Message("import.duplicate", params))
        elif name.ascii in own:
            verdict = EXISTING
        else:
            verdict = _verdict(account, line, name, clients, given, settings, now)
        if verdict is READY:
            zoned = _method(line, settings).has_zone
            if room.for_a(zoned=zoned) > 0:
                room = room.less(1, int(zoned))
            else:
                verdict = refused(room.problem)
        if line.domain_name and verdict in (READY, EXISTING):
            earlier[line.domain_name] = line.number
        if line.llm_client and verdict is READY:
            given[line.llm_client] = line.number
        line.state, line.problem = verdict.state, verdict.problem


def _verdict(
    account: Account,
    line: ImportLine,
    name: names.HostName,
    clients: dict[str, LLMClient],
    given: dict[str, int],
    settings: Settings,
    now: datetime,
) -> Verdict:
    if line.method and line.method not in settings.methods:
        params = {"method": line.method, "offered": list(settings.methods)}
        return refused(Message("import.unknown-method", params))
    if line.llm_client:
        client = clients.get(line.llm_client)
        if client is None:
            return refused(Message("import.unknown-llm-client", {"llm_client": line.llm_client}))
        if line.llm_client in given:
            params = {"llm_client": line.llm_client, "line": given[line.llm_client]}
            return refused(Message("import.client-twice", params))
        suspended = refusal_to_detach(client)
        if suspended is not None:
            return refused(said_by(suspended))
    method = _method(line, settings)
    found = registration.in_the_way(account, name, settings, method)
    if found is None:
        return READY
    return refused(said_by(_offering(account, found.refusal, settings, now, method)))


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


def _own_names(account: Account, typed: Sequence[str]) -> set[str]:
    query = select(LLMClientCustomDomain.domain_name).where(
        LLMClientCustomDomain.account_id == account.id,
        LLMClientCustomDomain.domain_name.in_(typed),
        LLMClientCustomDomain.state.not_in(GONE_STATES),
    )
    return {*db.session.scalars(query)}


def _lines_with(typed: Sequence[str | None], import_id: int, before: int) -> dict[str, int]:
    """The numbers of the import's lines before this one that have these names, and are not refused."""
    query = (
        select(ImportLine.domain_name, func.min(ImportLine.number))
        .where(
            ImportLine.import_id == import_id,
            ImportLine.number < before,
            ImportLine.state.in_((LineState.READY, LineState.EXISTING)),
            ImportLine.domain_name.in_([one for one in typed if one]),
        )
        .group_by(ImportLine.domain_name)
    )
    return {name: number for name, number in db.session.execute(query) if name}


def _given(typed: Sequence[str], first: ImportLine) -> dict[str, int]:
    """The lines before these that give a domain to one of these LLM clients."""
    query = (
        select(ImportLine.llm_client, func.min(ImportLine.number))
        .where(
            ImportLine.import_id == first.import_id,
            ImportLine.state == LineState.READY,
            ImportLine.number < first.number,
            ImportLine.llm_client.in_(typed),
        )
        .group_by(ImportLine.llm_client)
    )
    return {client: number for client, number in db.session.execute(query) if client}


def _method(line: ImportLine, settings: Settings) -> Method:
    """Of a line whose method is one that is offered."""
    return Method(line.method) if line.method else registration.default_method(settings)


def _room(account: Account, import_id: int, settings: Settings, now: datetime) -> Room:
    """What the lines before have left."""
    taken = select(ImportLine.method, func.count()).where(
        ImportLine.import_id == import_id, ImportLine.state == LineState.READY
    )
    by_method = db.session.execute(taken.group_by(ImportLine.method)).all()
    default = registration.default_method(settings)
    zoned = sum(count for typed, count in by_method if (Method(typed) if typed else default).has_zone)
    return room_of(account, settings, now).less(sum(count for _, count in by_method), zoned)
