"""The deny list: names that no account may register or be newly verified with.

The reason is for staff alone, because it may concern another account. Domains that exist already under a denied name
stay as they are: the entry's page lists them, and staff suspend them there.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ColumnElement, or_
from sqlalchemy.exc import IntegrityError

from webapp.audit.log import Actor, note_alone
from webapp.config.settings import Settings
from webapp.dns import names
from webapp.domains.locks import lock_names
from webapp.extensions import db
from webapp.messages.formatting import clock
from webapp.messages.sentences.events import names_denied
from webapp.models import GONE_STATES, DeniedName, EventKind, LLMClientCustomDomain, Message


def covering(name: str) -> DeniedName | None:
    """The nearest entry that refuses this A-label name."""
    return db.session.scalar(DeniedName.covering(name).limit(1))


def refusal(name: names.HostName, settings: Settings) -> names.Refusal | None:
    """The refusal when the list covers the name, else None. It gives no reason and names no other account."""
    if covering(name.ascii) is None:
        return None
    sentence = (
        f"{name.shown} is a name that we do not serve. Register another one or, if you control this one and think "
        f"that we should, contact {settings.contact}."
    )
    return names.Refusal(names.RefusalCode.NOT_ACCEPTED, "not-accepted", sentence, None)


def what(entry: DeniedName) -> str:
    return names_denied(entry.name, below=entry.below)


def deny(name: names.HostName, *, below: bool, reason: str, actor: Actor, now: datetime) -> DeniedName | str:
    """Put the name on the list. An entry for the name alone is widened by `below`. A refusal is a sentence.

    The lock keeps a claim that is being proved from being verified with the name after it was denied.
    """
    if below and name.registrable is None:
        return f"{name.shown} is shared by many owners. Enter the names below it one by one."
    lock_names([name.ascii])
    known = covering(name.ascii)
    if known is not None and (known.below or not below):
        return f"{what(known)} is on the list already, since {clock(known.created_at)}."
    try:
        with db.session.begin_nested():
            # A known entry that does not suffice is for this very name, so it is widened.
            known = known or DeniedName(name=name.ascii, created_at=now)
            known.below, known.reason, known.actor_name = below, reason, actor.name
            db.session.add(known)
    except IntegrityError:
        return f"Somebody else has just put {name.shown} on the list."
    said = Message("name.denied", {"name": known.name, "below": known.below})
    note_alone(EventKind.NAME_DENIED, said, actor, reason=reason)
    db.session.flush()
    return known


def allow(entry: DeniedName, *, reason: str, actor: Actor) -> None:
    """Take the entry off the list."""
    said = Message("name.allowed", {"name": entry.name, "below": entry.below})
    note_alone(EventKind.NAME_ALLOWED, said, actor, reason=reason)
    db.session.delete(entry)
    db.session.flush()


def affected(entry: DeniedName) -> list[ColumnElement[bool]]:
    """SQL conditions for the domains that the entry covers. An index answers them."""
    column = LLMClientCustomDomain.domain_name
    alive = LLMClientCustomDomain.state.not_in(GONE_STATES)
    if not entry.below:
        return [alive, column == entry.name]
    under = or_(column == entry.name, column.endswith(f".{entry.name}", autoescape=True))
    return [alive, LLMClientCustomDomain.registrable_domain == names.HostName(entry.name).registrable, under]
