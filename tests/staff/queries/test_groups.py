"""Staff's groups of all accounts' domains are those that the customers see."""

from __future__ import annotations

import pytest
from flask import Flask
from sqlalchemy import select

from tests.factories import make_account, make_domain, make_zone
from tests.statements import statements
from webapp.dns.delegation import Verdict
from webapp.domains.listing.ranks import WHOSE, rank_of_row
from webapp.extensions import db
from webapp.messages.sentences.certificates import Problem
from webapp.models import (
    Account,
    Certificate,
    CertificateState,
    DomainState,
    LLMClientCustomDomain,
    Message,
    ZoneState,
    utcnow,
)
from webapp.staff.queries.groups import Group, group_counts
from webapp.staff.queries.search import Mark, Wanted, find_domains


def with_certificate(
    account: Account, name: str, problem: Problem, generation: int = 1
) -> LLMClientCustomDomain:
    domain = make_domain(account, name, DomainState.VERIFIED)
    domain.certificates.append(
        Certificate(
            domain_name=name,
            generation=generation,
            state=CertificateState.FAILED,
            problem=Message(problem.value, {"issuers": "x", "name": name}),
            idempotency_token=name.replace(".", ""),
        )
    )
    return domain


@pytest.fixture
def all_kinds(account: Account) -> dict[Group, set[str]]:
    """Domains of two accounts, and the names of each group."""
    for owner, end in ((account, "acme.test"), (make_account("Rival"), "rival.test")):
        make_domain(owner, f"live.{end}", DomainState.VERIFIED)
        make_domain(
            owner, f"gone.{end}", DomainState.VERIFIED, contrary_since=utcnow(), verdict=Verdict.NOT_DELEGATED
        )
        make_domain(owner, f"ds.{end}", DomainState.VERIFIED, verdict=Verdict.STALE_DS)
        with_certificate(owner, f"caa.{end}", Problem.CAA_RESTRICTED)
        with_certificate(owner, f"slow.{end}", Problem.TIMED_OUT)
        make_zone(make_domain(owner, f"waiting.{end}", verdict=Verdict.NOT_DELEGATED))
        make_zone(make_domain(owner, f"wrong.{end}", verdict=Verdict.DELEGATION_PARTIAL))
        make_zone(make_domain(owner, f"refused.{end}"), ZoneState.REFUSED)
        make_domain(owner, f"failing.{end}", DomainState.FAILING, grace_until=utcnow())
        make_domain(owner, f"lapsed.{end}", DomainState.LAPSED)
        make_domain(owner, f"expired.{end}", DomainState.EXPIRED)
        make_domain(owner, f"removing.{end}", DomainState.REMOVING)
        make_domain(owner, f"removed.{end}", DomainState.REMOVED)
        make_domain(owner, f"held.{end}", DomainState.VERIFIED, held_at=utcnow())
        make_domain(owner, f"held-pending.{end}", held_at=utcnow())
        make_domain(
            owner,
            f"alarm.{end}",
            DomainState.VERIFIED,
            alarm_since=utcnow(),
            alarm={"code": "x", "params": {"zone": end}},
        )
    db.session.commit()
    firsts = {
        Group.ACTION: "gone ds caa wrong refused lapsed alarm",
        Group.FAILING: "failing",
        Group.WAITING: "waiting",
        Group.VERIFIED: "live slow",
        Group.SUSPENDED: "held held-pending",
        Group.OFF: "expired",
        Group.REMOVING: "removing",
    }
    return {
        group: {f"{one}.{end}" for one in names.split() for end in ("acme.test", "rival.test")}
        for group, names in firsts.items()
    }


def names_in(group: Group, text: str = "", page: int = 50) -> list[str]:
    found: list[str] = []
    mark: Mark | None = None
    while True:
        some = find_domains(Wanted(text, group=group), mark, page)
        found += [one.domain_name for one in some.domains]
        if some.next is None:
            return found
        mark = Mark.read(str(some.next))
        assert mark is not None


@pytest.mark.parametrize("group", Group)
def test_group_shows_its_own_of_all_accounts(all_kinds: dict[Group, set[str]], group: Group) -> None:
    assert set(names_in(group)) == all_kinds[group]


@pytest.mark.parametrize("group", Group)
def test_pages_of_a_group_miss_and_repeat_nothing(all_kinds: dict[Group, set[str]], group: Group) -> None:
    assert sorted(names_in(group, page=1)) == sorted(all_kinds[group])


@pytest.mark.parametrize("group", Group)
def test_search_within_a_group(all_kinds: dict[Group, set[str]], group: Group) -> None:
    expected = {name for name in all_kinds[group] if name.endswith("rival.test")}
    assert set(names_in(group, "rival.test")) == expected


def test_counts_are_those_of_the_lists(all_kinds: dict[Group, set[str]]) -> None:
    assert group_counts() == {group.value: len(names) for group, names in all_kinds.items()}


def test_staff_and_customers_see_every_row_alike(all_kinds: dict[Group, set[str]], account: Account) -> None:
    everywhere = select(LLMClientCustomDomain.domain_name, rank_of_row(everywhere=True))
    own = select(LLMClientCustomDomain.domain_name, rank_of_row()).where(
        LLMClientCustomDomain.account_id == account.id
    )
    of_all = dict(db.session.execute(everywhere).all())
    of_one = dict(db.session.execute(own, {WHOSE.key: account.id}).all())
    assert len(of_one) == 16
    assert {name: of_all[name] for name in of_one} == of_one


def test_counting_takes_the_same_statements_whatever_there_is(
    app: Flask, all_kinds: dict[Group, set[str]]
) -> None:
    with statements() as seen:
        group_counts()
    assert len(seen) == 4
