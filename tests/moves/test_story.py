"""Two accounts, one name and the DNS of its owner: by the engine, turn by turn, with the edge asked after each."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import pytest
from flask import Flask

from tests.factories import make_account, make_domain, make_llm_client, make_zone
from tests.moves.claims import MINUTE, codes, told
from tests.serving import is_served
from tests.twins.dns import Fault, MemoryDns
from tests.twins.dns_zone import MemoryZone
from webapp.checks import bulk_record, record, schedule
from webapp.dns import methods
from webapp.extensions import db, settings
from webapp.models import DomainState, LLMClientCustomDomain, Method, RecordsProof, utcnow
from webapp.moves.evidence import standing_of
from webapp.proofs.records import intent, queries

START = utcnow()
EDGE = ("45.76.10.1", "45.76.10.2")
EDGE_DOMAIN = "edge.nameplate.net"
HOST = "chat.acme.com"


@dataclass
class World:
    """acme.com at its owner's provider, the edge's zone, and what the clock says."""

    dns: MemoryDns
    acme: MemoryZone
    edge: MemoryZone
    now: datetime = START
    claims: list[LLMClientCustomDomain] = field(default_factory=list)

    def claim(self, owner: str, method: Method, name: str = HOST) -> LLMClientCustomDomain:
        account = make_account(owner)
        domain = make_domain(account, name, method=method, next_check_at=self.now)
        make_llm_client(account, custom_domain=domain)
        if method is Method.RECORDS:
            self.edge.put(intent.want_proof(domain, self.now).target, "A", *EDGE)
        else:
            self.dns.zone(name, *make_zone(domain).name_servers, delegate=False)
        db.session.commit()
        self.claims.append(domain)
        return domain

    def publish(self, *tokens: LLMClientCustomDomain, leads_to: LLMClientCustomDomain | None = None) -> None:
        """The owner's zone from now on: these tokens, and the name led to this claim."""
        name = self.claims[0].domain_name
        self.acme.put(f"_nameplate-challenge.{name}", "TXT", *(f'"{_proof(one).token}"' for one in tokens))
        for rdtype in ("NS", "CNAME"):
            if name != "acme.com":
                self.acme.put(name, rdtype)
        if leads_to is not None and leads_to.method is Method.DELEGATION:
            self.acme.put(name, "NS", *leads_to.zones[0].name_servers)
        elif leads_to is not None:
            self.acme.put(name, "CNAME", _proof(leads_to).target)

    def turn(self, minutes: int = 1) -> None:
        """Time passes, and everything that is due then is asked of DNS and recorded."""
        self.now += minutes * MINUTE
        schedule.open_due(self.now)
        works = record.take_batch(50, self.now)
        done = [(work, asyncio.run(methods.verify(work.expectation, self.dns, self.now))) for work in works]
        if done:
            bulk_record.record_reports(done, self.now)
        db.session.commit()

    def turns(self, most: int, until: Callable[[], bool] = lambda: False, minutes: int = 1) -> int:
        """How many turns passed. The edge never said no, and one claim alone had the name, after each of them."""
        for passed in range(most):
            if until():
                return passed
            self.turn(minutes)
            assert is_served(self.claims[0].domain_name)
            assert len([one for one in self.claims if one.is_verified]) == 1
        return most


def _proof(domain: LLMClientCustomDomain) -> RecordsProof:
    found = queries.current_proof(domain)
    assert found is not None
    return found


@pytest.fixture
def world(app: Flask) -> World:
    changed = {"edge_domain": EDGE_DOMAIN, "edge_target": EDGE}
    app.extensions["settings"] = settings().model_copy(update=changed)
    dns = MemoryDns()
    acme = dns.zone("acme.com", "ns1.provider.test", "ns2.provider.test")
    return World(dns, acme, dns.zone(EDGE_DOMAIN, f"ns1.{EDGE_DOMAIN}"))


def settled(world: World, domain: LLMClientCustomDomain) -> None:
    """It is verified, and its next check by schedule is hours away."""
    world.turn()
    assert domain.state is DomainState.VERIFIED
    domain.next_check_at = world.now + timedelta(hours=24)
    db.session.commit()


@pytest.mark.parametrize("new_method", Method)
@pytest.mark.parametrize("old_method", Method)
def test_owner_changes_to_another_account(world: World, old_method: Method, new_method: Method) -> None:
    old = world.claim("Agency", old_method)
    tokens = [old] if old_method is Method.RECORDS else []
    world.publish(*tokens, leads_to=old)
    settled(world, old)
    new = world.claim("Acme itself", new_method)
    assert world.turns(3, minutes=10) == 3
    assert (codes(old).count("claim.contested"), new.contests_since) == (0, None)
    # The former token is forgotten in the zone. The name leads to the new claim all the same, and that decides.
    world.publish(*tokens, *([new] if new_method is Method.RECORDS else []), leads_to=new)
    new.next_check_at, new.check_attempt = world.now, 0  # Verify was pressed
    db.session.commit()
    world.turns(2, lambda: new.contests_since is not None)
    assert new.contests_since is not None
    assert [one.code for one in told(old)][-1] == "notification.contested"
    began = world.now
    world.turns(30, lambda: new.is_verified)
    assert new.is_verified
    assert timedelta(minutes=10) <= world.now - began <= timedelta(minutes=15)
    assert old.state is DomainState.LAPSED
    assert [one.code for one in told(old)][-1] == "notification.moved-away"
    assert world.turns(4, minutes=30) == 4
    assert new.is_verified


def test_apex_that_both_prove_stays_until_the_former_token_goes(world: World) -> None:
    """Both lead to the edge's addresses, so that only the tokens tell the two apart."""
    old = world.claim("Agency", Method.RECORDS, "acme.com")
    world.acme.put("acme.com", "A", *EDGE)
    world.publish(old)
    settled(world, old)
    new = world.claim("Acme itself", Method.RECORDS, "acme.com")
    world.publish(old, new)
    assert world.turns(12, minutes=10) == 12
    assert (old.state, new.state) == (DomainState.VERIFIED, DomainState.PENDING)
    standing = standing_of(new, settings(), world.now)
    assert standing is not None
    assert standing.stands
    assert codes(old).count("claim.contested") == 1
    world.publish(new)
    world.turns(40, lambda: new.is_verified, minutes=5)
    assert (old.state, new.state) == (DomainState.LAPSED, DomainState.VERIFIED)


def test_claim_without_a_proof_of_its_own_gets_nothing(world: World) -> None:
    """Neither a name that is led nowhere, nor the former claim's records, prove anything for another account."""
    old = world.claim("Agency", Method.RECORDS)
    world.publish(old, leads_to=old)
    settled(world, old)
    new = world.claim("Stranger", Method.RECORDS)
    world.publish(leads_to=None)
    old.next_check_at = new.next_check_at = world.now
    db.session.commit()
    world.turns(8, minutes=15)
    assert (old.state, new.state) == (DomainState.FAILING, DomainState.PENDING)
    assert new.contests_since is None


def test_token_alone_reserves_and_moves_nothing(world: World) -> None:
    old = world.claim("Agency", Method.RECORDS)
    world.publish(old, leads_to=old)
    settled(world, old)
    new = world.claim("Acme itself", Method.RECORDS)
    world.publish(new, leads_to=old)
    world.turns(6, minutes=10)
    assert (new.state, new.contests_since) == (DomainState.PENDING, None)
    assert old.is_verified


def test_silent_servers_move_nothing(world: World) -> None:
    old = world.claim("Agency", Method.RECORDS)
    world.publish(old, leads_to=old)
    settled(world, old)
    new = world.claim("Acme itself", Method.RECORDS)
    world.publish(new, leads_to=new)
    world.turns(2)
    assert new.contests_since is not None
    for server in ("ns1.provider.test", "ns2.provider.test"):
        world.dns.server(server).fault = Fault.SILENT
    world.turns(6, minutes=5)
    assert (old.is_verified, new.is_verified) == (True, False)
    for server in ("ns1.provider.test", "ns2.provider.test"):
        world.dns.server(server).fault = None
    world.turns(30, lambda: new.is_verified, minutes=2)
    assert (old.state, new.state) == (DomainState.LAPSED, DomainState.VERIFIED)
