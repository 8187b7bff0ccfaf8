"""Recording in bulk does what recording one by one does, and one bad row spoils no other."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import event, inspect, select

from tests.domains.reports import report
from tests.factories import make_account, make_domain, make_taken, make_zone
from webapp.audit.log import COMMAND
from webapp.checks import bulk_record, record
from webapp.checks import queries as check_queries
from webapp.dns.delegation import DelegationReport, Verdict
from webapp.domains import lifecycle, queries, suspension
from webapp.domains.rules import transitions
from webapp.extensions import db
from webapp.messages.catalogue import event_sentence
from webapp.models import (
    Account,
    Certificate,
    CertificateState,
    Check,
    CheckStatus,
    DomainState,
    Event,
    EventKind,
    LLMClientCustomDomain,
    Notification,
    NotificationKind,
    utcnow,
)
from webapp.reports.rows import ended
from webapp.zones import findings

NOW = utcnow()
#: What tells one row from another, and what every change moves.
OF_ITS_OWN = {"id", "account_id", "domain_name", "updated_at", "created_at", "version"}


@pytest.fixture(autouse=True)
def even_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("random.uniform", lambda low, high: (low + high) / 2)
    monkeypatch.setattr(transitions.pause, "__defaults__", (lambda low, high: (low + high) / 2,))


@pytest.fixture
def statements(account: Account) -> Iterator[list[str]]:
    seen: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_rest: object) -> None:
        seen.append(statement)

    event.listen(db.engine, "before_cursor_execute", note)
    yield seen
    event.remove(db.engine, "before_cursor_execute", note)


def domain_in(account: Account, name: str, **values: Any) -> LLMClientCustomDomain:
    before = NOW - timedelta(days=1)
    times = dict.fromkeys(("created_at", "state_changed_at", "next_reminder_at"), before)
    domain = make_domain(account, name, **{**times, **values})
    make_zone(domain)
    return domain


def take(domain: LLMClientCustomDomain, now: datetime = NOW) -> record.Work:
    return make_taken(domain, now)


def seen_by(
    works: Iterable[record.Work], verdict: Verdict = Verdict.VERIFIED, now: datetime = NOW
) -> list[bulk_record.Done]:
    """What a worker brings that finds the same for all of them."""
    return [(work, report(work.expectation, verdict, now)) for work in works]


def standing(domain: LLMClientCustomDomain) -> dict[str, object]:
    db.session.refresh(domain)
    columns = inspect(LLMClientCustomDomain).columns.keys()
    return {name: getattr(domain, name) for name in columns if name not in OF_ITS_OWN}


def told(domain: LLMClientCustomDomain) -> list[str]:
    return [event_sentence(row).replace(domain.domain_name, "NAME") for row in queries.history(domain)]


VERIFIED = {"state": DomainState.VERIFIED, "verdict": "VERIFIED", "check_attempt": 7}
STANDINGS: dict[str, dict[str, Any]] = {
    "pending, new": {},
    "pending, wrong": {"verdict": "NOT_DELEGATED", "check_attempt": 12},
    "verified": VERIFIED,
    "verified, contradicted once": {**VERIFIED, "contrary_since": NOW - timedelta(minutes=3)},
    "verified, contradicted for long": {**VERIFIED, "contrary_since": NOW - timedelta(minutes=11)},
    "verified, parent undecided": {**VERIFIED, "inconsistent_since": NOW - timedelta(hours=3)},
    "failing": {
        "state": DomainState.FAILING,
        "verdict": "NOT_DELEGATED",
        "contrary_since": NOW - timedelta(days=2),
        "grace_until": NOW + timedelta(days=5),
    },
    "failing, grace over": {
        "state": DomainState.FAILING,
        "verdict": "NOT_DELEGATED",
        "contrary_since": NOW - timedelta(days=9),
        "grace_until": NOW - timedelta(days=1),
    },
    "lapsed": {"state": DomainState.LAPSED, "verdict": "NOT_DELEGATED", "check_attempt": 3},
    "removing": {"state": DomainState.REMOVING, "verdict": "VERIFIED"},
    "verified, suspended": {**VERIFIED, "held_at": NOW - timedelta(minutes=1)},
    "pending, suspended": {"verdict": "NOT_DELEGATED", "held_at": NOW - timedelta(minutes=1)},
}
VERDICTS = [
    Verdict.VERIFIED,
    Verdict.NOT_DELEGATED,
    Verdict.DELEGATION_PARTIAL,
    Verdict.PARENT_INCONSISTENT,
    Verdict.PARENT_UNREACHABLE,
    Verdict.ZONE_NOT_SERVED,
    Verdict.STALE_DS,
]


@pytest.mark.parametrize("verdict", VERDICTS)
@pytest.mark.parametrize("kind", STANDINGS)
def test_bulk_and_single_come_to_the_same(account: Account, kind: str, verdict: Verdict) -> None:
    one, other = (domain_in(account, name, **STANDINGS[kind]) for name in ("one.acme.test", "two.acme.test"))
    single, bulk = take(one), take(other)
    db.session.commit()
    # Each has name servers of its own, which are no difference.
    missing = ("ns1.test",)
    assert record.finish_check(single, report(single.expectation, verdict, NOW, missing=missing), NOW)
    db.session.commit()
    found = report(bulk.expectation, verdict, NOW, missing=missing)
    assert bulk_record.record_reports([(bulk, found)], NOW) == [True]
    db.session.commit()
    assert standing(other) == standing(one)
    assert told(other) == told(one)
    checked = [db.session.get_one(Check, work.check_id) for work in (single, bulk)]
    for check in checked:
        assert (check.status, check.verdict, ended(check)) == (CheckStatus.DONE, verdict.value, NOW)
        assert check.lease_until is None
        assert check.report is not None
        assert check.report["verdict"] == verdict.value
    assert domain_versions_rose(one, other)


def test_a_check_that_ends_on_hold_is_the_last_one(account: Account) -> None:
    """It says that nothing changed, and a next check would be planned for any other name."""
    domain = domain_in(account, "held.acme.test", **VERIFIED, next_check_at=NOW + timedelta(minutes=1))
    work = take(domain)
    assert suspension.suspend(domain, actor=COMMAND, reason="Reported.", now=NOW) is None
    db.session.commit()
    said = report(work.expectation, Verdict.VERIFIED, NOW)
    assert bulk_record.record_reports([(work, said)], NOW) == [True]
    db.session.commit()
    assert (domain.next_check_at, domain.check_attempt) == (None, 7)
    assert domain.last_checked_at == NOW


def domain_versions_rose(*domains: LLMClientCustomDomain) -> bool:
    """Whoever has read the row before must notice that it moved on."""
    return all(domain.version > 1 for domain in domains)


def test_fifty_quiet_checks_take_as_many_statements_as_two(account: Account, statements: list[str]) -> None:
    counts = []
    for number in (2, 50):
        domains = [domain_in(account, f"n{i}.of{number}.test", **VERIFIED) for i in range(number)]
        done = seen_by(map(take, domains))
        db.session.commit()
        statements.clear()
        assert bulk_record.record_reports(done, NOW) == [True] * number
        counts.append(len(statements))
        db.session.commit()
    assert counts[0] == counts[1]


def test_a_lost_lease_records_nothing(account: Account) -> None:
    quick, slow = (domain_in(account, f"{name}.acme.test", **VERIFIED) for name in ("quick", "slow"))
    early, mine = take(slow), take(quick)
    later = NOW + check_queries.WORK.lease
    again = record.take(early.check_id, later)
    assert again is not None
    db.session.commit()
    done = seen_by((early, mine))
    assert bulk_record.record_reports(done, later) == [False, True]
    db.session.commit()
    assert slow.last_checked_at is None
    assert bulk_record.record_reports([(again, done[0][1])], later) == [True]
    assert bulk_record.record_reports([(again, done[0][1])], later) == [False]


@pytest.mark.parametrize("verdicts", [(Verdict.VERIFIED, Verdict.NOT_DELEGATED), (Verdict.VERIFIED,) * 2])
@pytest.mark.parametrize("kind", ["pending, new", "verified"])
def test_of_two_runs_of_one_check_in_one_batch_the_one_with_the_lease_counts(
    account: Account, kind: str, verdicts: tuple[Verdict, Verdict]
) -> None:
    """As after a pause of the whole machine: the worker takes its own check anew while the first run goes on."""
    domain, other = (domain_in(account, f"{name}.acme.test", **STANDINGS[kind]) for name in ("twice", "once"))
    first, later = take(domain), NOW + check_queries.WORK.lease
    second, only = record.take(first.check_id, later), take(other, later)
    assert second is not None
    db.session.commit()
    late, current = verdicts
    done = seen_by([second], current, later) + seen_by([first], late)
    assert bulk_record.record_reports(done, later) == [True, False]
    assert record.finish_check(only, report(only.expectation, current, later), later)
    db.session.commit()
    assert standing(domain) == standing(other)
    assert told(domain) == told(other)
    assert db.session.get_one(Check, first.check_id).verdict == current.value


def test_a_check_that_cannot_be_recorded_takes_no_other_with_it(
    account: Account, monkeypatch: pytest.MonkeyPatch
) -> None:
    bad, good, quiet = (
        domain_in(account, "bad.acme.test"),
        domain_in(account, "good.acme.test"),
        domain_in(account, "quiet.acme.test", **VERIFIED),
    )
    works = [take(domain) for domain in (bad, good, quiet)]
    db.session.commit()
    follow = lifecycle.change_state

    def change_state(domain: LLMClientCustomDomain, *rest: Any, **values: Any) -> None:
        follow(domain, *rest, **values)
        if domain.domain_name == "bad.acme.test":
            raise ZeroDivisionError

    monkeypatch.setattr(record, "change_state", change_state)
    done = seen_by(works)
    assert bulk_record.record_reports(done, NOW) == [False, True, True]
    db.session.commit()
    db.session.expire_all()
    assert (bad.state, good.state) == (DomainState.PENDING, DomainState.VERIFIED)
    assert quiet.last_checked_at == NOW
    left = db.session.get_one(Check, works[0].check_id)
    assert (left.status, left.verdict) == (CheckStatus.DONE, "PARENT_UNREACHABLE")
    assert bad.verdict is None
    assert [finding.custom_domain_id for finding in findings.waiting()] == [bad.id]
    assert LLMClientCustomDomain.get_verified_domains() == ["good.acme.test", "quiet.acme.test"]


def test_two_accounts_with_one_name_in_one_batch(account: Account) -> None:
    works = [take(domain_in(owner, "chat.acme.test")) for owner in (account, make_account("Other"))]
    db.session.commit()
    done = seen_by(works)
    assert bulk_record.record_reports(done, NOW) == [True, True]
    db.session.commit()
    states = db.session.scalars(select(LLMClientCustomDomain.state).order_by(LLMClientCustomDomain.id)).all()
    assert states == [DomainState.VERIFIED, DomainState.PENDING]


def test_nothing_to_record(account: Account) -> None:
    assert bulk_record.record_reports([], NOW) == []


RUN = {"like": {"zone": "acme.test"}, "since": NOW.isoformat(), "latest": NOW.isoformat(), "count": 1}


def record_one(work: record.Work, done: DelegationReport, now: datetime, *, in_bulk: bool) -> None:
    if in_bulk:
        assert bulk_record.record_reports([(work, done)], now) == [True]
    else:
        assert record.finish_check(work, done, now)


@pytest.mark.parametrize("in_bulk", [True, False])
@pytest.mark.parametrize("kind", ["pending, wrong", "verified", "failing"])
def test_what_a_check_leaves_is_given_to_the_next(account: Account, kind: str, in_bulk: bool) -> None:
    domain = domain_in(account, "chat.acme.test", **STANDINGS[kind])
    given = []
    for hours, left in enumerate([{"unheard": RUN}, None, {}, None]):
        now = NOW + timedelta(hours=hours)
        work = take(domain, now)
        given.append(work.expectation.history)
        done = replace(report(work.expectation, Verdict.PARENT_UNREACHABLE, now), history=left)
        record_one(work, done, now, in_bulk=in_bulk)
    assert given == [None, {"unheard": RUN}, {"unheard": RUN}, None]


def proved(account: Account, count: int) -> list[bulk_record.Done]:
    """First proofs of so many domains, each asked for by a request of its own."""
    works = [take(domain_in(account, f"proof{number}.acme{number}.test")) for number in range(count)]
    asked = [replace(work, request_id=f"request-{number}") for number, work in enumerate(works)]
    return seen_by(asked)


def written(domain_id: int) -> dict[str, list[object]]:
    """What a proof leaves behind besides the domain itself."""
    events = db.session.scalars(select(Event).where(Event.custom_domain_id == domain_id).order_by(Event.id))
    told = db.session.scalars(select(Notification).where(Notification.custom_domain_id == domain_id))
    certificates = db.session.scalars(select(Certificate).where(Certificate.custom_domain_id == domain_id))
    return {
        "events": [(one.kind, one.message.code if one.message else "", one.request_id) for one in events],
        "told": [(one.kind, one.occasion, one.send_after, one.request_id) for one in told],
        "certificates": [(one.state, one.generation, one.next_attempt_at) for one in certificates],
    }


def test_proofs_are_written_together_each_with_its_own_request(account: Account) -> None:
    done = proved(account, 3)
    db.session.commit()
    assert bulk_record.record_reports(done, NOW) == [True] * 3
    db.session.commit()
    for work, _ in done:
        domain = db.session.get_one(LLMClientCustomDomain, work.domain_id)
        assert (domain.state, domain.is_verified, domain.verified_at) == (DomainState.VERIFIED, True, NOW)
        assert written(work.domain_id) == {
            "events": [
                (EventKind.VERDICT_CHANGED, "verdict.changed", work.request_id),
                (EventKind.STATE_CHANGED, "domain.verified", work.request_id),
            ],
            "told": [(NotificationKind.VERIFIED, NOW, NOW, work.request_id)],
            "certificates": [(CertificateState.WANTED, 1, NOW)],
        }


def test_twice_as_many_proofs_are_hardly_more_statements(account: Account, statements: list[str]) -> None:
    """Each row is sent with its table's other rows. One by one, a proof is more than thirty statements."""
    few = proved(account, 4)
    db.session.commit()
    del statements[:]
    bulk_record.record_reports(few, NOW)
    db.session.commit()
    of_few = len(statements)
    other = make_account("Other")
    works = [take(domain_in(other, f"many{number}.many{number}.test")) for number in range(12)]
    many = seen_by(works)
    db.session.commit()
    del statements[:]
    assert bulk_record.record_reports(many, NOW) == [True] * 12
    db.session.commit()
    assert len(statements) - of_few <= 8 * MOST_FOR_A_PROOF


#: The driver's own loop over rows counts each of them as well: two events, a certificate and the domain.
MOST_FOR_A_PROOF = 5


def test_one_proof_that_breaks_is_taken_back_alone(account: Account, monkeypatch: pytest.MonkeyPatch) -> None:
    done = proved(account, 3)
    db.session.commit()
    broken, follow = done[1][0].domain_id, record.follow

    def break_one(domain: LLMClientCustomDomain, *rest: Any, **more: Any) -> None:
        follow(domain, *rest, **more)
        if domain.id == broken and domain.is_verified:
            raise RuntimeError("a fault of ours")

    monkeypatch.setattr(record, "follow", break_one)
    assert bulk_record.record_reports(done, NOW) == [True, False, True]
    db.session.commit()
    states = [db.session.get_one(LLMClientCustomDomain, work.domain_id).state for work, _ in done]
    assert states == [DomainState.VERIFIED, DomainState.PENDING, DomainState.VERIFIED]
    assert [len(written(work.domain_id)["told"]) for work, _ in done] == [1, 0, 1]


def test_of_two_accounts_that_prove_one_name_together_one_is_verified(account: Account) -> None:
    domains = [domain_in(account, "chat.acme.test"), domain_in(make_account("Other"), "chat.acme.test")]
    done = seen_by(map(take, domains))
    db.session.commit()
    assert bulk_record.record_reports(done, NOW) == [True, True]
    db.session.commit()
    assert sorted(domain.state for domain in domains) == [DomainState.PENDING, DomainState.VERIFIED]


def test_proof_below_another_accounts_verified_name_is_refused_among_others(account: Account) -> None:
    domain_in(make_account("Other"), "acme.test", **VERIFIED)
    below, free = domain_in(account, "chat.acme.test"), domain_in(account, "chat.free.test")
    done = seen_by(map(take, (below, free)))
    db.session.commit()
    assert bulk_record.record_reports(done, NOW) == [True, True]
    db.session.commit()
    assert (below.state, free.state) == (DomainState.PENDING, DomainState.VERIFIED)
