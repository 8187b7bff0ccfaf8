from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from tests.dns.records_method.cases import (
    EDGE,
    HOST,
    SERVERS,
    TARGET,
    ZONE,
    expectation,
    host,
    seen,
    zone_seen,
)
from webapp.dns.answers import Outcome
from webapp.dns.records_method.lookup.marks import is_apex, leads, leads_to_us
from webapp.dns.records_method.lookup.observation import BeyondAnswer

AT_APEX = expectation(host=ZONE, edge_addresses=EDGE)
NAMES = tuple(f"h{number}.acme.com" for number in range(16))


def beyond(*names: str, number: int = 53, told: bool = True) -> BeyondAnswer:
    return BeyondAnswer("cdn.other.net", f"192.0.2.{number}:53", Outcome.NOERROR, told, names)


@pytest.mark.parametrize(
    ("names", "us"),
    [
        ((TARGET,), True),
        (("a.acme.com", TARGET), True),
        ((TARGET, "lb.edge.example"), True),
        ((*NAMES[:15], TARGET), True),
        ((*NAMES[:16], TARGET), False),
        (("other.example",), False),
        ((f"www.{TARGET}",), False),
        ((), False),
    ],
)
def test_the_target_counts_wherever_it_stands_on_the_way(names: tuple[str, ...], us: bool) -> None:
    assert leads(expectation(), seen(), host(SERVERS[0], *names)) is us


@pytest.mark.parametrize(
    ("words", "us"),
    [
        ((beyond(TARGET),), True),
        ((beyond("b.other.net", TARGET), beyond("b.other.net", TARGET, number=54)), True),
        ((beyond("b.other.net"),), False),
        ((beyond(TARGET), beyond("b.other.net", number=54)), None),
        ((beyond(told=False),), None),
        ((beyond(TARGET), beyond(told=False, number=54)), True),
        ((), None),
        ((beyond(*NAMES[:15], TARGET),), False),
    ],
)
def test_beyond_the_zone_all_resolvers_that_can_tell_must_say_so(
    words: tuple[BeyondAnswer, ...], us: bool | None
) -> None:
    said = host(SERVERS[0], "cdn.other.net", open=True)
    assert leads(expectation(), seen(beyond=words), said) is us


@pytest.mark.parametrize(
    ("addresses", "us"),
    [
        (EDGE, True),
        (EDGE[:2], False),
        ((*EDGE, "192.0.2.1"), False),
        (("192.0.2.1",), False),
        ((), False),
    ],
)
def test_at_an_apex_exactly_the_edges_addresses_lead_to_us(addresses: tuple[str, ...], us: bool) -> None:
    said = host(SERVERS[0], addresses=frozenset(addresses))
    assert leads(AT_APEX, seen(), said) is us
    assert leads(expectation(edge_addresses=EDGE), seen(), said) is False, (
        "elsewhere a CNAME record is needed"
    )


@pytest.mark.parametrize(("addresses", "us"), [(EDGE[:1], True), (("192.0.2.1",), False), ((), False)])
def test_an_alias_record_gives_some_of_the_targets_addresses(addresses: tuple[str, ...], us: bool) -> None:
    observation = seen(target_addresses=frozenset(EDGE))
    said = host(SERVERS[0], addresses=frozenset(addresses))
    assert leads(expectation(host=ZONE), observation, said) is us


def test_what_was_lost_is_unknown() -> None:
    assert leads(expectation(), seen(), host(SERVERS[0], "a.acme.com", lost=True)) is None
    assert leads(expectation(), seen(), host(SERVERS[0], TARGET, lost=True)) is True


@pytest.mark.parametrize(
    ("changes", "zone", "apex"),
    [({}, ZONE, False), ({}, HOST, True), ({"apex": True}, "com", True), ({}, None, False)],
)
def test_an_apex_is_one_by_its_name_or_by_its_zone(
    changes: dict[str, Any], zone: str | None, apex: bool
) -> None:
    assert is_apex(expectation(**changes), seen(zone=zone_seen(parent_zone=zone))) is apex


def test_all_servers_have_to_lead_to_us() -> None:
    observation = seen()
    assert leads_to_us(expectation(), observation)
    mixed = (observation.hosts[0], host(SERVERS[1], "other.example"))
    assert not leads_to_us(expectation(), replace(observation, hosts=mixed))
    silent = tuple(replace(one, told=False) for one in observation.hosts)
    assert not leads_to_us(expectation(), replace(observation, hosts=silent))
