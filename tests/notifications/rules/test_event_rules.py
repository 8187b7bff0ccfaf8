"""Which notification follows which event: a wrong answer that lasts, a certificate that somebody must act for."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select

from tests.factories import make_domain, make_zone, said
from webapp.audit.log import SYSTEM, note
from webapp.dns.delegation import Verdict
from webapp.domains.lifecycle import change_state
from webapp.extensions import db
from webapp.messages.catalogue import sentence
from webapp.messages.sentences.certificates import EXPLANATIONS, Happened, Problem
from webapp.models import (
    Account,
    DomainState,
    EventKind,
    LLMClientCustomDomain,
    Message,
    Notification,
    NotificationKind,
)
from webapp.notifications.rules import event_rules

NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
HOST = "chat.acme.com"


@pytest.fixture
def domain(account: Account) -> LLMClientCustomDomain:
    domain = make_domain(account, HOST, state_changed_at=NOW)
    make_zone(domain)
    db.session.commit()
    return domain


def told(domain: LLMClientCustomDomain) -> list[NotificationKind]:
    query = select(Notification.kind).where(Notification.custom_domain_id == domain.id)
    return list(db.session.scalars(query.order_by(Notification.id)))


def verified(domain: LLMClientCustomDomain) -> None:
    change_state(domain, DomainState.VERIFIED, NOW, SYSTEM, said("Because."))
    db.session.commit()


@pytest.mark.parametrize("verdict", list(Verdict))
def test_only_a_wrong_answer_is_a_wrong_answer(domain: LLMClientCustomDomain, verdict: Verdict) -> None:
    wrong = {
        Verdict.ALIAS_ABOVE,
        Verdict.RECORD_IN_THE_WAY,
        Verdict.MISPLACED,
        Verdict.OLD_NAME_SERVERS,
        Verdict.NS_MISTYPED,
        Verdict.DELEGATED_ELSEWHERE,
        Verdict.DELEGATION_MIXED,
        Verdict.DELEGATION_PARTIAL,
        Verdict.STALE_DS,
        Verdict.TOKEN_MISPLACED,
        Verdict.TOKEN_EXPIRED,
        Verdict.TOKEN_MISMATCH,
        Verdict.CNAME_LOOP,
        Verdict.CNAME_MISTYPED,
    }
    note(
        domain,
        EventKind.VERDICT_CHANGED,
        said("It changed."),
        evidence={"verdict": verdict.value, "found": []},
    )
    assert told(domain) == [NotificationKind.ACTION_NEEDED] * (verdict in wrong)


def test_wrong_answer_is_told_once_and_only_if_it_lasts(domain: LLMClientCustomDomain) -> None:
    event_rules.wrong_answer(domain, Verdict.DELEGATION_PARTIAL, NOW)
    event_rules.wrong_answer(domain, Verdict.DELEGATION_MIXED, NOW + timedelta(minutes=5))
    [row] = db.session.scalars(select(Notification))
    assert row.send_after == NOW + timedelta(minutes=15)
    assert row.message is not None
    assert sentence(row.message) == "The records of chat.acme.com are not right yet."
    verified(domain)
    assert row.cancelled_at == NOW


def test_wrong_answer_about_a_live_name_waits_for_its_second(domain: LLMClientCustomDomain) -> None:
    verified(domain)
    event_rules.wrong_answer(domain, Verdict.DELEGATION_PARTIAL, NOW)
    assert told(domain) == [NotificationKind.VERIFIED]


def test_news_goes_back_with_its_event(domain: LLMClientCustomDomain) -> None:
    note(domain, EventKind.VERDICT_CHANGED, said("It changed."), evidence={"verdict": "STALE_DS"})
    db.session.rollback()
    assert told(domain) == []


def nothing_else(happened: Happened, problem: str, **params: Any) -> Message:
    return Message(happened.value, {"name": HOST, "problem": {"code": problem, "params": params}})


@pytest.mark.parametrize("problem", list(Problem))
def test_failure_is_told_when_somebody_must_do_something(
    domain: LLMClientCustomDomain, problem: Problem
) -> None:
    note(domain, EventKind.CERTIFICATE_FAILED, nothing_else(Happened.FAILED, problem.value))
    explanation = EXPLANATIONS[problem]
    wanted = explanation.who_acts == "you" or explanation.final
    assert told(domain) == [NotificationKind.CERTIFICATE_TROUBLE] * wanted


@pytest.mark.parametrize("problem", [Problem.RENEWAL_FORBIDDEN, Problem.RENEWAL_UNUSED, Problem.RENEWAL_LATE])
def test_renewal_that_does_not_come_is_told_whoever_acts(
    domain: LLMClientCustomDomain, problem: Problem
) -> None:
    note(domain, EventKind.CERTIFICATE_TROUBLE, nothing_else(Happened.NOT_RENEWED, problem.value))
    assert told(domain) == [NotificationKind.CERTIFICATE_TROUBLE]


@pytest.mark.parametrize(
    "message",
    [
        nothing_else(Happened.TROUBLE, "aws", said="Rate exceeded"),
        nothing_else(Happened.TROUBLE, "certificate.not-ours", said="no tags"),
        Message(Happened.NO_RECORD_YET.value, {"name": HOST}),
        Message(Happened.NOT_TRIED_AGAIN.value, {"name": HOST}),
    ],
)
def test_trouble_between_us_and_aws_is_told_nobody(domain: LLMClientCustomDomain, message: Message) -> None:
    note(domain, EventKind.CERTIFICATE_TROUBLE, message)
    assert told(domain) == []


def caa(where: str = "acme.com", *allows: str) -> Message:
    add = {"authority": "amazon.com", "add": '0 issue "amazon.com"'}
    return Message(Problem.CAA_RESTRICTED.value, {"where": where, "allows": list(allows), **add})


def late(**params: Any) -> Message:
    return Message(
        Problem.RENEWAL_LATE.value, {"name": HOST, "until": NOW.isoformat(), "why": None, **params}
    )


@pytest.mark.parametrize(
    ("again", "is_news"),
    [
        (caa(), False),
        (caa("acme.com", "letsencrypt.org"), True),
        (caa("chat.acme.com"), True),
        (Message(Problem.TIMED_OUT.value, {"name": HOST}), True),
    ],
)
def test_same_trouble_is_told_once_a_week(
    domain: LLMClientCustomDomain, again: Message, is_news: bool
) -> None:
    event_rules.certificate_trouble(domain, caa(), NOW)
    for days in (1, 6.9):
        event_rules.certificate_trouble(domain, again, NOW + timedelta(days=days))
    assert len(told(domain)) == 1 + is_news
    event_rules.certificate_trouble(domain, caa(), NOW + timedelta(days=7))
    assert len(told(domain)) == 2 + is_news


@pytest.mark.parametrize("message", [None, Message("notification.legacy", {"sentence": "CAA forbids it."})])
def test_trouble_that_was_told_in_a_sentence_is_no_known_one(
    domain: LLMClientCustomDomain, message: Message | None
) -> None:
    event_rules.certificate_trouble(domain, caa(), NOW)
    [before] = db.session.scalars(select(Notification))
    before.message, before.legacy_sentence = message, "CAA forbids it."
    db.session.flush()
    event_rules.certificate_trouble(domain, caa(), NOW + timedelta(days=1))
    assert len(told(domain)) == 2


def test_other_date_or_other_word_of_amazon_is_no_other_trouble(domain: LLMClientCustomDomain) -> None:
    event_rules.certificate_trouble(domain, late(), NOW)
    for changed in ({"until": None}, {"why": "PENDING_VALIDATION"}):
        event_rules.certificate_trouble(domain, late(**changed), NOW + timedelta(days=1))
    assert len(told(domain)) == 1
