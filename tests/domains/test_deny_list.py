"""The deny list: who may have a name, what is said to whoever may not, and what stays as it is."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from tests.app_fixtures import sign_in
from tests.domains.reports import report
from tests.factories import make_account, make_checked, make_domain, make_zone
from tests.page_lint import parse, text_of, with_id
from webapp.audit.log import COMMAND
from webapp.dns import names
from webapp.dns.delegation import Verdict
from webapp.domain_page.reading import domain_page
from webapp.domains import deny_list, lifecycle, queries, registration, suspension
from webapp.extensions import db, settings
from webapp.messages.catalogue import event_sentence
from webapp.models import (
    Account,
    DeniedName,
    DomainState,
    Event,
    EventKind,
    LLMClientCustomDomain,
    NotificationKind,
    User,
    ValidationError,
)
from webapp.notifications import emails
from webapp.notifications.draft import Occasions
from webapp.notifications.rules import transition_rules
from webapp.proofs.delegation.expectation import expectation_of

NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
HOST = "chat.acme.com"


def deny(name: str, *, below: bool = False) -> DeniedName | str:
    return deny_list.deny(names.HostName(name), below=below, reason="Sanctions.", actor=COMMAND, now=NOW)


def looked_at(domain: LLMClientCustomDomain, verdict: Verdict = Verdict.VERIFIED) -> None:
    make_checked(domain, report(expectation_of(domain), verdict, NOW), NOW)


@pytest.mark.parametrize(
    ("entry", "below", "name", "refused"),
    [
        (HOST, False, HOST, True),
        (HOST, False, "a.chat.acme.com", False),
        (HOST, False, "acme.com", False),
        (HOST, True, HOST, True),
        (HOST, True, "a.b.chat.acme.com", True),
        (HOST, True, "badchat.acme.com", False),
        ("acme.com", True, HOST, True),
        ("acme.com", False, HOST, False),
        ("acme.com", True, "chat.notacme.com", False),
    ],
)
def test_entry_refuses_a_name_or_all_below(
    app: Flask, entry: str, below: bool, name: str, refused: bool
) -> None:
    deny(entry, below=below)
    assert (deny_list.covering(name) is not None) is refused


def test_nearest_entry_is_the_one_that_is_told(app: Flask) -> None:
    deny("acme.com", below=True)
    db.session.add(DeniedName(name=HOST, reason="x", actor_name="y"))
    db.session.flush()
    found = deny_list.covering(HOST)
    assert found is not None
    assert found.name == HOST


def test_registration_is_refused_with_a_next_step_and_nothing_of_others(account: Account) -> None:
    make_domain(make_account("Rival Ltd"), HOST, DomainState.VERIFIED)
    deny(HOST)
    refusal = registration.register(account, HOST, actor=COMMAND, settings=settings())
    assert isinstance(refusal, names.Refusal)
    assert (refusal.code, refusal.reason) == (names.RefusalCode.NOT_ACCEPTED, "not-accepted")
    assert refusal.sentence == (
        "chat.acme.com is a name that we do not serve. Register another one or, if you control this one and think "
        "that we should, contact nameplate@localhost."
    )


def test_page_and_command_say_it(client: FlaskClient, account: Account, customer: User, app: Flask) -> None:
    deny("acme.com", below=True)
    db.session.commit()
    sign_in(client, customer)
    answer = client.post("/domains/register", data={"domain_name": HOST, "llm_client": ""})
    assert answer.status_code == 422
    assert "is a name that we do not serve" in answer.text
    assert "Sanctions" not in answer.text
    done = app.test_cli_runner().invoke(args=["domains", "register", HOST, "--account", account.number])
    assert done.exit_code == 5
    assert "is a name that we do not serve" in done.stderr
    assert db.session.scalars(select(LLMClientCustomDomain)).all() == []


def test_model_saves_no_such_name(account: Account) -> None:
    known = LLMClientCustomDomain(account=account, domain_name=HOST).save()
    live = LLMClientCustomDomain(account=account, domain_name="live.acme.com", is_verified=True).save()
    deny("acme.com", below=True)
    db.session.commit()
    with pytest.raises(ValidationError, match="we do not serve"):
        LLMClientCustomDomain(account_id=account.id, domain_name="new.acme.com").save()
    known.is_verified = True
    with pytest.raises(ValidationError, match="we do not serve"):
        known.save()
    db.session.rollback()
    known.check_attempt = live.check_attempt = 3
    known.save()
    live.save()


@pytest.mark.parametrize("state", [DomainState.PENDING, DomainState.LAPSED])
def test_nobody_is_newly_verified(account: Account, state: DomainState) -> None:
    domain = make_domain(account, HOST, state, state_changed_at=NOW - timedelta(days=1))
    make_zone(domain)
    deny(HOST)
    looked_at(domain)
    looked_at(domain)
    assert (domain.state, domain.is_verified) == (state, False)
    assert domain.next_check_at is not None
    told = [event for event in queries.history(domain) if event.kind is EventKind.CLAIM_REFUSED]
    sentence = "The records for chat.acme.com are right, but it is a name that we do not serve."
    assert [event_sentence(event) for event in told] == [
        f"{sentence} If you control it, contact nameplate@localhost."
    ]


@pytest.mark.parametrize("state", [DomainState.VERIFIED, DomainState.FAILING])
def test_what_is_served_stays_served(account: Account, state: DomainState) -> None:
    domain = make_domain(account, HOST, state, grace_until=NOW + timedelta(days=3))
    make_zone(domain)
    deny(HOST)
    looked_at(domain)
    assert (domain.state, domain.is_verified) == (DomainState.VERIFIED, True)


@pytest.mark.parametrize("state", [DomainState.PENDING, DomainState.EXPIRED, DomainState.LAPSED])
def test_owner_is_not_sent_after_records_that_change_nothing(
    client: FlaskClient, account: Account, customer: User, state: DomainState, app: Flask
) -> None:
    domain = make_domain(account, HOST, state)
    make_zone(domain)
    deny(HOST)
    db.session.commit()
    sign_in(client, customer)
    page = parse(client.get(f"/domains/{domain.id}").text)
    assert with_id(page, "verify") is None
    assert "Add these" not in text_of(page)
    assert "We verify" not in text_of(page)
    said = text_of(with_id(page, "status"))
    assert "chat.acme.com is a name that we do not serve, so that its records change nothing." in said
    assert "contact nameplate@localhost" in said
    assert "Sanctions" not in said
    shown = app.test_cli_runner().invoke(args=["domains", "show", HOST]).stdout
    assert "is a name that we do not serve" in shown


def test_mail_about_such_a_name_asks_for_no_records(account: Account) -> None:
    domain = make_domain(account, HOST)
    make_zone(domain)
    deny(HOST)
    looked_at(domain)
    facts, periods = transition_rules.facts_of(domain), transition_rules.Periods()
    news = transition_rules.make(NotificationKind.ACTION_NEEDED, NOW, facts, periods)
    occasions = Occasions(timedelta(days=30), timedelta(hours=24), (timedelta(hours=6), timedelta(hours=24)))
    letter = emails.email_text([news], domain_page(domain, settings(), NOW), occasions, NOW)
    assert letter.subject == "Action needed: chat.acme.com is a name that we do not serve"
    assert letter.todo is None
    assert "Verify" not in " ".join(letter.paragraphs)
    assert "another account" not in " ".join(letter.paragraphs)


def test_each_change_of_the_list_is_an_event_of_no_account(app: Flask) -> None:
    entry = deny("acme.com", below=True)
    assert isinstance(entry, DeniedName)
    deny_list.allow(entry, reason="Lifted.", actor=COMMAND)
    assert deny_list.covering("acme.com") is None
    events = db.session.scalars(select(Event).order_by(Event.id)).all()
    assert [(e.kind, event_sentence(e), e.reason, e.account_id, e.actor_name) for e in events] == [
        (
            EventKind.NAME_DENIED,
            "No account may have acme.com and every name below it any more.",
            "Sanctions.",
            None,
            "Command line",
        ),
        (
            EventKind.NAME_ALLOWED,
            "Accounts may have acme.com and every name below it again.",
            "Lifted.",
            None,
            "Command line",
        ),
    ]


def test_entry_is_widened_and_never_doubled(app: Flask) -> None:
    first = deny("acme.com")
    wider = deny("acme.com", below=True)
    assert wider is first
    assert isinstance(wider, DeniedName)
    assert wider.below
    for name, below in (("acme.com", False), ("acme.com", True), (HOST, False), (HOST, True)):
        again = deny(name, below=below)
        assert isinstance(again, str)
        assert "acme.com and every name below it is on the list already, since 23 November 2026" in again


def test_all_below_a_suffix_that_many_share_is_too_much(app: Flask) -> None:
    refusal = deny("co.uk", below=True)
    assert isinstance(refusal, str)
    assert "shared by many owners" in refusal


def test_affected_are_those_under_the_entry_alone(account: Account) -> None:
    here = make_domain(account, HOST, DomainState.VERIFIED)
    below = make_domain(account, "a.chat.acme.com")
    rivals = make_domain(make_account("Rival"), HOST)
    make_domain(account, "other.acme.com")
    make_domain(account, "badchat.acme.com")
    make_domain(make_account("Gone"), HOST, DomainState.REMOVING)

    def under(entry: DeniedName | str) -> list[LLMClientCustomDomain]:
        assert isinstance(entry, DeniedName)
        query = select(LLMClientCustomDomain).where(*deny_list.affected(entry))
        return list(db.session.scalars(query.order_by(LLMClientCustomDomain.id)))

    assert under(deny(HOST)) == [here, rivals]
    assert under(deny(HOST, below=True)) == [here, below, rivals]


def test_hold_can_refuse_the_name_to_every_account(account: Account) -> None:
    domain = make_domain(account, HOST, DomainState.VERIFIED)
    suspension.suspend(domain, actor=COMMAND, reason="Phishing.", now=NOW, deny=True)
    lifecycle.remove(domain, actor=COMMAND, now=NOW)
    third = registration.register(make_account("Third"), HOST, actor=COMMAND, settings=settings())
    assert isinstance(third, names.Refusal)
    assert third.reason == "not-accepted"


def test_name_on_the_list_is_not_released(account: Account) -> None:
    domain = make_domain(account, HOST, DomainState.VERIFIED)
    suspension.suspend(domain, actor=COMMAND, reason="Phishing.", now=NOW, deny=True)
    refusal = suspension.release(domain, actor=COMMAND, reason="Cleared.", now=NOW)
    assert refusal == "The deny list refuses chat.acme.com to every account. Take it off the list first."
    entry = deny_list.covering(HOST)
    assert entry is not None
    deny_list.allow(entry, reason="Cleared.", actor=COMMAND)
    assert suspension.release(domain, actor=COMMAND, reason="Cleared.", now=NOW) is None
    assert domain.is_verified


def test_two_who_deny_one_name_at_once_make_one_entry(
    account: Account, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The second did not see the first's entry; its hold goes through all the same."""
    deny(HOST)
    domain = make_domain(account, HOST, DomainState.VERIFIED)
    monkeypatch.setattr(deny_list, "covering", lambda _name: None)
    refusal = deny(HOST)
    assert refusal == "Somebody else has just put chat.acme.com on the list."
    assert suspension.suspend(domain, actor=COMMAND, reason="Phishing.", now=NOW, deny=True) is None
    db.session.commit()
    assert not domain.is_verified
    assert len(db.session.scalars(select(DeniedName)).all()) == 1
