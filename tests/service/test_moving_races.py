"""A name that moves while others want it, too, on both databases: one claim on it is verified at any moment."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from flask import Flask
from sqlalchemy import func, select

from tests.domains.reports import report
from tests.factories import make_account, make_domain, make_taken, make_zone
from tests.moves.claims import GONE, HOST, MINUTE, claim, codes, contest, events_of, expected
from tests.service.racing import at_once, racing_app
from tests.serving import is_served
from webapp.audit.log import COMMAND
from webapp.checks import bulk_record, record
from webapp.dns.delegation import Verdict
from webapp.domains import suspension
from webapp.extensions import db
from webapp.models import DomainState, LLMClientCustomDomain, utcnow

__all__ = ["racing_app"]  # the fixture

pytestmark = pytest.mark.service

READS = 15


def pair(newer_first: bool = False) -> tuple[LLMClientCustomDomain, LLMClientCustomDomain]:
    """The claim that contests the name and its holder, shortly before the check that decides. Rows are locked in the
    order of their ids, which is either.
    """
    before = utcnow() - timedelta(days=1)
    found = {}
    for owner in ("New", "Old") if newer_first else ("Old", "New"):
        state = DomainState.VERIFIED if owner == "Old" else DomainState.PENDING
        verified_at = before if owner == "Old" else None
        found[owner] = claim(owner, state, verified_at=verified_at)
    contest(found["New"], found["Old"], utcnow() - 12 * MINUTE)
    return found["New"], found["Old"]


def recording(*domains: LLMClientCustomDomain, verdict: Verdict = Verdict.VERIFIED) -> Callable[[], str]:
    """One worker's batch, whose checks are taken now and recorded by the call."""
    works = [make_taken(domain, utcnow()) for domain in domains]
    db.session.commit()

    def act() -> str:
        done: list[tuple[record.Work, object]] = [
            (work, report(expected(work), verdict, utcnow())) for work in works
        ]
        return str(bulk_record.record_reports(done, utcnow()))  # type: ignore[arg-type]

    return act


def watching() -> str:
    """How many claims are verified, and whether the edge would serve the name, read over and over."""
    seen = set()
    for _ in range(READS):
        count = select(func.count()).where(LLMClientCustomDomain.is_verified)
        seen.add((db.session.scalar(count), is_served(HOST)))
        db.session.rollback()
    return str(seen)


def states(*domains: LLMClientCustomDomain) -> list[DomainState]:
    db.session.expire_all()
    return [one.state for one in domains]


@pytest.mark.parametrize("newer_first", [False, True], ids=["older holds", "newer holds"])
def test_move_while_the_holder_is_checked_at_the_same_moment(racing_app: Flask, newer_first: bool) -> None:
    new, old = pair(newer_first)
    acts = recording(new), recording(old, verdict=GONE), watching
    assert at_once(racing_app, *acts) == ["[True]", "[True]", "{(1, True)}"]
    assert states(new, old) == [DomainState.VERIFIED, DomainState.LAPSED]
    assert len(events_of("claim.moved")) == 1


def test_proof_of_the_holder_at_the_same_moment_keeps_the_name_or_comes_too_late(racing_app: Flask) -> None:
    new, old = pair()
    acts = recording(new), recording(old), watching
    assert at_once(racing_app, *acts) == ["[True]", "[True]", "{(1, True)}"]
    assert states(new, old) in (
        [DomainState.VERIFIED, DomainState.LAPSED],
        [DomainState.PENDING, DomainState.VERIFIED],
    )


def test_two_claimants_at_once(racing_app: Flask) -> None:
    """Both would move the name. The database decides, and the other one waits for its turn against the winner."""
    new, old = pair()
    third = claim("Third")
    record_first = recording(third)
    assert record_first() == "[True]"
    third.contests_since = utcnow() - 12 * MINUTE
    db.session.commit()
    acts = recording(new), recording(third), watching
    assert at_once(racing_app, *acts) == ["[True]", "[True]", "{(1, True)}"]
    assert sorted(states(new, third)) == [DomainState.PENDING, DomainState.VERIFIED]
    assert old.state is DomainState.LAPSED
    loser = new if new.state is DomainState.PENDING else third
    assert loser.contests_since is not None
    assert codes(loser)[-1] == "claim.contests"
    assert len(events_of("claim.moved")) == 1


def test_batches_that_move_the_same_names_do_not_wait_for_ever(racing_app: Flask) -> None:
    """Two workers with the new claims in opposite orders, and a third with the holders."""
    names = [f"n{number}.acme.test" for number in range(3)]
    began = utcnow() - 12 * MINUTE
    owners = {owner: make_account(owner) for owner in ("Old", "New", "Third")}
    claims: dict[str, list[LLMClientCustomDomain]] = {}
    for owner, account in owners.items():
        state = DomainState.VERIFIED if owner == "Old" else DomainState.PENDING
        claims[owner] = [make_domain(account, name, state) for name in names]
        for domain in claims[owner]:
            make_zone(domain)
    db.session.commit()
    batch(claims["New"] + claims["Third"], Verdict.VERIFIED, began)
    for minutes in (1, 11):
        batch(claims["Old"], GONE, began + minutes * MINUTE)
    acts = [recording(*claims["New"]), recording(*reversed(claims["Third"]))]
    assert at_once(racing_app, *acts, recording(*claims["Old"], verdict=GONE)) == [
        str([True] * n) for n in (3, 3, 3)
    ]
    assert LLMClientCustomDomain.get_verified_domains() == names
    assert set(states(*claims["Old"])) == {DomainState.LAPSED}
    for new, third in zip(claims["New"], claims["Third"], strict=True):
        assert sorted(states(new, third)) == [DomainState.PENDING, DomainState.VERIFIED]


def batch(domains: list[LLMClientCustomDomain], verdict: Verdict, now: datetime) -> None:
    works = [make_taken(domain, now) for domain in domains]
    done = [(work, report(expected(work), verdict, now)) for work in works]
    assert all(bulk_record.record_reports(done, now))
    db.session.commit()


@pytest.mark.parametrize("side", [0, 1], ids=["the claim", "the holder"])
def test_suspension_at_the_same_moment_stops_the_move_or_comes_too_late(racing_app: Flask, side: int) -> None:
    both = pair(newer_first=bool(side))
    suspended_id = both[side].id
    act = recording(both[0])

    def suspend() -> str:
        domain = db.session.get_one(LLMClientCustomDomain, suspended_id)
        return str(suspension.suspend(domain, actor=COMMAND, reason="Dispute."))

    assert at_once(racing_app, act, suspend) == ["[True]", "None"]
    new, old = both
    moved = states(new, old) == [DomainState.VERIFIED, DomainState.LAPSED]
    assert moved or (new.state, old.state) == (DomainState.PENDING, DomainState.FAILING)
    assert new.contests_since is None
    holds = new if moved else old
    assert is_served(HOST) is holds.is_verified is (both[side] is not holds)
