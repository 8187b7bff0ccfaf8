from __future__ import annotations

import asyncio
import json

from tests.dns.delegation.cases import HOST, OTHERS, OURS, PARENTS, world
from tests.twins.dns import Fault, MemoryDns
from webapp.dns.delegation import Baseline, fresh_set_overlaps, take_baseline, zone_answers
from webapp.dns.limits import Limits


def baseline(dns: MemoryDns) -> Baseline:
    return asyncio.run(take_baseline("Chat.ACME.com.", dns))


def test_what_stood_there_before_we_came() -> None:
    dns, acme = world(delegated=())
    acme.put(HOST, "A", "203.0.113.1")
    acme.put(HOST, "MX", "10 mail.acme.com")
    acme.put(HOST, "TXT", '"v=spf1 -all"')
    assert baseline(dns) == Baseline(
        host=HOST,
        reachable=True,
        parent_zone="acme.com",
        parent_name_servers=PARENTS,
        a=("203.0.113.1",),
        mx=("10 mail.acme.com",),
        txt=('"v=spf1 -all"',),
    )


def test_an_existing_delegation_and_its_ds() -> None:
    dns, acme = world(delegated=OTHERS)
    acme.put(HOST, "DS", f"1 13 2 {'ab' * 32}")
    seen = baseline(dns)
    assert seen.name_servers == tuple(sorted(OTHERS))
    assert seen.ds == (f"1 13 2 {'ab' * 32}",)


def test_every_server_of_the_parent_counts() -> None:
    dns, _ = world(delegated=())
    dns.copy_at(PARENTS[1], "acme.com").put(HOST, "NS", OURS[0])
    assert baseline(dns).name_servers == (OURS[0],)


def test_a_domain_that_is_not_in_dns_yet() -> None:
    seen = baseline(MemoryDns())
    assert (seen.reachable, seen.parent_zone, seen.parent_name_servers) == (True, "acme.com", ())


def test_an_alias() -> None:
    dns, acme = world(delegated=())
    acme.put(HOST, "CNAME", "app.other.example")
    assert baseline(dns).cname == ("app.other.example",)


def test_could_not_be_asked_is_not_nothing_there() -> None:
    dns, _ = world()
    for server in PARENTS:
        dns.server(server).fault = Fault.SILENT
    assert not baseline(dns).reachable


def test_the_deadline_ends_it() -> None:
    dns, _ = world(limits=Limits(seconds=2))
    for server in PARENTS:
        dns.server(server).fault = Fault.HANGS
    seen = baseline(dns)
    assert (seen.reachable, seen.parent_zone) == (False, "acme.com")


def test_a_baseline_survives_json() -> None:
    dns, _ = world(delegated=OTHERS)
    seen = baseline(dns)
    assert Baseline.from_dict(json.loads(json.dumps(seen.to_dict()))) == seen


def test_a_set_that_was_there_before_proves_nothing() -> None:
    dns, _ = world(delegated=(OTHERS[0], "ns1.other.net"))
    assert fresh_set_overlaps(baseline(dns), [f"{OTHERS[0].upper()}.", OTHERS[1]]) == {OTHERS[0]}
    assert fresh_set_overlaps(baseline(dns), OURS) == frozenset()


def test_which_of_ours_answer_for_the_zone() -> None:
    dns, _ = world()
    dns.server(OURS[0]).fault = Fault.SILENT
    dns.server(OURS[1]).fault = Fault.NOT_AUTHORITATIVE
    dns.server(OURS[2]).zones.clear()
    answers = asyncio.run(zone_answers(HOST, [f"{name}." for name in OURS], dns))
    assert answers == dict(zip(OURS, (False, False, False, True), strict=True))


def test_ours_are_waited_for_no_longer_than_a_check() -> None:
    dns, _ = world(limits=Limits(seconds=2))
    dns.server(OURS[0]).fault = Fault.HANGS
    assert asyncio.run(zone_answers(HOST, OURS, dns)) == {OURS[0]: False} | dict.fromkeys(OURS[1:], True)
