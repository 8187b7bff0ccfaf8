"""The one document of an event, and the keys that each reader of it relies on."""

from __future__ import annotations

import csv
import io
import json

import pytest
from flask.testing import FlaskClient

from tests.app_fixtures import sign_in
from tests.factories import make_domain
from webapp.accounts.export import account_data
from webapp.audit import history
from webapp.audit.documents import event_document, for_customers
from webapp.audit.log import COMMAND, note
from webapp.documents.whole import whole_document
from webapp.extensions import db
from webapp.models import (
    Account,
    ActorKind,
    DomainState,
    Event,
    EventKind,
    LLMClientCustomDomain,
    Message,
    User,
    utcnow,
)
from webapp.staff.queries import event_search


@pytest.fixture
def domain(account: Account) -> LLMClientCustomDomain:
    return make_domain(account)


@pytest.fixture
def event(domain: LLMClientCustomDomain) -> Event:
    said = Message("domain.expired", {"name": domain.domain_name, "days": 30})
    evidence = {"from": "pending", "to": "expired"}
    event = note(domain, EventKind.STATE_CHANGED, said, COMMAND, reason="Asked.", evidence=evidence)
    db.session.commit()
    return event


SENTENCE = "We stopped checking the records of chat.acme.test after 30 days."


def test_document_has_all_of_it(event: Event) -> None:
    assert event_document(event) == {
        "at": event.created_at.isoformat(),
        "kind": "state.changed",
        "code": "domain.expired",
        "params": {"name": "chat.acme.test", "days": 30},
        "sentence": SENTENCE,
        "account": "1234-5678-9012",
        "domain": "chat.acme.test",
        "actor": "Command line",
        "actor_kind": "command",
        "reason": "Asked.",
        "from": "pending",
        "to": "expired",
        "request_id": event.request_id,
    }
    json.dumps(event_document(event))


def test_row_of_an_older_release_has_its_sentence_and_no_code(event: Event) -> None:
    event.message, event.legacy_sentence, event.evidence = None, "It was so.", None
    document = event_document(event)
    assert (document["sentence"], document["code"], document["params"]) == ("It was so.", None, None)
    assert (document["from"], document["to"]) == (None, None)


CODE = {"code": "domain.expired", "params": {"name": "chat.acme.test", "days": 30}}


def test_commands_keep_their_keys(event: Event, domain: LLMClientCustomDomain) -> None:
    assert whole_document(domain)["history"] == [
        {
            "at": event.created_at.isoformat(),
            "kind": "state.changed",
            "actor": "Command line",
            "sentence": SENTENCE,
            "reason": "Asked.",
            **CODE,
        }
    ]


def test_export_of_the_account_keeps_its_keys(event: Event, account: Account) -> None:
    assert list(account_data(account, utcnow(), for_owner=True)["history"]) == [
        {
            "at": event.created_at.isoformat(timespec="seconds"),
            "kind": "state.changed",
            "domain": "chat.acme.test",
            "who": "Command line",
            "what": SENTENCE,
            "reason": "Asked.",
            **CODE,
        }
    ]


def test_history_keeps_its_keys(event: Event, domain: LLMClientCustomDomain) -> None:
    row = {
        "time": event.created_at.isoformat(timespec="seconds"),
        "kind": "state.changed",
        "who": "Command line",
        "sentence": SENTENCE,
        "reason": "Asked.",
        "from": "pending",
        "to": "expired",
    }
    assert list(csv.DictReader(io.StringIO("".join(history.as_csv([event]))))) == [row]
    assert json.loads("".join(history.as_json(domain, [event], None)))["events"] == [row | CODE]


def test_audit_log_keeps_its_columns(event: Event) -> None:
    assert list(csv.DictReader(io.StringIO("".join(event_search.as_csv([event]))))) == [
        {
            "time": event.created_at.isoformat(timespec="seconds"),
            "kind": "state.changed",
            "account": "1234-5678-9012",
            "domain": "chat.acme.test",
            "who": "Command line",
            "who_kind": "command",
            "sentence": SENTENCE,
            "reason": "Asked.",
            "request_id": event.request_id or "",
        }
    ]


def test_pages_say_an_old_row_and_a_new_one(
    client: FlaskClient, customer: User, domain: LLMClientCustomDomain, event: Event
) -> None:
    old = note(domain, EventKind.STATE_CHANGED, Message("domain.resumed"))
    old.message, old.legacy_sentence = None, "It was so, long ago."
    db.session.commit()
    page = sign_in(client, customer).get(f"/domains/{domain.id}/history").text
    assert "It was so, long ago." in page
    assert "after 30 days" in page


def test_domain_of_the_export_is_a_part_of_its_document(account: Account) -> None:
    domain = make_domain(account, "bot.acme.test", DomainState.VERIFIED)
    db.session.commit()
    [found] = account_data(account, utcnow(), for_owner=True)["domains"]
    assert found == {
        "name": "bot.acme.test",
        "state": "verified",
        "verified": True,
        "hold": None,
        "created_at": domain.created_at.isoformat(timespec="seconds"),
        "method": "delegation",
        "zones": [],
        "records": [],
        "proofs": [],
        "probe": None,
    }


def test_files_of_customers_do_not_tell_who_of_staff_it_was(
    account: Account, domain: LLMClientCustomDomain, event: Event
) -> None:
    event.actor_kind, event.actor_name = ActorKind.STAFF, "staff@platform.test"
    db.session.commit()
    export = list(account_data(account, utcnow(), for_owner=True)["history"])
    assert [one["who"] for one in export] == ["Nameplate’s staff"]
    assert for_customers(event)["actor"] == "Nameplate’s staff"
    assert event_document(event)["actor"] == "staff@platform.test"
    assert "staff@platform.test" not in "".join(history.as_csv([event]))
