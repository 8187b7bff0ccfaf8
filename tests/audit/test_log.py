"""The one recorder: what it stores, and whom it tells."""

from __future__ import annotations

import ast
from pathlib import Path

from flask import Flask
from sqlalchemy import select

from tests.factories import make_domain, make_key
from webapp.audit.log import COMMAND, SYSTEM, Actor, event_recorded, note, note_account, note_alone
from webapp.extensions import db
from webapp.models import Account, ActorKind, Event, EventKind, Message

WEBAPP = Path(__file__).resolve().parents[2] / "webapp"


def test_event_is_stored_as_a_code_and_its_parameters(account: Account) -> None:
    domain = make_domain(account)
    said = Message("llm-client.attached", {"name": domain.domain_name, "llm_client": "Bot"})
    note(domain, EventKind.ATTACHED, said, COMMAND, reason="Asked.", evidence={"x": 1})
    db.session.commit()
    db.session.expire_all()
    event = db.session.scalars(select(Event)).one()
    assert event.message == said
    assert event.legacy_sentence is None
    assert (event.account_id, event.custom_domain_id) == (account.id, domain.id)
    assert (event.actor_name, event.reason, event.evidence) == ("Command line", "Asked.", {"x": 1})


def test_whoever_subscribes_is_told_of_every_event_once(account: Account) -> None:
    domain = make_domain(account)
    told: list[Event] = []
    with event_recorded.connected_to(told.append):
        made = [
            note(domain, EventKind.CHECK_REQUESTED, Message("check.requested")),
            note_account(account, EventKind.ACCOUNT_RENAMED, Message("account.renamed"), SYSTEM),
            note_alone(EventKind.NAME_DENIED, Message("name.denied"), COMMAND),
        ]
    note(domain, EventKind.CHECK_REQUESTED, Message("check.requested"))
    assert told == made
    assert all(event in db.session for event in made)


def test_nobody_else_makes_events(app: Flask) -> None:
    makers = {
        str(path.relative_to(WEBAPP))
        for path in WEBAPP.rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "Event"
    }
    assert makers == {"audit/log.py"}


def test_key_acts_under_its_name_and_within_the_limits_of_customers(account: Account) -> None:
    key = make_key(account, name="x" * 100)[0]
    actor = Actor.key(key)
    assert (actor.kind, actor.name, actor.user_id) == (ActorKind.KEY, f"{'x' * 100} ({key.prefix})", None)
    limited = {kind for kind in ActorKind if Actor(kind, "x").is_limited}
    assert limited == {ActorKind.CUSTOMER, ActorKind.KEY}
