"""A day without a resolver, and a day without an answer from the parent: real servers, simulated time."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import select

from tests.app_fixtures import make_app
from tests.factories import make_account, make_domain, make_zone
from tests.service.dns_tree import DnsTree
from tests.service.dns_tree.tree import SIGNED
from tests.service.dns_tree.unbound import Unbound
from webapp.checks import bulk_record, record, runner, schedule
from webapp.dns.limits import Limits
from webapp.dns.wire.network import NetworkDns
from webapp.extensions import db
from webapp.models import Check, DomainState, Event, EventKind, LLMClientCustomDomain, Notification, utcnow
from webapp.reports.rows import ended

DAY = timedelta(days=1)
#: Between two checks of a name that could not be asked; four hours for a name that is not live.
LIVE_GAP, PENDING_GAP = timedelta(minutes=16), timedelta(hours=4, minutes=1)
HASTY = Limits(server_try_seconds=0.03, resolver_try_seconds=0.05, tries=1)
#: For resolvers that answer nobody in any case: how long each of them is waited for is all that such a day takes.
HASTIER = replace(HASTY, resolver_try_seconds=0.005)
#: What was left of a failing name's grace when the servers went away.
GRACE = timedelta(hours=6)


class Day:
    """Names in four states, checked whenever they are due. Their records were right when the day began."""

    def __init__(self, tree: DnsTree) -> None:
        self.now = utcnow()
        self.tree = tree
        parent = tree.parent()
        states = (DomainState.VERIFIED, DomainState.FAILING, DomainState.PENDING, DomainState.LAPSED)
        self.domains = [self._domain(state, f"{state}.{parent}") for state in states]
        db.session.commit()

    def _domain(self, state: DomainState, name: str) -> LLMClientCustomDomain:
        values = {"grace_until": self.now + GRACE, "contrary_since": self.now - DAY}
        domain = make_domain(
            make_account(state.value),
            name,
            state=state,
            next_check_at=self.now,
            created_at=self.now - DAY,
            **(values if state is DomainState.FAILING else {}),
        )
        servers = self.tree.host_zone(name)
        make_zone(domain, name_servers=sorted(servers))
        self.tree.delegate(name, servers)
        return domain

    def passes(self, until: datetime, dns: NetworkDns) -> None:
        """Works off what is due, and goes on to when the next is due."""
        while self.now < until:
            schedule.expire_pending(self.now, 30)
            schedule.open_due(self.now)
            works = record.take_batch(50, self.now)
            db.session.commit()
            found = asyncio.run(_check(works, dns))
            bulk_record.record_reports([(one.work, one.report) for one in found if one.report], self.now)
            db.session.commit()
            due = [domain.next_check_at for domain in self.domains if domain.next_check_at]
            assert len(due) == len(self.domains), "a name is never checked again"
            self.now = max(min(due), self.now + timedelta(seconds=1))

    def states(self) -> list[DomainState]:
        return [domain.state for domain in self.domains]

    def gaps(self, domain: LLMClientCustomDomain) -> list[timedelta]:
        """Between the checks of a domain, all of which were recorded."""
        rows = db.session.scalars(
            select(Check).where(Check.custom_domain_id == domain.id).order_by(Check.id)
        ).all()
        times = [at for at in map(ended, rows) if at]
        assert len(times) == len(rows)
        return [later - earlier for earlier, later in itertools.pairwise(times)]

    def assert_nothing_was_held_against_anybody(self, before: list[DomainState]) -> None:
        assert self.states() == before
        kinds = set(db.session.scalars(select(Event.kind)))
        assert not kinds & {EventKind.STATE_CHANGED, EventKind.VERDICT_CHANGED}
        assert db.session.scalars(select(Notification)).all() == []
        assert [domain.contrary_since is None for domain in self.domains] == [True, False, True, True]
        for domain in self.domains:
            longest = LIVE_GAP if domain.state is DomainState.VERIFIED else PENDING_GAP
            assert max(self.gaps(domain)) <= longest, domain.domain_name

    def assert_all_is_well_soon(self, dns: NetworkDns) -> None:
        self.passes(self.now + PENDING_GAP, dns)
        assert self.states() == [DomainState.VERIFIED] * 4


async def _check(works: list[record.Work], dns: NetworkDns) -> list[runner.Finished]:
    async with runner.opened(dns, 50) as this:
        this.start(works)
        found = []
        while not this.idle:
            found += await this.finished()
        return found


@pytest.fixture
def application(database_url: str, tmp_path: Path) -> Iterator[Flask]:
    app = make_app(tmp_path, database_url=database_url)
    with app.app_context():
        yield app
        db.session.remove()
        db.engine.dispose()


@contextmanager
def resolver(tree: DnsTree, folder: Path) -> Iterator[Unbound]:
    """One of the test's own, which it may stop."""
    anchor = f"{SIGNED}. DS {tree.ds(SIGNED)}"
    unbound = Unbound(tree._loopback.address(55), folder, tree.address("root"), anchor)
    try:
        unbound.wait_until_ready()
        yield unbound
    finally:
        unbound.stop()


@pytest.mark.parametrize("how", ["stopped", "silent"])
def test_day_without_our_resolver(application: Flask, dns_tree: DnsTree, tmp_path: Path, how: str) -> None:
    with resolver(dns_tree, tmp_path / "unbound") as unbound:
        day = Day(dns_tree)
        before = day.states()
        unbound.stop() if how == "stopped" else unbound._daemon.pause()
        day.passes(day.now + DAY, dns_tree.network_dns(resolvers=[unbound.address], limits=HASTIER))
        day.assert_nothing_was_held_against_anybody(before)
    with resolver(dns_tree, tmp_path / "again") as unbound:
        day.assert_all_is_well_soon(dns_tree.network_dns(resolvers=[unbound.address]))


def test_day_without_the_parents_servers(application: Flask, dns_tree: DnsTree) -> None:
    day = Day(dns_tree)
    before = day.states()
    with dns_tree.silence("p1", "p2"):
        day.passes(day.now + DAY, dns_tree.network_dns(limits=HASTY))
    day.assert_nothing_was_held_against_anybody(before)
    day.assert_all_is_well_soon(dns_tree.network_dns())
