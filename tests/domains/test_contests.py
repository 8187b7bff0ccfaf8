"""Claims that are proved in one batch are refused by the rules by which each alone is refused."""

from __future__ import annotations

from datetime import timedelta
from typing import Any, NamedTuple

import pytest
from flask import current_app
from hypothesis import HealthCheck, given
from hypothesis import settings as examples
from hypothesis import strategies as st

from tests.domains.reports import report
from tests.factories import make_account, make_domain, make_taken, make_zone
from webapp.checks import bulk_record
from webapp.dns.delegation import Verdict
from webapp.domains.contests import may_be_refused
from webapp.domains.registration import in_the_way_of
from webapp.extensions import db, settings
from webapp.models import Account, DeniedName, DomainState, LLMClientCustomDomain, utcnow

NOW = utcnow()
NAMES = ["acme.test", "chat.acme.test", "a.chat.acme.test", "b.acme.test", "chat.free.test", "one.co.uk"]
STATES = {
    "proved": DomainState.PENDING,
    "proved again": DomainState.LAPSED,
    "pending": DomainState.PENDING,
    "verified": DomainState.VERIFIED,
    "failing": DomainState.FAILING,
    "removed": DomainState.REMOVED,
}


class Claim(NamedTuple):
    """`stale`: its registrable domain is that of an older list of public suffixes."""

    name: str
    owner: int
    kind: str
    held: bool
    stale: bool

    @property
    def is_proved(self) -> bool:
        return self.kind.startswith("proved") and not self.held


class Entry(NamedTuple):
    name: str
    below: bool


CLAIMS = st.builds(
    Claim,
    st.sampled_from(NAMES),
    st.integers(0, 2),
    st.sampled_from(["proved", "proved", *STATES]),
    st.integers(0, 5).map(lambda drawn: drawn == 5),
    st.integers(0, 9).map(lambda drawn: drawn == 9),
)
#: No account claims a name twice, and no name is verified twice: the database takes neither.
WORLDS = st.lists(CLAIMS, min_size=2, max_size=7, unique_by=lambda one: (one.name, one.owner)).filter(
    lambda claims: len(served(claims)) == len(set(served(claims))) and any(one.is_proved for one in claims)
)
ENTRIES = st.builds(Entry, st.sampled_from(["test", *NAMES]), st.booleans())


def served(claims: list[Claim]) -> list[str]:
    return [one.name for one in claims if STATES[one.kind].is_verified and not one.held]


def make(claim: Claim, owner: Account) -> LLMClientCustomDomain:
    before = NOW - timedelta(days=1)
    held = {"held_at": before, "hold_reason": "Reported."} if claim.held else {}
    domain = make_domain(owner, claim.name, STATES[claim.kind], created_at=before, **held)
    if claim.stale:
        domain.registrable_domain = claim.name.partition(".")[2]
    make_zone(domain)
    return domain


def prove(domain: LLMClientCustomDomain) -> bulk_record.Done:
    work = make_taken(domain, NOW)
    return work, report(work.expectation, Verdict.VERIFIED, NOW)


def refused(domains: list[LLMClientCustomDomain]) -> set[int]:
    return {one.id for one in domains if in_the_way_of(one, settings()) is not None}


@pytest.mark.usefixtures("app")
@given(
    claims=WORLDS,
    denied=st.lists(ENTRIES, max_size=2, unique_by=lambda one: one.name),
    platform=st.sampled_from(["platform.example", "platform.example", "chat.acme.test"]),
)
@examples(max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_a_batch_refuses_what_is_refused_alone(
    claims: list[Claim], denied: list[Entry], platform: str
) -> None:
    current_app.extensions["settings"] = settings().model_copy(update={"platform_domain": platform})
    world = db.session.begin_nested()
    try:
        db.session.add_all([DeniedName(**one._asdict(), reason="x", actor_name="x") for one in denied])
        owners = [make_account(name) for name in ("One", "Two", "Three")]
        domains = [make(claim, owners[claim.owner]) for claim in claims]
        proved = [domain for domain, claim in zip(domains, claims, strict=True) if claim.is_proved]
        db.session.flush()
        assert refused(proved) <= may_be_refused(proved)
        done: list[Any] = [prove(domain) for domain in proved]
        assert all(bulk_record.record_reports(done, NOW))
        db.session.expire_all()
        # Of several that exclude each other the first is served, and is in the way of the others from then on.
        assert refused(proved) == {one.id for one in proved if not one.is_verified}
    finally:
        world.rollback()
        db.session.expunge_all()


def test_what_nobody_contests_is_written_together(account: Account) -> None:
    """Else each batch would be recorded one by one, and slowly."""
    mine = [make_domain(account, name) for name in NAMES]
    make_domain(make_account("Other"), "chat.other.test", DomainState.VERIFIED)
    assert may_be_refused(mine) == set()


def test_verified_name_above_is_found_by_whatever_list_it_was_stored(account: Account) -> None:
    make(Claim("acme.test", 1, "verified", held=False, stale=True), make_account("Other"))
    below = make(Claim("chat.acme.test", 0, "proved", held=False, stale=False), account)
    assert refused([below]) == may_be_refused([below]) == {below.id}


def test_two_accounts_are_not_served_one_above_the_other_by_two_lists(account: Account) -> None:
    """A list in which chat.acme.test was a public suffix, and that of today. The lower name is written first: another
    account's claim beside the higher one keeps that from being written before all others.
    """
    other = make_account("Other")
    claims = [
        make(Claim("a.chat.acme.test", 0, "proved", held=False, stale=True), account),
        make(Claim("b.acme.test", 0, "proved", held=False, stale=False), account),
        make(Claim("chat.acme.test", 1, "proved", held=False, stale=False), other),
    ]
    db.session.flush()
    assert all(bulk_record.record_reports([prove(one) for one in claims], NOW))
    db.session.expire_all()
    assert [one.is_verified for one in claims] == [True, True, False]
    assert {one.registrable_domain for one in claims} == {"acme.test"}


def test_name_below_that_was_verified_by_an_earlier_list_is_in_the_way(account: Account) -> None:
    make(Claim("a.chat.acme.test", 1, "verified", held=False, stale=True), make_account("Other"))
    above = make(Claim("chat.acme.test", 0, "proved", held=False, stale=False), account)
    assert refused([above]) == {above.id}
