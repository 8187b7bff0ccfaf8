"""When the looks at the parent are enough to delete a zone. Pure: no rows, no clock of its own."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from tests.factories import a_set
from tests.twins.dns import Fault, MemoryDns
from webapp.dns.delegation import Expectation, look_up
from webapp.dns.limits import Limits
from webapp.removal.deletion_policy import (
    CONFIRMATION,
    LONGEST_TTL,
    OTHER_PARENT,
    UNCLEAR_PAUSE,
    Look,
    Outlook,
    Watch,
    look_of,
)

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
HOST, PARENT = "chat.acme.com", "acme.com"
OURS = a_set(7)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)


@pytest.fixture
def dns() -> MemoryDns:
    dns = MemoryDns(limits=Limits(seconds=20))
    dns.zone(PARENT, "ns1.acme.com", "ns2.acme.com")
    return dns


def delegate(dns: MemoryDns, *names: str, ttl: int = 3600) -> None:
    dns.servers["ns1.acme.com"].zones[PARENT].put(HOST, "NS", *names, ttl=ttl)


def look(dns: MemoryDns) -> Look:
    return look_of(asyncio.run(look_up(Expectation(HOST, tuple(OURS)), dns)), OURS, NOW)


def test_one_of_ours_is_enough_to_stay(dns: MemoryDns) -> None:
    delegate(dns, "ns1.elsewhere.org", OURS[2], ttl=7200)
    seen = look(dns)
    assert (seen.outlook, seen.listed, seen.ttl) == (Outlook.LISTED, (OURS[2],), 7200)


def test_one_server_that_still_lists_ours_is_enough_to_stay(dns: MemoryDns) -> None:
    dns.copy_at("ns2.acme.com", PARENT).put(HOST, "NS", *OURS)
    seen = look(dns)
    assert (seen.outlook, set(seen.listed)) == (Outlook.LISTED, set(OURS))
    assert [(said.server, bool(said.listed)) for said in seen.servers] == [
        ("ns1.acme.com", False),
        ("ns2.acme.com", True),
    ]


def test_a_zone_of_its_own_that_names_ours_keeps_ours(dns: MemoryDns) -> None:
    """The customer made a zone at the provider and put our name servers at its apex."""
    dns.zone(HOST, "ns1.acme.com", "ns2.acme.com", delegate=False)
    for server in ("ns1.acme.com", "ns2.acme.com"):
        dns.servers[server].zones[HOST].put(HOST, "NS", *OURS)
    assert look(dns).outlook is Outlook.LISTED


@pytest.mark.parametrize("names", [(), ("ns1.elsewhere.org", "ns2.elsewhere.org"), tuple(a_set(9))])
def test_nothing_or_others_is_clean(dns: MemoryDns, names: tuple[str, ...]) -> None:
    delegate(dns, *names)
    seen = look(dns)
    assert (seen.outlook, seen.complete, seen.listed) == (Outlook.CLEAN, True, ())


@pytest.mark.parametrize("fault", [Fault.SILENT, Fault.REFUSED, Fault.SERVFAIL, Fault.NOT_AUTHORITATIVE])
def test_what_could_not_be_asked_is_not_clean(dns: MemoryDns, fault: Fault) -> None:
    dns.server("ns1.acme.com").fault = dns.server("ns2.acme.com").fault = fault
    assert look(dns).outlook is Outlook.UNCLEAR
    dns.server("ns1.acme.com").fault = None
    assert look(dns).outlook is Outlook.UNCLEAR


def test_silent_resolvers_are_not_clean(dns: MemoryDns) -> None:
    dns.recursive[0].fault = Fault.SILENT
    assert look(dns).outlook is Outlook.UNCLEAR


def test_a_bogus_parent_is_not_believed(dns: MemoryDns) -> None:
    dns.recursive[0].bogus.add(PARENT)
    assert look(dns).outlook is Outlook.UNCLEAR


def test_a_third_server_that_is_silent_makes_the_look_incomplete(dns: MemoryDns) -> None:
    dns.zone(PARENT, "ns1.acme.com", "ns2.acme.com", "ns3.acme.com")
    dns.server("ns3.acme.com").fault = Fault.SILENT
    seen = look(dns)
    assert (seen.outlook, seen.complete) == (Outlook.CLEAN, False)


def test_ours_in_the_wrong_place_are_told(dns: MemoryDns) -> None:
    dns.servers["ns1.acme.com"].zones[PARENT].put(f"{HOST}.{PARENT}", "NS", *OURS)
    seen = look(dns)
    assert (seen.outlook, seen.also_at) == (Outlook.CLEAN, (f"{HOST}.{PARENT}",))


def clean(after: timedelta, *, complete: bool = True, parent: str = PARENT, ttl: int = 900) -> Look:
    return Look(NOW + after, Outlook.CLEAN, complete, parent, (), ttl)


def listed(after: timedelta, ttl: int = 3600) -> Look:
    return Look(NOW + after, Outlook.LISTED, True, PARENT, tuple(OURS), ttl)


def unclear(after: timedelta) -> Look:
    return Look(NOW + after, Outlook.UNCLEAR)


ZERO = timedelta(0)
MINUTE = timedelta(minutes=1)


@pytest.mark.parametrize(
    ("looks", "over"),
    [
        ([clean(ZERO)], False),
        ([listed(ZERO), clean(DAY)], False),
        ([listed(ZERO), clean(DAY), clean(DAY + HOUR - MINUTE)], False),
        ([listed(ZERO), clean(DAY), clean(DAY + HOUR)], True),
        ([clean(ZERO), clean(timedelta(seconds=899))], False),
        ([clean(ZERO), clean(timedelta(seconds=900))], True),
        ([clean(ZERO, ttl=0), clean(timedelta(seconds=59), ttl=0)], False),
        ([clean(ZERO, ttl=0), clean(MINUTE, ttl=0)], True),
        # What could not be asked neither counts nor sets back.
        ([listed(ZERO), clean(DAY), unclear(DAY + HOUR)], False),
        ([listed(ZERO), clean(DAY), unclear(DAY + MINUTE), clean(DAY + HOUR)], True),
        # Listed again: from the beginning.
        ([listed(ZERO), clean(DAY), listed(2 * DAY), clean(2 * DAY + MINUTE)], False),
        ([listed(ZERO), clean(DAY), listed(2 * DAY), clean(3 * DAY), clean(3 * DAY + HOUR)], True),
        # A TTL of weeks is not kept for weeks.
        ([listed(ZERO, ttl=2**31 - 1), clean(DAY), clean(8 * DAY - MINUTE)], False),
        ([listed(ZERO, ttl=2**31 - 1), clean(DAY), clean(8 * DAY)], True),
        # A silent server may be the one that still lists ours, for a week.
        ([listed(ZERO), clean(DAY, complete=False), clean(2 * DAY, complete=False)], False),
        ([listed(ZERO), clean(DAY, complete=False), clean(2 * DAY)], False),
        ([listed(ZERO), clean(DAY, complete=False), clean(2 * DAY), clean(2 * DAY + HOUR)], True),
        ([listed(ZERO), clean(DAY), clean(2 * DAY, complete=False)], False),
        ([listed(ZERO), clean(DAY, complete=False), clean(DAY + LONGEST_TTL, complete=False)], True),
        # The parent zone itself is gone, and may come back with all it held.
        ([listed(ZERO), clean(DAY, parent="com"), clean(9 * DAY, parent="com")], False),
        ([listed(ZERO), clean(DAY, parent="com"), clean(DAY + OTHER_PARENT, parent="com")], True),
        # The clock went backwards in between.
        ([listed(ZERO), clean(DAY), clean(ZERO)], False),
    ],
)
def test_two_clean_looks_a_ttl_apart(looks: list[Look], over: bool) -> None:
    """And a third one that says the same, because a clock that leapt may have been the whole TTL."""
    watch = Watch(shown=True)
    for one in looks:
        watch = watch.after(one)
        assert not watch.over
    last = looks[-1]
    assert not watch.after(replace(last, at=last.at + MINUTE / 2)).over
    assert watch.after(replace(last, at=last.at + min(watch.apart, CONFIRMATION))).over is over


@pytest.mark.parametrize("ahead", [HOUR, 400 * DAY])
def test_clock_that_leapt_is_no_ttl(ahead: timedelta) -> None:
    watch = Watch(shown=True).after(listed(ZERO)).after(clean(ZERO)).after(clean(ahead))
    assert not watch.over
    for minutes in range(1, 60):
        watch = watch.after(clean(minutes * MINUTE))
        assert not watch.over
    watch = watch.after(clean(HOUR))
    assert watch.after(clean(HOUR + CONFIRMATION)).over


def test_first_clean_look_of_the_future_was_now() -> None:
    watch = Watch(shown=True).after(listed(ZERO)).after(clean(400 * DAY)).after(clean(ZERO))
    assert watch.undelegated_since == watch.complete_since == NOW


def test_a_zone_that_nobody_was_shown_goes_after_one_clean_look() -> None:
    assert Watch(shown=False).after(clean(ZERO)).over
    assert not Watch(shown=False).after(unclear(ZERO)).over
    assert not Watch(shown=False).after(listed(ZERO)).over


def test_a_ttl_known_from_the_checks_counts_before_any_look_of_ours() -> None:
    watch = Watch(shown=True, ttl=172800).after(clean(ZERO))
    assert watch.over_at == NOW + 2 * DAY


@pytest.mark.parametrize(
    ("looks", "pause"),
    [
        ([], UNCLEAR_PAUSE),
        ([unclear(ZERO)], UNCLEAR_PAUSE),
        ([listed(ZERO)], DAY),
        ([clean(ZERO)], timedelta(seconds=900)),
        ([listed(ZERO, ttl=172800), clean(DAY)], DAY),
        ([listed(ZERO, ttl=172800), clean(DAY), clean(2 * DAY)], DAY),
        ([listed(ZERO), clean(DAY), clean(DAY + HOUR)], CONFIRMATION),
    ],
)
def test_the_next_look_comes_at_the_pace_or_when_it_could_be_the_last(
    looks: list[Look], pause: timedelta
) -> None:
    watch = Watch(shown=True)
    for one in looks:
        watch = watch.after(one)
    assert watch.next_look(DAY) == pause


def test_what_is_known_survives_the_database() -> None:
    watch = Watch(shown=True).after(listed(ZERO)).after(clean(HOUR)).after(unclear(DAY))
    assert Watch.from_dict(watch.to_dict()) == watch
