"""No cell of a table that somebody downloads is a formula, whoever typed what is in it."""

from __future__ import annotations

import csv
import io

import pytest
from flask import Flask
from flask.testing import FlaskClient

from tests.app_fixtures import sign_in
from tests.attacks.people import Side, program, with_method
from tests.factories import make_domain, make_user
from webapp.audit.log import Actor, note, note_account
from webapp.extensions import db
from webapp.models import ActorKind, EventKind, Message

#: How a cell begins that a spreadsheet computes (OWASP, CSV injection).
FORMULAS = ("=", "+", "-", "@", "\t=", "\r=")


def typed_by_somebody(side: Side, typed: str) -> str:
    """In every text of events of a domain and of its account. Returns the address of the domain's history."""
    account, actor = side.owner.memberships[0].account, Actor(ActorKind.STAFF, typed)
    domain = make_domain(account, "new.acme.test")
    attached = Message("llm-client.attached", {"name": typed, "llm_client": typed})
    note(domain, EventKind.STATE_CHANGED, attached, actor, reason=typed)
    note_account(
        account, EventKind.PERSON_LEFT, Message("person.left", {"email": typed}), actor, reason=typed
    )
    # An account's name cannot begin with a control character.
    account.name = typed.strip()
    db.session.commit()
    return f"/domains/{domain.id}/history"


def tables(browser: FlaskClient, urls: list[str]) -> dict[str, list[list[str]]]:
    """The rows of each that is a table when it is asked for one."""
    answers = {url: browser.get(url, query_string={"as": "csv"}) for url in urls}
    return {
        url: list(csv.reader(io.StringIO(answer.text, newline="")))
        for url, answer in answers.items()
        if answer.mimetype == "text/csv"
    }


@pytest.mark.parametrize("formula", FORMULAS, ids=repr)
def test_no_cell_is_a_formula(app: Flask, client: FlaskClient, sides: dict[str, Side], formula: str) -> None:
    history = typed_by_somebody(sides["acme"], f"{formula}cmd()")
    both = make_user(account=sides["acme"].owner.memberships[0].account, staff=True, email="both@acme.test")
    db.session.commit()
    rules = [rule for rule in with_method(app, "GET") if rule.arguments <= sides["acme"].ids.keys()]
    urls = [history, *(sides["acme"].address(rule) for rule in rules)]
    found = tables(sign_in(program(app), both), urls)
    assert {history, "/staff/events"} <= found.keys()
    cells = [cell for rows in found.values() for row in rows for cell in row]
    assert [cell for cell in cells if cell.startswith(("=", "+", "-", "@", "\t", "\r"))] == []
    for url in (history, "/staff/events"):
        assert f"'{formula}cmd()" in [cell for row in found[url] for cell in row], url
