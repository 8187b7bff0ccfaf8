"""What the page tells of records that are still to be deleted."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from tests.app_fixtures import sign_in
from tests.factories import make_domain, make_zone
from webapp.audit.log import COMMAND
from webapp.domains import lifecycle
from webapp.extensions import db, settings
from webapp.models import Account, DomainState, Method, RecordsProof, TargetState, User, ZoneState, utcnow
from webapp.proofs.base.leftovers import Left, Leftovers, LeftRecord
from webapp.proofs.records import intent, look
from webapp.proofs.records.found import RecordsLook
from webapp.removal.deletion_policy import Outlook

NOW = utcnow()
MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)


def left(outlook: Outlook | None, *marks: Left | None) -> Leftovers:
    kinds = zip(("TXT", "CNAME", "CNAME"), marks, strict=False)
    records = tuple(LeftRecord(kind, "chat.acme.test", "value", mark) for kind, mark in kinds)
    return Leftovers("acme.test", records, outlook, (), None, None, looking=False, ends_at=None)


@pytest.mark.parametrize(
    ("leftovers", "sentence", "next_step", "who"),
    [
        (
            left(None, None, None),
            "We check acme.test in a moment.",
            "Delete the records below, where acme.test is managed.",
            "you",
        ),
        (
            left(Outlook.LISTED, "there", "there"),
            "2 of 2 records are still at acme.test.",
            "Delete the records of type TXT and CNAME below, where acme.test is managed.",
            "you",
        ),
        (
            left(Outlook.LISTED, "gone", "there", "gone"),
            "1 of 3 records is still at acme.test.",
            "Delete the record of type CNAME below, where acme.test is managed.",
            "you",
        ),
        (left(Outlook.CLEAN, "gone", "gone"), "The records are gone from acme.test.", "", "nobody"),
        (
            left(Outlook.UNCLEAR, None, "gone"),
            "The name servers of acme.test did not all answer, so we could not check.",
            "",
            "nobody",
        ),
    ],
)
def test_what_it_says(leftovers: Leftovers, sentence: str, next_step: str, who: str) -> None:
    assert (leftovers.sentence, leftovers.next_step, leftovers.who_acts) == (sentence, next_step, who)


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({}, "We are switching off the target of these records."),
        ({"ends_at": NOW}, "so a record that you leave leads nowhere"),
        ({"answers": True, "ends_at": NOW}, "leads to our edge, which does not serve the name any more"),
    ],
)
def test_what_becomes_of_a_record_that_is_left(changes: dict[str, Any], sentence: str) -> None:
    assert sentence in replace(left(None, None), **changes).what_is_left


@pytest.fixture
def proof(app: Flask, account: Account) -> RecordsProof:
    """Removed a minute ago, its target withdrawn since."""
    edge = {"edge_domain": "edge.nameplate.net", "edge_update_servers": [("192.0.2.53", 53)]}
    app.extensions["settings"] = settings().model_copy(update=edge)
    domain = make_domain(account, "chat.acme.test", DomainState.VERIFIED, method=Method.RECORDS)
    proof = intent.want_proof(domain, NOW)
    lifecycle.remove(domain, actor=COMMAND, now=NOW - MINUTE)
    proof.state, proof.withdrawn_at, proof.next_attempt_at = TargetState.WITHDRAWN, NOW, None
    proof.next_look_at = NOW + HOUR
    db.session.commit()
    return proof


def looked(proof: RecordsProof, *marks: Left | None) -> None:
    records = look.expectation(proof).records(apex=False)
    found = RecordsLook(NOW, "acme.test", dict(zip(records, marks, strict=True)))
    proof.look = found.to_dict()
    db.session.commit()


def page(client: FlaskClient, proof: RecordsProof, customer: User) -> str:
    sign_in(client, customer)
    return client.get(f"/domains/{proof.custom_domain_id}").get_data(as_text=True)


@pytest.mark.parametrize(
    ("marks", "outlook", "there", "gone"),
    [
        ((), "unknown", 0, 0),
        (("there", "there"), "listed", 2, 0),
        (("gone", "there"), "listed", 1, 1),
        (("gone", "gone"), "clean", 0, 2),
        ((None, None), "unclear", 0, 0),
        (("gone", None), "unclear", 0, 1),
    ],
)
def test_the_page_shows_each_record_with_its_mark(
    client: FlaskClient,
    customer: User,
    proof: RecordsProof,
    marks: tuple[Left | None, ...],
    outlook: str,
    there: int,
    gone: int,
) -> None:
    if marks:
        looked(proof, *marks)
    shown = page(client, proof, customer)
    assert f'data-leaving="{outlook}"' in shown
    assert shown.count("Still there</span>") == there
    assert shown.count("Gone</span>") == gone
    for value in ("_nameplate-challenge.chat.acme.test", proof.token, "chat.acme.test", proof.target):
        assert f">{value}</code>" in shown
    assert shown.count("data-record-type") == 2
    assert "with the same records" in shown
    assert "nobody else ever gets it, so a record that you leave leads nowhere. The removal ends by" in shown
    assert "name servers of this domain were never shown" not in shown


def test_check_again_looks_at_once(
    client: FlaskClient, customer: User, proof: RecordsProof, queued: list[tuple[str, tuple[object, ...]]]
) -> None:
    looked(proof, "there", "there")
    sign_in(client, customer)
    assert client.post(f"/domains/{proof.custom_domain_id}/checks").status_code == 303
    assert queued == [("look_for_records", (proof.id,))]
    db.session.refresh(proof)
    assert proof.next_look_at is not None
    assert proof.next_look_at <= utcnow()
    assert "Checking…" in page(client, proof, customer)


def test_keeping_it_publishes_the_same_target(
    client: FlaskClient, customer: User, proof: RecordsProof, queued: list[tuple[str, tuple[object, ...]]]
) -> None:
    sign_in(client, customer)
    answer = client.post(f"/domains/{proof.custom_domain_id}/keep", follow_redirects=True)
    assert "Kept, with the same records." in answer.get_data(as_text=True)
    db.session.refresh(proof)
    assert proof.state is TargetState.WANTED
    assert [name for name, _ in queued] == ["see_to_target", "run_check"]


def test_a_domain_that_had_both_methods_shows_both(
    client: FlaskClient, customer: User, proof: RecordsProof
) -> None:
    looked(proof, "there", "gone")
    make_zone(proof.custom_domain, ZoneState.LEAVING)
    db.session.commit()
    shown = page(client, proof, customer)
    assert shown.count("data-name-server") == 4
    assert shown.count("data-record-type") == 2
    assert shown.count('id="look"') == 1


def test_what_is_removed_shows_no_records(client: FlaskClient, customer: User, proof: RecordsProof) -> None:
    proof.next_look_at = None
    db.session.commit()
    shown = page(client, proof, customer)
    assert "data-record-type" not in shown
