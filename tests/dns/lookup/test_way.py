"""The delegations on the way down to the parent zone."""

from __future__ import annotations

import asyncio
from dataclasses import replace

from tests.dns.delegation.cases import HOST, OTHERS, OURS, PARENTS, expectation, world
from tests.twins.dns import Fault, MemoryDns
from tests.twins.dns_zone import MemoryZone, Response
from webapp.dns.delegation import Observation, look_up
from webapp.dns.records import RecordSet
from webapp.dns.servers.evidence import Delegation


def handed(names: tuple[str, ...], zone: str = "acme.com") -> tuple[MemoryDns, MemoryZone]:
    """A world in which the zone above hands out these name servers for `zone`."""
    dns, acme = world()
    dns.above(zone).put(zone, "NS", *names)
    return dns, acme


def seen(dns: MemoryDns, host: str = HOST) -> Observation:
    return asyncio.run(look_up(replace(expectation(), host=host), dns))


def test_a_delegation_by_the_registry_is_kept_with_its_ttl() -> None:
    dns, _ = world()
    found = seen(dns).delegations
    assert found == (Delegation("acme.com", "com", frozenset(PARENTS), 3600),)


def test_a_delegation_to_ours_is_kept_though_ours_are_not_asked_about_the_host() -> None:
    dns, _ = handed(OURS)
    observation = seen(dns)
    assert observation.delegations == (Delegation("acme.com", "com", frozenset(OURS), 3600, sure=True),)
    assert not observation.parent_answers


def test_ours_are_asked_whether_they_hold_a_zone_that_is_delegated_to_them() -> None:
    dns, acme = handed(OURS)
    for name in OURS[:2]:
        dns.server(name).zones["acme.com"] = acme
    assert seen(dns).delegations[0].held_by == frozenset(OURS[:2])


def test_ours_are_not_asked_about_zones_that_are_not_theirs() -> None:
    dns, _ = world()
    seen(dns)
    addresses = {dns.server(name).address for name in OURS}
    assert not [one for one in dns.questions if one[0] in addresses and one[1] == "acme.com"]


def test_zones_of_several_levels_are_kept_each() -> None:
    dns, _ = world()
    dns.zone("b.acme.com", "ns1.b.acme.com", "ns2.b.acme.com")
    found = seen(dns, "chat.b.acme.com").delegations
    assert [(one.zone, one.by) for one in found] == [("acme.com", "com"), ("b.acme.com", "acme.com")]


def test_a_delegation_that_one_of_two_servers_shows_is_not_sure() -> None:
    dns, acme = world()
    acme.put("b.acme.com", "NS", *OURS)
    assert seen(dns, "chat.b.acme.com").delegations[-1].sure
    dns.server(PARENTS[1]).fault = Fault.SILENT
    assert not seen(dns, "chat.b.acme.com").delegations[-1].sure


def test_ours_beside_others_are_not_asked_for_a_deeper_zone() -> None:
    dns, _ = handed((*PARENTS, *OURS))
    dns.zone("b.acme.com", "ns1.b.acme.com", "ns2.b.acme.com")
    observation = seen(dns, "chat.b.acme.com")
    assert observation.parent_zone == "b.acme.com"
    assert {answer.server for answer in observation.parent_heard} == {"ns1.b.acme.com", "ns2.b.acme.com"}


def test_name_servers_that_only_a_cache_knows_have_a_time_to_live() -> None:
    dns, _ = world()
    kept = RecordSet("acme.com", "NS", 900, OURS)
    dns.recursive[0].says["acme.com", "NS"] = Response(answer=(kept,))
    assert seen(dns).remembered_ttl == 900


def test_name_servers_that_the_zone_itself_names_are_no_cached_ones() -> None:
    dns, acme = world()
    acme.put("acme.com", "NS", *PARENTS, *OURS)
    observation = seen(dns)
    assert observation.remembered_ttl is None
    assert observation.misplaced_at == ("acme.com",)


def test_other_name_servers_in_a_cache_are_nothing_of_ours() -> None:
    dns, _ = world()
    dns.recursive[0].says["acme.com", "NS"] = Response(answer=(RecordSet("acme.com", "NS", 900, OTHERS),))
    assert seen(dns).remembered_ttl is None
