from __future__ import annotations

import asyncio
from typing import Any

import pytest

from tests.dns.records_method.cases import (
    EDGE,
    HOST,
    LABEL,
    OTHER_TOKEN,
    SERVERS,
    TARGET,
    TOKEN,
    ZONE,
    expectation,
    quoted,
    world,
)
from tests.twins.dns import Fault, MemoryDns
from webapp.dns.answers import Outcome
from webapp.dns.limits import Limits
from webapp.dns.records_method import RecordsObservation, look_up


def measured(dns: MemoryDns, **changes: Any) -> RecordsObservation:
    return asyncio.run(look_up(expectation(**changes), dns))


def test_what_is_measured_where_all_is_right() -> None:
    seen = measured(world()[0])
    zone = seen.zone
    assert (zone.parent_zone, zone.parent_needed, zone.trouble, zone.complete) == (ZONE, 2, None, True)
    assert [(one.server, one.told, one.texts) for one in seen.texts] == [(s, True, (TOKEN,)) for s in SERVERS]
    assert [(one.server, one.names) for one in seen.hosts] == [(s, (TARGET,)) for s in SERVERS]
    assert (zone.wildcard, seen.host_wildcard, zone.misplaced_at, seen.beyond) == ("", "", (), ())
    assert [(one.name_servers, one.denies, one.unsettled) for one in zone.resolvers] == [
        (frozenset({"token"}), False, False)
    ]
    assert [one.name_servers for one in seen.visitors] == [frozenset({"target"})]


def test_resolvers_are_asked_for_nothing_while_the_token_is_missing() -> None:
    seen = measured(world(token=None)[0])
    assert (seen.zone.resolvers, seen.visitors) == ((), ())


def test_a_name_that_is_verified_already_is_asked_for_no_wildcard() -> None:
    dns, _ = world()
    assert measured(dns, proved=True).zone.wildcard is None
    new = len(dns.questions)
    measured(dns)
    assert len(dns.questions) - new > new


def test_a_token_from_a_wildcard_is_no_mistake_of_its_owner() -> None:
    dns, acme = world(token=None)
    acme.put(f"*.{HOST}", "TXT", quoted("v=spf1 -all"), quoted(OTHER_TOKEN))
    assert set(measured(dns).made_up) == {"v=spf1 -all", OTHER_TOKEN}
    acme.put(LABEL, "TXT", quoted(OTHER_TOKEN))
    assert measured(dns).made_up == ()


def test_addresses_of_the_target_are_learnt_where_those_of_the_edge_are_not_known() -> None:
    dns, acme = world(target=None)
    acme.put(HOST, "A", EDGE[0])
    assert measured(dns).target_addresses == frozenset(EDGE)
    assert measured(dns, edge_addresses=EDGE).target_addresses == frozenset()


@pytest.mark.parametrize("queries", range(0, 30, 3))
def test_the_questions_are_limited_and_nothing_is_raised(queries: int) -> None:
    dns, _ = world(limits=Limits(queries=queries), resolvers=2)
    seen = measured(dns)
    assert len([one for one in seen.zone.asked if one.dig]) <= queries
    if len(seen.zone.resolvers) == 2 and not any(one.unsettled for one in seen.zone.resolvers):
        assert {one.outcome for one in seen.zone.resolvers} == {Outcome.NOERROR}


@pytest.mark.parametrize("hangs", ["resolver", "server", "second resolver"])
def test_at_the_deadline_no_resolver_passes_for_one_that_denies_nothing(hangs: str) -> None:
    dns, _ = world(limits=Limits(seconds=0.2), resolvers=2)
    if hangs == "server":
        dns.server(SERVERS[0]).fault = Fault.HANGS
    else:
        dns.recursive[hangs != "resolver"].fault = Fault.HANGS
    seen = measured(dns)
    assert not seen.zone.complete
    assert all(one.unsettled for one in seen.zone.resolvers)


def test_servers_that_show_a_name_of_another_zone_are_followed_once() -> None:
    dns, _ = world(target="cdn.other.net")
    dns.zone("other.net", "ns1.other.net").put("cdn.other.net", "CNAME", TARGET)
    seen = measured(dns)
    assert [(one.name, one.names) for one in seen.beyond] == [("cdn.other.net", (TARGET,))]
