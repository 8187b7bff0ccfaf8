"""Every e-mail as its reader gets it: subject, words, records, link, and how to stop it."""

from __future__ import annotations

import email
import email.policy
import re
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import update

from tests.domains.reports import report
from tests.factories import make_account, make_domain, make_user, make_zone
from webapp.audit.log import COMMAND, note
from webapp.checks.outcome import alarm
from webapp.dns.delegation import Finding, Verdict
from webapp.dns.judgement.finding import DOMAIN_MISSING, WHOLE_DOMAIN, Slip
from webapp.dns.judgement.messages import LEGACY
from webapp.documents.instructions import text
from webapp.domain_page.reading import domain_page
from webapp.domains import queries, suspension
from webapp.domains.lifecycle import Transition, TransitionKind
from webapp.extensions import db, settings
from webapp.messages.catalogue import sentence
from webapp.messages.formatting import one_line
from webapp.messages.sentences.certificates import Problem
from webapp.models import (
    Account,
    Check,
    CheckOrigin,
    CheckStatus,
    DomainState,
    Email,
    EventKind,
    LLMClient,
    LLMClientCustomDomain,
    Message,
    Notification,
    NotificationKind,
    User,
)
from webapp.notifications import delivery, emails, outbox
from webapp.notifications.rules import event_rules, transition_rules, untold
from webapp.notifications.rules.untold import News
from webapp.proofs.delegation.expectation import expectation_of

NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
SINCE = NOW - timedelta(hours=1)
OLD = ["ns1.old.test", "ns2.old.test"]
GRACE_UNTIL = NOW + timedelta(days=7)
CAA = Message(
    Problem.CAA_RESTRICTED.value,
    {
        "where": "acme.com",
        "allows": ["letsencrypt.org"],
        "authority": "amazon.com",
        "add": '0 issue "amazon.com"',
    },
)


@pytest.fixture
def domain(account: Account, customer: User, llm_client: LLMClient) -> LLMClientCustomDomain:
    domain = make_domain(account, "chat.acme.com", state_changed_at=SINCE)
    make_zone(domain)
    llm_client.custom_domain = domain
    db.session.commit()
    return domain


def look(domain: LLMClientCustomDomain, verdict: Verdict, **values: Any) -> None:
    """The last check of the domain, whatever else happened."""
    found = report(expectation_of(domain), verdict, SINCE, **values)
    db.session.add(
        Check(
            custom_domain=domain,
            origin=CheckOrigin.SCHEDULE,
            status=CheckStatus.DONE,
            verdict=verdict.value,
            report=found.to_dict(),
        )
    )
    domain.verdict = verdict.value
    db.session.flush()


def in_state(domain: LLMClientCustomDomain, state: DomainState) -> None:
    domain.state, domain.state_changed_at = state, SINCE
    domain.contrary_since = SINCE - timedelta(minutes=10)
    domain.grace_until = GRACE_UNTIL if state is DomainState.FAILING else None
    db.session.flush()


def mailed(now: datetime = NOW) -> EmailMessage:
    """The one e-mail that is due, as it would travel."""
    outbox.write_emails(now, settings())
    [email_id] = outbox.due(now)
    parcel = outbox.claim(email_id, now, settings())
    assert parcel is not None
    raw = delivery.message(parcel).message().as_bytes()
    return email.message_from_bytes(raw, policy=email.policy.default)


def body(message: EmailMessage, kind: str = "plain") -> str:
    part = message.get_body((kind,))
    assert part is not None
    return str(part.get_content())


def flat(message: EmailMessage) -> str:
    """The plain text with its line ends forgotten."""
    return " ".join(body(message).split())


def told(domain: LLMClientCustomDomain, kind: TransitionKind, reason: str) -> None:
    transition_rules.on_transition(domain, transition=Transition(kind, domain.state, COMMAND, NOW, reason))


def news(domain: LLMClientCustomDomain, kind: NotificationKind) -> None:
    if kind is NotificationKind.CERTIFICATE_TROUBLE:
        event_rules.certificate_trouble(domain, CAA, NOW)
        return
    if kind is NotificationKind.ON_HOLD:
        domain.held_at, domain.hold_reason = NOW, "Reported as phishing."
        told(domain, TransitionKind.SUSPENDED, "Reported as phishing.")
        return
    if kind is NotificationKind.RELEASED:
        told(domain, TransitionKind.RELEASED, "It was a mistake.")
        return
    if kind in {NotificationKind.WHOLE_DOMAIN, NotificationKind.WHOLE_DOMAIN_OVER}:
        led_to_us(domain, begun=kind is NotificationKind.WHOLE_DOMAIN)
        return
    if kind is NotificationKind.CONTESTED:
        contested(domain)
        return
    if kind in OUTSIDE:
        seen_from_outside(domain, kind)
        return
    if kind is NotificationKind.HANDED_OVER:
        said = Message("notification.handed-over", {"name": domain.domain_name, "made_for": ["Jane", "Joe"]})
        what = News(kind, NOW, said)
    else:
        facts, periods = transition_rules.facts_of(domain), transition_rules.Periods()
        what = transition_rules.make(kind, NOW, facts, periods)
    untold.tell(domain, what, NOW)


def contested(domain: LLMClientCustomDomain) -> None:
    """DNS proves the claim of another account."""
    make_domain(make_account("Rival"), domain.domain_name, contests_since=NOW)
    params = {"name": domain.domain_name, "from": (NOW + timedelta(minutes=10)).isoformat()}
    made = News(NotificationKind.CONTESTED, NOW, Message("notification.contested", params))
    untold.tell(domain, made, NOW)


OUTSIDE = {
    NotificationKind.NOT_LIVE: EventKind.NOT_LIVE,
    NotificationKind.LIVE_AGAIN: EventKind.LIVE_AGAIN,
    NotificationKind.CERTIFICATE_ENDS: EventKind.CERTIFICATE_ENDS,
}


def seen_from_outside(domain: LLMClientCustomDomain, kind: NotificationKind) -> None:
    """It stopped working; it works again after everybody was told that it does not; or its certificate ends."""
    name, since = domain.domain_name, (NOW - timedelta(minutes=10)).isoformat()
    at = {"name": name, "address": "198.51.100.7", "status": 404, "server": "Apache"}
    stopped = Message(
        "domain.not-live",
        {"name": name, "since": since, "seen": Message("probe.points-elsewhere", at).as_param()},
    )
    if kind is NotificationKind.CERTIFICATE_ENDS:
        ends = (NOW + timedelta(days=14)).isoformat()
        said = {"name": name, "issuer": "Let's Encrypt, R11", "ends": ends, "days": 14}
        note(domain, OUTSIDE[kind], Message("domain.certificate-ends", said))
        return
    note(domain, EventKind.NOT_LIVE, stopped)
    if kind is NotificationKind.LIVE_AGAIN:
        db.session.execute(update(Notification).values(sent_at=NOW))
        note(domain, OUTSIDE[kind], Message("domain.live-again", {"name": name, "since": since}))


def led_to_us(domain: LLMClientCustomDomain, *, begun: bool) -> None:
    """The whole domain is led to us, or is no longer, after everybody was told that it was."""
    params = {"zone": "acme.com", "by": "com", "registrar": True, "ttl": 172_800, "remembered": False}
    found = Finding(Verdict.MISPLACED, WHOLE_DOMAIN, params | {"ours": [], "others": [], "former": OLD})
    alarm.settle(domain, alarm.Alarm(NOW, found.to_data()), NOW)
    if not begun:
        db.session.execute(update(Notification).values(sent_at=NOW))
        alarm.settle(domain, None, NOW)


#: kind -> state, verdict of the last look, subject, and what the text must say.
READ: dict[NotificationKind, tuple[DomainState, Verdict, str, list[str]]] = {
    NotificationKind.VERIFIED: (
        DomainState.VERIFIED,
        Verdict.VERIFIED,
        "Verified: chat.acme.com leads to us",
        [
            "chat.acme.com is verified: since 23 November 2026, 11:00 UTC its name server records lead to us.",
            "Visitors reach Sales at https://chat.acme.com/ as soon as its certificate is there",
            "Leave the records in place: we check them again every 6 to 24 hours",
        ],
    ),
    NotificationKind.ACTION_NEEDED: (
        DomainState.PENDING,
        Verdict.DELEGATION_PARTIAL,
        "Action needed: chat.acme.com has 3 of 4 records",
        [
            "chat.acme.com is not live yet: it has 3 of 4 records.",
            "One is missing.",
            "Then press Verify on its page, which shows each step.",
            "We check by ourselves until 23 December 2026, 11:00 UTC.",
            "The records to enter where acme.com is managed",
        ],
    ),
    NotificationKind.FAILING: (
        DomainState.FAILING,
        Verdict.DELEGATION_PARTIAL,
        "Failing: chat.acme.com is switched off on 30 November",
        [
            "chat.acme.com no longer leads to us (since 23 November 2026, 10:50 UTC).",
            "It is switched off on 30 November 2026, 12:00 UTC unless the records return.",
            "Until 30 November 2026, 12:00 UTC we go on serving it",
        ],
    ),
    NotificationKind.FAILING_HALFWAY: (
        DomainState.FAILING,
        Verdict.DELEGATION_PARTIAL,
        "Half the time left: chat.acme.com is off from 30 November",
        ["Half of the time to put the records of chat.acme.com back is over.", "unless the records return"],
    ),
    NotificationKind.FAILING_LAST_DAY: (
        DomainState.FAILING,
        Verdict.DELEGATION_PARTIAL,
        "Last day: chat.acme.com is switched off on 30 November",
        ["This is the last day to put the records of chat.acme.com back.", "unless the records return"],
    ),
    NotificationKind.LAPSED: (
        DomainState.LAPSED,
        Verdict.DELEGATION_PARTIAL,
        "Off: chat.acme.com is no longer served",
        [
            "We stopped serving chat.acme.com on 23 November 2026, 11:00 UTC. It did not lead back to us in time.",
            "Then press Verify on its page, which shows each step.",
            "One good check switches it on again",
        ],
    ),
    NotificationKind.CONTESTED: (
        DomainState.FAILING,
        Verdict.DELEGATION_PARTIAL,
        "Act now: chat.acme.com may move to another account",
        [
            "Another account has proved by its records that chat.acme.com is theirs.",
            "The name moves there after 23 November 2026, 12:10 UTC, unless a check finds your records again.",
            "put the records of its page back and press Verify there.",
            "contact nameplate@localhost.",
        ],
    ),
    NotificationKind.MOVED_AWAY: (
        DomainState.LAPSED,
        Verdict.DELEGATION_PARTIAL,
        "Off: chat.acme.com moved to another account",
        [
            "chat.acme.com moved to another account, and is switched off here: two checks found the records",
            "If it is yours, put your records back: it moves back once two checks find them, and not the others.",
            "contact nameplate@localhost.",
        ],
    ),
    NotificationKind.RECOVERED: (
        DomainState.VERIFIED,
        Verdict.VERIFIED,
        "Verified: chat.acme.com leads to us again",
        [
            "chat.acme.com leads to us again. It had not since 23 November 2026, 10:50 UTC.",
            "Nothing is needed from you.",
        ],
    ),
    NotificationKind.EXPIRED: (
        DomainState.EXPIRED,
        Verdict.DELEGATION_PARTIAL,
        "Off: we stopped checking chat.acme.com",
        [
            "We stopped checking chat.acme.com on 23 November 2026, 11:00 UTC.",
            "The same records still apply.",
        ],
    ),
    NotificationKind.REMOVED: (
        DomainState.REMOVED,
        Verdict.NOT_DELEGATED,
        "Removed: chat.acme.com",
        [
            "chat.acme.com is removed, and our name servers answer for it no more.",
            "Nothing is needed from you.",
        ],
    ),
    NotificationKind.KEPT: (
        DomainState.PENDING,
        Verdict.DELEGATION_PARTIAL,
        "Kept: chat.acme.com is not removed",
        [
            "chat.acme.com is kept: its removal was taken back.",
            "Then press Verify on its page, which shows each step.",
            "We check by ourselves until 23 December 2026, 11:00 UTC.",
        ],
    ),
    NotificationKind.CERTIFICATE_TROUBLE: (
        DomainState.VERIFIED,
        Verdict.VERIFIED,
        "Action needed: the certificate of chat.acme.com",
        [
            "The certificate of chat.acme.com has a problem; browsers open no name without a valid one.",
            "The CAA record at acme.com allows only letsencrypt.org; add amazon.com.",
            "leave the name server records as they are",
        ],
    ),
    NotificationKind.ON_HOLD: (
        DomainState.VERIFIED,
        Verdict.VERIFIED,
        "Suspended: chat.acme.com is not served",
        [
            "chat.acme.com is suspended, and is not served meanwhile.",
            "Suspended by staff on 23 November 2026, 12:00 UTC: Reported as phishing.",
            "Contact nameplate@localhost.",
            "Leave the records in place",
            "You can remove it on its page, and change nothing else about it.",
            "Open the page of chat.acme.com",
        ],
    ),
    NotificationKind.WHOLE_DOMAIN: (
        DomainState.VERIFIED,
        Verdict.VERIFIED,
        "Act now: Site and mail of acme.com are down",
        [
            "Site and mail of acme.com are down.",
            "The registrar of acme.com names our name servers. They hold chat.acme.com alone",
            "chat.acme.com itself is served as before.",
            "At the registrar of acme.com, put the former name servers back: ns1.old.test and ns2.old.test.",
            "We write once more when it is over.",
        ],
    ),
    NotificationKind.WHOLE_DOMAIN_OVER: (
        DomainState.VERIFIED,
        Verdict.VERIFIED,
        "Over: acme.com is at its own name servers again",
        [
            "acme.com is not led to our name servers any more.",
            "Some visitors may still be sent to us until 25 November 2026, 12:00 UTC.",
        ],
    ),
    NotificationKind.NOT_LIVE: (
        DomainState.VERIFIED,
        Verdict.VERIFIED,
        "Action needed: visitors do not reach chat.acme.com",
        [
            "chat.acme.com has not worked from outside since 23 November 2026, 11:50 UTC.",
            "Another server answers for chat.acme.com, not ours. Its address is 198.51.100.7.",
            "If your DNS provider has 198.51.100.7 as an address of chat.acme.com, delete it there.",
            "The name is verified as before",
        ],
    ),
    NotificationKind.LIVE_AGAIN: (
        DomainState.VERIFIED,
        Verdict.VERIFIED,
        "Works again: visitors reach chat.acme.com",
        [
            "chat.acme.com works from outside again. It had not since 23 November 2026, 11:50 UTC.",
            "Nothing is needed from you.",
        ],
    ),
    NotificationKind.CERTIFICATE_ENDS: (
        DomainState.VERIFIED,
        Verdict.VERIFIED,
        "Ends on 7 December: the certificate of chat.acme.com",
        [
            "The certificate of chat.acme.com ends on 7 December 2026",
            "It was issued by Let's Encrypt, R11.",
            "have it renewed",
            "contact nameplate@localhost.",
        ],
    ),
    NotificationKind.HANDED_OVER: (
        DomainState.VERIFIED,
        Verdict.VERIFIED,
        "Verified: chat.acme.com has all its records",
        [
            "All records of chat.acme.com are there. You sent a link to them to Jane and Joe.",
            "Leave the records in place",
        ],
    ),
    NotificationKind.RELEASED: (
        DomainState.VERIFIED,
        Verdict.VERIFIED,
        "Released: chat.acme.com is served again",
        [
            "chat.acme.com was released by staff and is served again: It was a mistake.",
            "Leave the records in place",
        ],
    ),
}
CONTRARY = {kind for kind, (_, verdict, *_rest) in READ.items() if verdict is Verdict.DELEGATION_PARTIAL}


def test_last_warning_that_comes_earlier_than_a_day_before_is_no_last_day(
    app: Flask, domain: LLMClientCustomDomain
) -> None:
    app.extensions["settings"] = settings().model_copy(update={"last_warning_hours": 48})
    in_state(domain, DomainState.FAILING)
    facts, periods = transition_rules.facts_of(domain), transition_rules.Periods.of(settings())
    made = transition_rules.make(NotificationKind.FAILING_LAST_DAY, NOW, facts, periods)
    untold.tell(domain, made, NOW)
    message = mailed()
    assert sentence(made.message).startswith("The last warning: chat.acme.com ")
    assert message["Subject"].startswith("Last warning: chat.acme.com ")
    assert "This is the last warning to put the records of chat.acme.com back." in flat(message)
    assert "last day" not in flat(message)


@pytest.mark.parametrize("kind", list(NotificationKind))
def test_every_mail(domain: LLMClientCustomDomain, kind: NotificationKind) -> None:
    state, verdict, subject, said = READ[kind]
    in_state(domain, state)
    found = expectation_of(domain).name_servers
    if kind in CONTRARY:
        said_then = {"message": "One is missing.", "next_step": "Add what is missing."}
        look(domain, verdict, found=found[:3], missing=found[3:], params={LEGACY: said_then})
    else:
        look(domain, verdict)
    news(domain, kind)
    message = mailed()
    assert message["subject"] == subject
    assert message["to"] == "owner@acme.test"
    assert message["auto-submitted"] == "auto-generated"
    text, html = flat(message), body(message, "html")
    for words in said:
        assert words in text
        assert words in " ".join(html.replace("&#39;", "'").split())
    assert (found[3] in body(message)) == (kind in CONTRARY)
    assert not re.search(r"\b(invalid|fail(ed|ure)|error|propagat)", text, re.IGNORECASE)
    assert text.endswith("Switch these e-mails off for yourself: http://localhost:8000/account/notifications")
    assert "http://localhost:8000/domains" in text
    # Nothing is fetched, and nothing runs.
    assert not re.search(r"<(img|script|link)|style=|url\(|@import", html)
    assert html.count('class="button"') == 1
    assert len(subject) <= 60
    assert "acme.com" in text.partition(". ")[0]
    assert all(len(line) <= 78 for line in body(message).splitlines())


def test_warning_of_a_contest_that_is_over_says_so(domain: LLMClientCustomDomain) -> None:
    in_state(domain, DomainState.VERIFIED)
    contested(domain)
    db.session.execute(update(LLMClientCustomDomain).values(contests_since=None))
    text = flat(mailed())
    assert "This has changed since then" in text
    assert "Rival" not in text


def test_records_stand_in_the_text_as_they_are_typed(domain: LLMClientCustomDomain) -> None:
    name_servers = expectation_of(domain).name_servers
    look(
        domain,
        Verdict.DELEGATION_MIXED,
        found=(*name_servers[:3], "ns1.other.example"),
        missing=name_servers[3:],
        unexpected=("ns1.other.example",),
    )
    news(domain, NotificationKind.ACTION_NEEDED)
    message = mailed()
    assert message["subject"] == "Action needed: chat.acme.com has 3 of 4 records, and 1 too many"
    expected = "\n".join(
        [
            "The records to enter where acme.com is managed:",
            "",
            "    Name:    chat  (in full chat.acme.com)",
            "    Type:    NS",
            f"    Values:  {name_servers[0]}  (found)",
            f"             {name_servers[1]}  (found)",
            f"             {name_servers[2]}  (found)",
            f"             {name_servers[3]}  (missing)",
            "    Remove:  ns1.other.example",
            "",
        ]
    )
    assert expected in body(message)


def test_mistyped_value_is_to_be_edited_and_not_removed(domain: LLMClientCustomDomain) -> None:
    servers = expectation_of(domain).name_servers
    seen = f"{servers[3]}.acme.com"
    slip = {"seen": seen, "expected": servers[3], "slip": Slip.PARENT_SUFFIX.value, "appended": "acme.com"}
    look(
        domain,
        Verdict.NS_MISTYPED,
        found=(*servers[:3], seen),
        missing=servers[3:],
        unexpected=(seen,),
        reason=Slip.PARENT_SUFFIX.value,
        params={"slips": [slip], "missing": []},
    )
    news(domain, NotificationKind.ACTION_NEEDED)
    message = mailed()
    assert message["subject"] == "Action needed: chat.acme.com has 3 of 4 records"
    assert f"    Edit:    {seen}" in body(message)
    assert "Remove" not in body(message)
    assert ">Edit</th>" in body(message, "html")
    page = domain_page(domain, settings(), NOW)
    assert page.todo is not None
    asked = text(page, page.todo)
    assert f"Please edit these, which have another value:\n\n    {seen}\n" in asked
    assert "Please remove" not in asked


@pytest.mark.parametrize(
    ("verdict", "subject"),
    [
        (Verdict.NOT_DELEGATED, "Action needed: chat.acme.com has none of its 4 records"),
        (Verdict.STALE_DS, "Action needed: chat.acme.com has an old DS record"),
        (Verdict.VERIFIED, "Action needed: chat.acme.com waits for its next check"),
    ],
)
def test_subject_of_what_is_needed(domain: LLMClientCustomDomain, verdict: Verdict, subject: str) -> None:
    look(domain, verdict)
    news(domain, NotificationKind.ACTION_NEEDED)
    assert mailed()["subject"] == subject


def test_subject_for_a_name_that_another_account_has(domain: LLMClientCustomDomain) -> None:
    make_domain(make_account("Rival"), domain.domain_name, DomainState.VERIFIED)
    look(domain, Verdict.VERIFIED)
    news(domain, NotificationKind.ACTION_NEEDED)
    assert mailed()["subject"] == "Action needed: chat.acme.com is verified in another account"


def test_last_call_before_we_stop_looking(domain: LLMClientCustomDomain) -> None:
    look(domain, Verdict.NOT_DELEGATED)
    news(domain, NotificationKind.ACTION_NEEDED)
    message = mailed(SINCE + timedelta(days=29, hours=1))
    assert message["subject"] == ("Action needed by 23 December: chat.acme.com has none of its 4 records")


def test_name_in_other_letters_is_shown_in_both_forms(account: Account, customer: User) -> None:
    domain = make_domain(account, "xn--strae-oqa.de", DomainState.VERIFIED)
    news(domain, NotificationKind.VERIFIED)
    message = mailed()
    # A fold before the first encoded word leaves a blank, which no reader shows.
    assert message["subject"].strip() == "Verified: straße.de (xn--strae-oqa.de) leads to us"
    assert "straße.de (xn--strae-oqa.de) is verified" in flat(message)


def test_domain_without_llm_client_is_told_what_to_choose(account: Account, customer: User) -> None:
    news(make_domain(account, state=DomainState.VERIFIED), NotificationKind.VERIFIED)
    assert "Choose on its page which LLM client answers visitors there; so far none does." in flat(mailed())


def test_nothing_typed_gets_into_a_header_or_becomes_a_line_of_its_own(app: Flask, customer: User) -> None:
    """A row of an earlier release may have a name that is refused today."""
    account = make_account()
    typed = "Acme\r\nBcc: everybody@acme.test\r\n\r\nDear reader"
    db.session.execute(update(Account).values(name=typed))
    db.session.refresh(account)
    person = make_user(account=account)
    domain = make_domain(account, state=DomainState.VERIFIED)
    said = "Look:\r\nBcc: all@acme.test\n\n<script>alert(1)</script>"
    refused = Message(Problem.REFUSED.value, {"name": "chat.acme.com", "said": said})
    event_rules.certificate_trouble(domain, refused, NOW)
    message = mailed()
    assert (message["to"], message["bcc"], message["cc"]) == (person.email, None, None)
    assert not [line for line in body(message).splitlines() if line.startswith(("Bcc", "Dear"))]
    assert "<script>" not in body(message, "html")
    assert "&lt;script&gt;" in body(message, "html")


def test_subject_is_one_line_whatever_is_in_it() -> None:
    assert one_line("Off:\r\n\tchat.acme.com\x00\u2028 is off") == "Off: chat.acme.com is off"


def test_link_is_our_own_address(domain: LLMClientCustomDomain, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        delivery, "settings", lambda: settings().model_copy(update={"public_url": "https://np.example/"})
    )
    look(domain, Verdict.NOT_DELEGATED)
    news(domain, NotificationKind.ACTION_NEEDED)
    assert f"https://np.example/domains/{domain.id}\n" in body(mailed())


def test_removed_domain_has_no_page_so_the_list_is_linked(domain: LLMClientCustomDomain) -> None:
    in_state(domain, DomainState.REMOVED)
    news(domain, NotificationKind.REMOVED)
    assert "See your domains:\nhttp://localhost:8000/domains\n" in body(mailed())


def test_failing_and_back_is_one_story(domain: LLMClientCustomDomain) -> None:
    in_state(domain, DomainState.FAILING)
    facts, periods = transition_rules.facts_of(domain), transition_rules.Periods()
    untold.tell(domain, transition_rules.make(NotificationKind.FAILING, SINCE, facts, periods), SINCE)
    in_state(domain, DomainState.VERIFIED)
    domain.grace_until = None
    news(domain, NotificationKind.RECOVERED)
    message = mailed()
    assert message["subject"] == "Verified: chat.acme.com leads to us again"
    text = flat(message)
    first = text.index(
        "23 November 2026, 11:00 UTC: chat.acme.com has not passed our checks since 23 November 2026, 10:50 UTC."
    )
    assert text.index("23 November 2026, 12:00 UTC: chat.acme.com leads to us again.") > first
    assert "records to enter" not in text


def piece(kind: NotificationKind, minute: int) -> News:
    return News(kind, NOW + timedelta(minutes=minute), Message(f"notification.{kind.value}"))


@pytest.mark.parametrize(
    ("kinds", "leading"),
    [
        ([NotificationKind.VERIFIED], NotificationKind.VERIFIED),
        ([NotificationKind.VERIFIED, NotificationKind.FAILING], NotificationKind.FAILING),
        ([NotificationKind.FAILING, NotificationKind.RECOVERED], NotificationKind.RECOVERED),
        (
            [NotificationKind.FAILING, NotificationKind.FAILING_HALFWAY, NotificationKind.LAPSED],
            NotificationKind.LAPSED,
        ),
        (
            [NotificationKind.CERTIFICATE_TROUBLE, NotificationKind.RECOVERED],
            NotificationKind.CERTIFICATE_TROUBLE,
        ),
        ([NotificationKind.CERTIFICATE_TROUBLE, NotificationKind.FAILING], NotificationKind.FAILING),
        (
            [NotificationKind.FAILING, NotificationKind.CERTIFICATE_TROUBLE],
            NotificationKind.CERTIFICATE_TROUBLE,
        ),
        ([NotificationKind.CERTIFICATE_TROUBLE, NotificationKind.ON_HOLD], NotificationKind.ON_HOLD),
        ([NotificationKind.ON_HOLD, NotificationKind.RELEASED], NotificationKind.RELEASED),
        (
            [NotificationKind.ON_HOLD, NotificationKind.RELEASED, NotificationKind.FAILING],
            NotificationKind.FAILING,
        ),
    ],
)
def test_latest_news_leads_unless_it_calms_about_something_else(
    kinds: list[NotificationKind], leading: NotificationKind
) -> None:
    assert emails.lead([piece(kind, minute) for minute, kind in enumerate(kinds)]).kind is leading


@pytest.mark.parametrize("kind", list(NotificationKind))
def test_copy_that_comes_late_says_that_things_have_moved_on(
    domain: LLMClientCustomDomain, kind: NotificationKind
) -> None:
    """Written anew after its worker was killed, when the domain is in another state already."""
    assert set(transition_rules.STANDS) == set(NotificationKind)
    news(domain, kind)
    domain.held_at = domain.hold_reason = None
    in_state(domain, DomainState.REMOVING)
    message = mailed()
    assert message["subject"] == "Removing: chat.acme.com"
    assert "This has changed since then" in flat(message)
    assert db.session.query(Email).count() == 1


def hold(domain: LLMClientCustomDomain, now: datetime) -> None:
    assert suspension.suspend(domain, actor=COMMAND, reason="Reported as phishing.", now=now) is None


def release(domain: LLMClientCustomDomain, now: datetime) -> None:
    assert suspension.release(domain, actor=COMMAND, reason="It was a mistake.", now=now) is None


def test_hold_is_told_in_the_transaction_of_the_hold(domain: LLMClientCustomDomain) -> None:
    db.session.commit()
    hold(domain, NOW)
    db.session.rollback()
    assert db.session.query(Notification).count() == 0
    hold(domain, NOW)
    db.session.commit()
    assert mailed()["subject"] == "Suspended: chat.acme.com"


def test_hold_and_release_within_the_hour_are_one_story(domain: LLMClientCustomDomain) -> None:
    in_state(domain, DomainState.VERIFIED)
    look(domain, Verdict.VERIFIED)
    hold(domain, NOW)
    release(domain, NOW + timedelta(minutes=20))
    message = mailed(NOW + timedelta(minutes=30))
    assert message["subject"] == "Released: chat.acme.com is served again"
    text = flat(message)
    assert "12:00 UTC: chat.acme.com was suspended by staff: Reported as phishing." in text
    assert "12:20 UTC: chat.acme.com was released by staff and is served again: It was a mistake." in text
    outbox.write_emails(NOW + timedelta(hours=5), settings())
    assert db.session.query(Email).count() == 1


def test_news_that_a_hold_overtook_says_so(domain: LLMClientCustomDomain) -> None:
    """A certificate goes its way during a suspension, and an e-mail written anew must not promise what is not so."""
    in_state(domain, DomainState.VERIFIED)
    look(domain, Verdict.VERIFIED)
    news(domain, NotificationKind.VERIFIED)
    domain.held_at, domain.hold_reason = NOW, "Reported as phishing."
    db.session.flush()
    message = mailed()
    assert message["subject"] == "Suspended: chat.acme.com"
    text = flat(message)
    assert (
        "its name server records lead to us. chat.acme.com is suspended, and is not served meanwhile." in text
    )
    assert "Visitors reach" not in text
    assert "Contact nameplate@localhost." in text


def test_verified_and_held_is_a_story_that_ends_on_hold(domain: LLMClientCustomDomain) -> None:
    in_state(domain, DomainState.VERIFIED)
    look(domain, Verdict.VERIFIED)
    news(domain, NotificationKind.VERIFIED)
    hold(domain, NOW + timedelta(minutes=5))
    message = mailed(NOW + timedelta(minutes=6))
    assert message["subject"] == "Suspended: chat.acme.com is not served"
    assert "chat.acme.com is verified: since" in flat(message)


def test_release_of_a_failing_name_shows_the_records_and_the_date_that_moved(
    domain: LLMClientCustomDomain,
) -> None:
    in_state(domain, DomainState.FAILING)
    found = expectation_of(domain).name_servers
    look(domain, Verdict.DELEGATION_PARTIAL, found=found[:3], missing=found[3:])
    hold(domain, NOW)
    release(domain, NOW + timedelta(days=2))
    message = mailed(NOW + timedelta(days=2))
    text = flat(message)
    assert "It is switched off on 2 December 2026, 12:00 UTC unless the records return." in text
    assert "Its dates have moved by as long as it was suspended." in text
    assert found[3] in text


def test_reminder_after_a_hold_says_why_its_date_is_later(domain: LLMClientCustomDomain) -> None:
    in_state(domain, DomainState.FAILING)
    look(domain, Verdict.NOT_DELEGATED)
    hold(domain, NOW)
    release(domain, NOW + timedelta(days=2))
    db.session.execute(update(Notification).values(cancelled_at=NOW))
    for event, when in zip(queries.history(domain)[1::-1], (NOW, NOW + timedelta(days=2)), strict=True):
        event.created_at = when
    news(domain, NotificationKind.FAILING_LAST_DAY)
    text = flat(mailed(NOW + timedelta(days=3)))
    assert (
        "It was suspended from 23 November 2026, 12:00 UTC to 25 November 2026, 12:00 UTC; that time does not count."
    ) in text


def test_fix_that_no_step_tells_stands_in_the_e_mail(domain: LLMClientCustomDomain) -> None:
    """While the domain itself is missing there is nothing to type, so that its page shows no steps either."""
    say = {"message": "acme.com has no name servers: register it.", "next_step": "Bring acme.com into DNS."}
    look(domain, Verdict.NOT_DELEGATED, reason=DOMAIN_MISSING, params={LEGACY: say})
    news(domain, NotificationKind.ACTION_NEEDED)
    said = flat(mailed())
    assert "Bring acme.com into DNS." in said
    assert "which shows each step" not in said
