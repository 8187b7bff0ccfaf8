"""Which of a claim's records a look finds in the customer's zone, on small sets of zones."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.twins.dns import Fault, MemoryDns
from tests.twins.dns_zone import MemoryZone, Response
from webapp.dns.records_method import RecordsExpectation, ValidationRecord, look_up
from webapp.jobs.double_check import APART
from webapp.proofs.records.found import RecordsLook, look_of
from webapp.removal.deletion_policy import Outlook

NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
ZONE, HOST = "acme.com", "chat.acme.com"
TOKEN, OTHER = "k7q2m9x4c5v8b3n6z2w5t8r4p6", "m3v6x2z8q4w9n5c7b2k6t3r8p4"
TARGET = "r4t7y2u9.edge.nameplate.net"
EDGE = ("45.76.10.1", "2a05:f480::1")
VALIDATION = ValidationRecord(f"_x1.{HOST}", "_y2.acm-validations.aws")
Change = Callable[[MemoryDns, MemoryZone], Any]


def world() -> tuple[MemoryDns, MemoryZone]:
    """The zone after a removal, with every record still in it. The target answers nothing any more."""
    dns = MemoryDns()
    acme = dns.zone(ZONE, "ns1.acme.com", "ns2.acme.com")
    dns.zone("edge.nameplate.net", "ns1.edge.nameplate.net")
    acme.put(f"_nameplate-challenge.{HOST}", "TXT", f'"{TOKEN}"')
    acme.put(HOST, "CNAME", TARGET)
    acme.put(VALIDATION.name, "CNAME", VALIDATION.value)
    return dns, acme


def look(dns: MemoryDns, edge: frozenset[str] | None = frozenset(EDGE), **changes: Any) -> RecordsLook:
    values = {"host": HOST, "validation": VALIDATION, "edge_addresses": EDGE, "proved": True, **changes}
    expectation = RecordsExpectation(token=TOKEN, target=TARGET, **values)
    return look_of(expectation, asyncio.run(look_up(expectation, dns)), NOW, edge)


def marks(found: RecordsLook) -> dict[str, str | None]:
    """By type, “validation” for the certificate's."""
    named: dict[str, str | None] = {}
    for record, mark in found.marks.items():
        name, kind, _ = record.split(" ")
        named["validation" if name == VALIDATION.name else kind] = mark
    return named


def nothing(_dns: MemoryDns, _zone: MemoryZone) -> None:
    return


def without(name: str, kind: str, *values: str) -> Change:
    return lambda _dns, zone: zone.put(name, kind, *values)


def all_gone(_dns: MemoryDns, zone: MemoryZone) -> None:
    zone.put(f"_nameplate-challenge.{HOST}", "TXT")
    zone.put(HOST, "CNAME")
    zone.put(VALIDATION.name, "CNAME")


def one_server_lags(dns: MemoryDns, zone: MemoryZone) -> None:
    dns.copy_at("ns2.acme.com", ZONE)
    all_gone(dns, zone)


def elsewhere(_dns: MemoryDns, zone: MemoryZone) -> None:
    zone.put(HOST, "CNAME", "sites.example.net")


def by_another_name(_dns: MemoryDns, zone: MemoryZone) -> None:
    zone.put(HOST, "CNAME", f"www.{ZONE}")
    zone.put(f"www.{ZONE}", "CNAME", TARGET)


def by_another_zone(dns: MemoryDns, zone: MemoryZone) -> None:
    zone.put(HOST, "CNAME", "chat.cdn.net")
    dns.zone("cdn.net", "ns1.cdn.net").put("chat.cdn.net", "CNAME", TARGET)


def by_a_silent_zone(dns: MemoryDns, zone: MemoryZone) -> None:
    zone.put(HOST, "CNAME", "chat.cdn.net")
    dns.zone("cdn.net", "ns1.cdn.net")
    dns.server("ns1.cdn.net").fault = Fault.SILENT


def with_a_wildcard(dns: MemoryDns, zone: MemoryZone) -> None:
    all_gone(dns, zone)
    zone.put(f"*.{ZONE}", "CNAME", TARGET)


def another_claim(_dns: MemoryDns, zone: MemoryZone) -> None:
    """The name was taken over by another claim, whose records are none of ours."""
    zone.put(f"_nameplate-challenge.{HOST}", "TXT", f'"{OTHER}"')
    zone.put(HOST, "CNAME", "h8j3k6l9.edge.nameplate.net")


def both_tokens(_dns: MemoryDns, zone: MemoryZone) -> None:
    zone.put(f"_nameplate-challenge.{HOST}", "TXT", f'"{TOKEN}"', f'"{OTHER}"')


def in_two_strings(_dns: MemoryDns, zone: MemoryZone) -> None:
    zone.put(f"_nameplate-challenge.{HOST}", "TXT", f'"{TOKEN[:9]}" "{TOKEN[9:]}"')


def delegated_away(_dns: MemoryDns, zone: MemoryZone) -> None:
    all_gone(_dns, zone)
    zone.put(HOST, "NS", "ns1.sites.net")
    _dns.zone(HOST, "ns1.sites.net", delegate=False)


def validation_alone(_dns: MemoryDns, zone: MemoryZone) -> None:
    zone.put(f"_nameplate-challenge.{HOST}", "TXT")
    zone.put(HOST, "CNAME")


@pytest.mark.parametrize(
    ("change", "token", "pointing", "validation", "outlook"),
    [
        (nothing, "there", "there", "there", Outlook.LISTED),
        (all_gone, "gone", "gone", "gone", Outlook.CLEAN),
        (without(f"_nameplate-challenge.{HOST}", "TXT"), "gone", "there", "there", Outlook.LISTED),
        (without(HOST, "CNAME"), "there", "gone", "there", Outlook.LISTED),
        (validation_alone, "gone", "gone", "there", Outlook.LISTED),
        (
            without(VALIDATION.name, "CNAME", "_z.acm-validations.aws"),
            "there",
            "there",
            "gone",
            Outlook.LISTED,
        ),
        (one_server_lags, "there", "there", None, Outlook.LISTED),
        (elsewhere, "there", "gone", "there", Outlook.LISTED),
        (by_another_name, "there", "there", "there", Outlook.LISTED),
        (by_another_zone, "there", "there", "there", Outlook.LISTED),
        (by_a_silent_zone, "there", None, "there", Outlook.LISTED),
        (with_a_wildcard, "gone", "there", "gone", Outlook.LISTED),
        (another_claim, "gone", "gone", "there", Outlook.LISTED),
        (both_tokens, "there", "there", "there", Outlook.LISTED),
        (in_two_strings, "there", "there", "there", Outlook.LISTED),
    ],
    ids=lambda value: getattr(value, "__name__", None),
)
def test_what_is_there_and_what_is_gone(
    change: Change, token: str, pointing: str | None, validation: str | None, outlook: Outlook
) -> None:
    dns, zone = world()
    change(dns, zone)
    found = look(dns)
    expected = {"TXT": token, "CNAME": pointing, "validation": validation}
    if change is one_server_lags:  # Of the certificate's record one server is asked.
        expected["validation"] = marks(found)["validation"]
    assert marks(found) == expected
    assert (found.outlook, found.zone) == (outlook, ZONE)


def test_a_name_that_was_delegated_to_others_has_none_of_them() -> None:
    dns, zone = world()
    delegated_away(dns, zone)
    found = look(dns)
    assert (found.outlook, found.zone) == (Outlook.CLEAN, HOST)


def refusing(dns: MemoryDns) -> None:
    for server in ("ns1.acme.com", "ns2.acme.com"):
        dns.server(server).fault = Fault.REFUSED


def silent(dns: MemoryDns) -> None:
    for server in ("ns1.acme.com", "ns2.acme.com"):
        dns.server(server).fault = Fault.SILENT


def one_silent(dns: MemoryDns) -> None:
    dns.server("ns2.acme.com").fault = Fault.SILENT


def broken(dns: MemoryDns) -> None:
    for server in ("ns1.acme.com", "ns2.acme.com"):
        dns.server(server).fault = Fault.SERVFAIL


def without_authority(dns: MemoryDns) -> None:
    for server in ("ns1.acme.com", "ns2.acme.com"):
        dns.server(server).fault = Fault.NOT_AUTHORITATIVE


def resolver_silent(dns: MemoryDns) -> None:
    dns.recursive[0].fault = Fault.SILENT


def lies_about_texts(dns: MemoryDns) -> None:
    def fail(_name: str, rdtype: str, right: Response) -> Response:
        return Response("SERVFAIL") if rdtype == "TXT" else right

    for server in ("ns1.acme.com", "ns2.acme.com"):
        dns.server(server).reshape = fail


@pytest.mark.parametrize(
    "fault",
    [refusing, silent, one_silent, broken, without_authority, resolver_silent, lies_about_texts],
    ids=lambda fault: fault.__name__,
)
def test_what_could_not_be_asked_is_not_gone(fault: Callable[[MemoryDns], None]) -> None:
    dns, zone = world()
    all_gone(dns, zone)
    fault(dns)
    found = look(dns)
    assert found.outlook is Outlook.UNCLEAR
    assert marks(found)["TXT"] is None


def test_a_record_that_one_server_shows_is_there_while_the_other_is_silent() -> None:
    dns, _ = world()
    one_silent(dns)
    found = look(dns)
    assert (found.outlook, marks(found)["TXT"], marks(found)["CNAME"]) == (Outlook.LISTED, "there", "there")
    assert {one.server: one.has for one in found.servers} == {
        "ns1.acme.com": ("TXT", "CNAME"),
        "ns2.acme.com": (),
    }


def at_apex(zone: MemoryZone, *addresses: str) -> None:
    zone.put(f"_nameplate-challenge.{ZONE}", "TXT")
    zone.put(ZONE, "A", *(one for one in addresses if ":" not in one))
    zone.put(ZONE, "AAAA", *(one for one in addresses if ":" in one))


@pytest.mark.parametrize(
    ("addresses", "a", "aaaa"),
    [
        (EDGE, "there", "there"),
        (EDGE[:1], "there", "gone"),
        ((*EDGE, "203.0.113.7"), "there", "there"),
        (("203.0.113.7",), "gone", "gone"),
        ((), "gone", "gone"),
    ],
)
def test_at_an_apex_the_addresses_are_looked_for(addresses: tuple[str, ...], a: str, aaaa: str) -> None:
    dns, zone = world()
    at_apex(zone, *addresses)
    found = marks(look(dns, host=ZONE, apex=True, validation=None))
    assert (found["A"], found["AAAA"]) == (a, aaaa)


@pytest.mark.parametrize(
    ("addresses", "edge", "mark"),
    [
        (("203.0.113.7",), frozenset({"203.0.113.7", "203.0.113.8"}), "there"),
        (("203.0.113.9",), frozenset({"203.0.113.7"}), "gone"),
        ((), frozenset({"203.0.113.7"}), "gone"),
        (("203.0.113.9",), None, None),
    ],
    ids=["the edge's", "others", "none", "the edge cannot be asked"],
)
def test_an_alias_at_an_apex_shows_by_the_addresses_of_the_edge(
    addresses: tuple[str, ...], edge: frozenset[str] | None, mark: str | None
) -> None:
    dns, zone = world()
    at_apex(zone, *addresses)
    found = look(dns, edge, host=ZONE, apex=True, validation=None, edge_addresses=())
    assert marks(found)["ALIAS"] == mark


# How long a removal waits


def seen(at: datetime, mark: str | None) -> RecordsLook:
    return RecordsLook(at, ZONE, {f"{HOST} CNAME {TARGET}": mark})  # type: ignore[dict-item]


def test_a_clean_look_is_enough_once_the_target_is_withdrawn() -> None:
    clean = seen(NOW, "gone").after(None, NOW, 7 * DAY)
    assert clean.over(withdrawn=True)
    assert not clean.over(withdrawn=False)


@pytest.mark.parametrize("mark", ["there", None])
def test_time_alone_takes_two_looks(mark: str | None) -> None:
    undo = 7 * DAY
    before = seen(NOW + undo - HOUR, mark).after(None, NOW, undo)
    first = seen(NOW + undo, mark).after(before, NOW, undo)
    soon = seen(NOW + undo + APART / 2, mark).after(first, NOW, undo)
    second = seen(NOW + undo + APART, mark).after(soon, NOW, undo)
    assert [one.over(withdrawn=True) for one in (before, first, soon, second)] == [False, False, False, True]
    assert before.next_look(DAY, NOW, undo) == HOUR
    assert first.next_look(DAY, NOW, undo) == APART
    assert not second.over(withdrawn=False)


def test_a_clock_that_leapt_and_came_back_ends_nothing() -> None:
    undo = 7 * DAY
    leapt = seen(NOW + 300 * DAY, "there").after(None, NOW, undo)
    back = seen(NOW + HOUR, "there").after(leapt, NOW, undo)
    assert back.overdue_since is None
    late = seen(NOW + undo, "there").after(leapt, NOW, undo)
    assert not late.over(withdrawn=True)
    assert late.overdue_since == late.at


def test_looks_come_at_the_pace_and_when_the_time_may_be_over() -> None:
    undo = 7 * DAY
    assert seen(NOW, "there").next_look(DAY, None, undo) == DAY
    assert seen(NOW, "there").next_look(DAY, NOW, undo) == DAY
    assert seen(NOW, None).next_look(DAY, NOW, undo) == HOUR
    assert seen(NOW, None).next_look(HOUR / 2, NOW, undo) == HOUR / 2
    assert seen(NOW, "there").next_look(30 * DAY, NOW, undo) == undo


def test_it_is_kept_as_json() -> None:
    dns, _ = world()
    found = look(dns).after(None, NOW - 8 * DAY, 7 * DAY)
    assert found.overdue_since == NOW
    assert RecordsLook.from_dict(found.to_dict()) == found
