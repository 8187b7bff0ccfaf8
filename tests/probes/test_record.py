"""What follows from what was seen: the next time, events, e-mails, on both databases."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select, update

from tests.factories import make_account, make_domain
from tests.probes.seeing import NOW, found, row, see, told
from tests.statements import statements
from webapp.audit.log import SYSTEM, note
from webapp.domains import assignment, suspension
from webapp.domains import lifecycle as domain_lifecycle
from webapp.extensions import db
from webapp.live import queries
from webapp.models import (
    DomainState,
    EventKind,
    LLMClient,
    LLMClientCustomDomain,
    Message,
    Notification,
    NotificationKind,
    Probe,
    ProbeOutcome,
)
from webapp.notifications.rules import event_rules
from webapp.probes import lifecycle, record
from webapp.probes.judge import Judgement

MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
LIVE, ELSEWHERE = found(ProbeOutcome.LIVE), found(ProbeOutcome.POINTS_ELSEWHERE)
AWAY = found(ProbeOutcome.EDGE_AWAY, edge=True)
ENDS_SOON = found(ProbeOutcome.CERTIFICATE_SOON, ends=NOW + 4 * DAY, warning=3)


def mails(domain: LLMClientCustomDomain) -> list[NotificationKind]:
    """Those that were not cancelled before anybody was told."""
    query = select(Notification.kind).where(
        Notification.custom_domain_id == domain.id, Notification.cancelled_at.is_(None)
    )
    return list(db.session.scalars(query.order_by(Notification.id)))


def test_live_is_kept_with_what_was_seen_and_verification_is_not_touched(
    domain: LLMClientCustomDomain,
) -> None:
    version, state = domain.version, domain.state
    probe = see(domain, NOW, LIVE)
    assert (probe.outcome, probe.seen_at, probe.first_live_at) == (ProbeOutcome.LIVE, NOW, NOW)
    assert (probe.address, probe.issuer, probe.milliseconds) == ("198.51.100.7", "An Authority, A1", 12)
    assert probe.certificate_ends_at == NOW + 60 * DAY
    assert probe.next_probe_at == NOW + DAY
    assert told(domain) == ["domain.live"]
    see(domain, NOW + DAY, LIVE)
    assert told(domain) == ["domain.live"], "once"
    assert mails(domain) == []
    db.session.refresh(domain)
    assert (domain.version, domain.state, domain.is_verified) == (version, state, True)


def test_name_that_never_worked_is_looked_at_with_growing_pauses(domain: LLMClientCustomDomain) -> None:
    now, pauses = NOW, []
    for _ in range(31):
        probe = see(domain, now, ELSEWHERE)
        assert probe.next_probe_at is not None
        pauses.append(probe.next_probe_at - now)
        now = probe.next_probe_at
    assert pauses == [*(n * MINUTE for n in (1, 2, 5, 15, 30)), *([HOUR] * 24), DAY, DAY]
    assert told(domain) == []
    assert mails(domain) == [], "nobody is told that what never worked stopped working"


def test_people_are_told_once_when_it_stopped_and_once_when_it_works_again(
    domain: LLMClientCustomDomain,
) -> None:
    see(domain, NOW, LIVE)
    probe = see(domain, NOW + DAY, ELSEWHERE)
    assert probe.failing_since == NOW + DAY
    assert mails(domain) == []
    assert probe.next_probe_at is not None
    assert 10 * MINUTE < probe.next_probe_at - (NOW + DAY) < 11 * MINUTE
    probe = see(domain, probe.next_probe_at, ELSEWHERE)
    assert told(domain) == ["domain.live", "domain.not-live"]
    assert mails(domain) == [NotificationKind.NOT_LIVE]
    assert probe.next_probe_at is not None
    see(domain, probe.next_probe_at, ELSEWHERE)
    assert mails(domain) == [NotificationKind.NOT_LIVE]
    db.session.execute(update(Notification).values(sent_at=NOW + DAY))
    see(domain, NOW + 2 * DAY, LIVE)
    assert mails(domain) == [NotificationKind.NOT_LIVE, NotificationKind.LIVE_AGAIN]
    assert told(domain)[-1] == "domain.live-again"
    see(domain, NOW + 4 * DAY, LIVE)
    assert len(told(domain)) == 3


def test_one_wrong_look_between_two_good_ones_is_nothing(domain: LLMClientCustomDomain) -> None:
    see(domain, NOW, LIVE)
    see(domain, NOW + DAY, ELSEWHERE)
    see(domain, NOW + DAY + 11 * MINUTE, LIVE)
    assert row(domain).failing_since is None
    see(domain, NOW + 3 * DAY, ELSEWHERE)
    assert told(domain) == ["domain.live"]


def test_nobody_is_mailed_that_it_works_again_who_was_not_mailed_that_it_did_not(
    domain: LLMClientCustomDomain,
) -> None:
    """The e-mail waited while it was mended."""
    see(domain, NOW, LIVE)
    see(domain, NOW + DAY, ELSEWHERE)
    see(domain, NOW + DAY + 11 * MINUTE, ELSEWHERE)
    see(domain, NOW + DAY + 14 * MINUTE, LIVE)
    assert mails(domain) == []
    assert told(domain) == ["domain.live", "domain.not-live", "domain.live-again"]


def test_edge_of_ours_that_is_away_is_no_mail_to_every_customer(domain: LLMClientCustomDomain) -> None:
    see(domain, NOW, LIVE)
    see(domain, NOW + DAY, AWAY)
    see(domain, NOW + DAY + 11 * MINUTE, AWAY)
    see(domain, NOW + DAY + 30 * MINUTE, LIVE)
    assert told(domain) == ["domain.live", "domain.not-live", "domain.live-again"]
    assert mails(domain) == []


def others(number: int, kind: EventKind, *, accounts: bool) -> None:
    """So many names of others, of one account or of one each, had such an event a moment ago."""
    account = make_account("Others")
    for index in range(number):
        account = make_account(f"Other {index}") if accounts else account
        name = f"{kind.value.replace('.', '-')}-{index}.other.test"
        seen = Message(AWAY.outcome, dict(AWAY.params)).as_param()
        params: dict[str, object] = {"name": name, "since": NOW.isoformat(), "seen": seen, "days": 3}
        params |= {"issuer": "", "ends": NOW.isoformat()}
        note(make_domain(account, name, DomainState.VERIFIED), kind, Message(kind.value, params))
    db.session.commit()


@pytest.mark.parametrize(
    ("kind", "judgement"), [(EventKind.NOT_LIVE, ELSEWHERE), (EventKind.CERTIFICATE_ENDS, ENDS_SOON)]
)
def test_what_many_accounts_see_at_once_is_no_mail_to_each_of_them(
    domain: LLMClientCustomDomain,
    monkeypatch: pytest.MonkeyPatch,
    kind: EventKind,
    judgement: Judgement,
) -> None:
    """Proxies that hand the path on no more, and an edge that renews no certificate, are ours to fix."""
    monkeypatch.setattr(event_rules, "MOST_ACCOUNTS", 4)
    see(domain, NOW, LIVE)
    others(4, kind, accounts=True)
    see(domain, NOW + DAY, judgement)
    see(domain, NOW + 3 * DAY, judgement)
    assert told(domain)[-1] == kind
    assert mails(domain) == []


def test_many_names_of_one_account_keep_no_other_from_being_told(
    domain: LLMClientCustomDomain, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(event_rules, "MOST_ACCOUNTS", 4)
    see(domain, NOW, LIVE)
    others(9, EventKind.CERTIFICATE_ENDS, accounts=False)
    others(3, EventKind.NOT_LIVE, accounts=True)
    see(domain, NOW + DAY, ENDS_SOON)
    assert NotificationKind.CERTIFICATE_ENDS in mails(domain)


def test_what_could_not_be_asked_changes_nothing_but_the_next_time(domain: LLMClientCustomDomain) -> None:
    unasked = found(ProbeOutcome.NOT_ASKED)
    assert see(domain, NOW, unasked).outcome is ProbeOutcome.NOT_ASKED
    see(domain, NOW + HOUR, LIVE)
    now = NOW + 2 * DAY
    for _ in range(12):
        probe = see(domain, now, unasked)
        assert (probe.outcome, probe.seen_at) == (ProbeOutcome.LIVE, NOW + HOUR)
        assert probe.next_probe_at is not None
        assert MINUTE <= probe.next_probe_at - now <= HOUR
        now = probe.next_probe_at
    assert told(domain) == ["domain.live"]
    assert mails(domain) == []


def test_end_of_a_certificate_is_told_twice_and_again_for_the_next_one(domain: LLMClientCustomDomain) -> None:
    ends = NOW + 14 * DAY

    def look(days: float, warning: int | None) -> None:
        outcome = ProbeOutcome.CERTIFICATE_SOON if warning else ProbeOutcome.LIVE
        see(domain, NOW + days * DAY, found(outcome, ends=ends, warning=warning))

    for days, warning in ((0, 14), (1.2, 14), (10, 14), (11.5, 3), (12.7, 3)):
        look(days, warning)
    assert told(domain) == ["domain.live", "certificate.ends", "certificate.ends"]
    assert mails(domain) == [NotificationKind.CERTIFICATE_ENDS] * 2
    ends = NOW + 100 * DAY
    look(14, None)
    look(90, 14)
    assert len(mails(domain)) == 3


def test_warning_of_acm_is_not_said_again_but_for_the_last_days(domain: LLMClientCustomDomain) -> None:
    acm = Notification(
        account_id=domain.account_id,
        custom_domain_id=domain.id,
        kind=NotificationKind.CERTIFICATE_TROUBLE,
        occasion=NOW - 7 * DAY,
        send_after=NOW - 7 * DAY,
    )
    db.session.add(acm)
    acm_problem = {"code": "certificate.renewal-late", "params": {"name": domain.domain_name, "until": None}}
    acm.message_code, acm.message_params = "notification.certificate-trouble", {"problem": acm_problem}
    db.session.commit()
    ends = NOW + 14 * DAY
    see(domain, NOW, found(ProbeOutcome.CERTIFICATE_SOON, ends=ends, warning=14))
    assert NotificationKind.CERTIFICATE_ENDS not in mails(domain)
    see(domain, NOW + 12 * DAY, found(ProbeOutcome.CERTIFICATE_SOON, ends=ends, warning=3))
    assert NotificationKind.CERTIFICATE_ENDS in mails(domain)


def test_one_of_two_workers_gets_the_name(domain: LLMClientCustomDomain) -> None:
    lifecycle.look_soon(domain, NOW - MINUTE)
    probe_id = row(domain).id
    assert len(record.claim([probe_id], NOW)) == 1
    assert record.claim([probe_id], NOW) == []
    later = NOW + queries.JOB.lease + MINUTE
    assert len(record.claim([probe_id], later)) == 1, "the lease of one that was killed ends"


def test_a_row_that_is_recorded_cannot_change_after_it_was_read(domain: LLMClientCustomDomain) -> None:
    """SQLite knows no lock of a row: whoever reads before writing is told of a stale row."""
    lifecycle.look_soon(domain, NOW - MINUTE)
    [step] = record.claim([row(domain).id], NOW)
    with statements() as seen:
        assert record.record(step, ELSEWHERE, NOW)
    assert seen[0].startswith("UPDATE") or seen[0].endswith("FOR UPDATE")


def test_change_while_it_is_looked_at_makes_the_look_worthless(domain: LLMClientCustomDomain) -> None:
    lifecycle.look_soon(domain, NOW - MINUTE)
    [step] = record.claim([row(domain).id], NOW)
    lifecycle.look_soon(domain, NOW)
    assert not record.record(step, ELSEWHERE, NOW)
    assert row(domain).seen is None
    assert row(domain).next_probe_at == NOW + lifecycle.SOON


@pytest.mark.parametrize("reason", ["suspended", "removing", "no client"])
def test_name_that_stopped_being_served_while_it_is_looked_at(
    domain: LLMClientCustomDomain, reason: str
) -> None:
    """What was seen is true, and follows from that: it is no failure, and nobody is told of one."""
    see(domain, NOW, LIVE)
    see(domain, NOW + DAY, ELSEWHERE)
    later = NOW + DAY + 11 * MINUTE
    [step] = record.claim([row(domain).id], later)
    client = domain.llm_client
    assert client is not None
    if reason == "suspended":
        suspension.suspend(domain, actor=SYSTEM, reason="Reported.", now=later)
    elif reason == "removing":
        domain_lifecycle.remove(domain, actor=SYSTEM, now=later)
    else:
        assignment.detach(client, actor=SYSTEM)
    db.session.commit()
    assert not record.record(step, ELSEWHERE, later)
    assert told(domain) == ["domain.live"]
    assert row(domain).next_probe_at is None


def test_failing_of_before_it_was_switched_off_is_not_counted_on(domain: LLMClientCustomDomain) -> None:
    see(domain, NOW, LIVE)
    see(domain, NOW + DAY, ELSEWHERE)
    client = domain.llm_client
    assert client is not None
    client.deployed = False
    db.session.commit()
    assert record.claim([row(domain).id], NOW + 2 * DAY) == []
    client.deployed = True
    lifecycle.look_soon(domain, NOW + 9 * DAY)
    see(domain, NOW + 9 * DAY + MINUTE, ELSEWHERE)
    assert told(domain) == ["domain.live"], "one look says nothing yet"
    assert row(domain).failing_since == NOW + 9 * DAY + MINUTE


@pytest.mark.parametrize("reason", ["suspended", "switched off", "no client"])
def test_name_that_nobody_is_to_reach_waits_for_a_change(domain: LLMClientCustomDomain, reason: str) -> None:
    lifecycle.look_soon(domain, NOW - MINUTE)
    if reason == "suspended":
        domain.held_at = NOW
    else:
        client = db.session.scalars(select(LLMClient)).one()
        client.deployed = reason != "switched off"
        if reason == "no client":
            client.custom_domain = None
    db.session.commit()
    assert record.claim([row(domain).id], NOW) == []
    assert row(domain).next_probe_at is None


def test_clock_that_was_ahead_neither_delays_nor_tells(domain: LLMClientCustomDomain) -> None:
    see(domain, NOW, LIVE)
    db.session.execute(update(Probe).values(next_probe_at=NOW + 400 * DAY, failing_since=NOW + 300 * DAY))
    db.session.commit()
    see(domain, NOW + MINUTE, ELSEWHERE)
    assert told(domain) == ["domain.live"]
    assert row(domain).next_probe_at < NOW + 12 * MINUTE  # type: ignore[operator]
    see(domain, NOW + 13 * MINUTE, ELSEWHERE)
    assert told(domain) == ["domain.live", "domain.not-live"]
