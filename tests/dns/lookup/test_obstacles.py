"""What stands in the way of a delegation, and where our name servers were put instead, on servers in memory."""

from __future__ import annotations

import pytest

from tests.dns.delegation.cases import HOST, OTHERS, OURS, PARENTS, check, first_sentence, world
from tests.twins.dns import Fault, MemoryDns
from webapp.dns.delegation import DelegationReport, Verdict

KEY_OF_NOBODY = "0123456789abcdef" * 4


def text_of(report: DelegationReport) -> str:
    return f"{report.message} {report.next_step} {report.details}"


# Our name servers in records of another type


@pytest.mark.parametrize(
    ("rdtype", "value"),
    [
        ("CNAME", OURS[0]),
        ("TXT", f'"{OURS[0]}"'),
        ("TXT", f'"{" ".join(OURS)}"'),
        ("MX", f"10 {OURS[2]}."),
    ],
)
def test_our_names_in_records_of_another_type(rdtype: str, value: str) -> None:
    dns, acme = world(delegated=())
    acme.put(HOST, rdtype, value)
    report = check(dns)
    assert (report.verdict, report.reason) == (Verdict.RECORD_IN_THE_WAY, "wrong-type")
    sentence = f"In acme.com, “chat” needs our four records of type NS, not {rdtype}"
    assert first_sentence(report.message) == sentence
    assert report.next_step.startswith(
        f"Delete the {rdtype} record named “chat” and add our four name servers as NS records named “chat” in"
    )


def test_our_addresses_in_address_records() -> None:
    dns, acme = world(delegated=())
    acme.put(HOST, "A", *(dns.server(name).address for name in OURS))
    report = check(dns)
    assert (report.verdict, report.reason) == (Verdict.RECORD_IN_THE_WAY, "wrong-type")
    assert "of type NS, not A" in report.message
    assert all(name in report.message for name in OURS)


@pytest.mark.parametrize(
    ("rdtype", "value"),
    [("CNAME", "cdn.example"), ("TXT", f'"{OTHERS[0]}"'), ("TXT", f'"x{OURS[0]}"'), ("A", "192.0.2.1")],
)
def test_other_records_are_no_mistaken_type(rdtype: str, value: str) -> None:
    dns, acme = world(delegated=())
    acme.put(HOST, rdtype, value)
    report = check(dns)
    assert (report.verdict, report.reason) == (Verdict.RECORD_IN_THE_WAY, "records")


# Our name servers at another name


@pytest.mark.parametrize(
    ("where", "shown"),
    [
        ("chat.acme.com.acme.com", "chat.acme.com.acme.com"),
        ("chat.acme.acme.com", "chat.acme.acme.com"),
        ("www.chat.acme.com", "www.chat.acme.com"),
        ("*.chat.acme.com", "*.chat.acme.com"),
        (r"\@.acme.com", "@.acme.com"),
        (r"\@.chat.acme.com", "@.chat.acme.com"),
    ],
)
def test_our_names_at_a_name_beside_the_host(where: str, shown: str) -> None:
    dns, acme = world(delegated=())
    acme.put(where, "NS", *OURS)
    report = check(dns)
    assert report.verdict is Verdict.MISPLACED
    assert (
        first_sentence(report.message).rstrip(".")
        == f"We found our name servers at {shown}; name them “chat” in acme.com"
    )
    assert (
        f"Delete the NS records at {shown} that name ours, and add our four name servers" in report.next_step
    )
    assert "\\" not in text_of(report)


def test_our_names_at_the_first_label_of_a_longer_name() -> None:
    dns, acme = world(delegated=())
    acme.put("a.acme.com", "NS", *OURS)
    report = check(dns, host="a.b.acme.com")
    assert (report.verdict, report.params["at"]) == (Verdict.MISPLACED, ["a.acme.com"])
    assert "name them “a.b” in acme.com" in report.message


def test_names_of_others_beside_the_host_are_not_ours() -> None:
    dns, acme = world(delegated=())
    acme.put("www.chat.acme.com", "NS", *OTHERS)
    assert check(dns).verdict is Verdict.NOT_DELEGATED


def test_below_a_name_that_does_not_exist_nothing_is_asked() -> None:
    dns, _ = world(delegated=())
    check(dns)
    assert "www.chat.acme.com" not in {name for _, name, _ in dns.questions}


def test_ours_at_the_whole_domain_beside_a_right_delegation() -> None:
    dns, acme = world()
    acme.put("acme.com", "NS", *PARENTS, OURS[0])
    report = check(dns)
    assert report.verdict is Verdict.VERIFIED
    assert [(hint.verdict, hint.finding.reason) for hint in report.hints] == [(Verdict.MISPLACED, "apex-too")]
    assert report.hints[0].message.startswith(
        "In the zone acme.com, delete our name servers from the NS records named “@”."
    )


def test_a_right_delegation_has_no_such_hint() -> None:
    dns, _ = world()
    assert check(dns).hints == ()


# Servers that answer for any name


def test_a_parked_domain_is_told_from_a_zone_of_its_own() -> None:
    dns, _ = world(delegated=())
    for server in PARENTS:
        dns.server(server).fault = Fault.ANY_NAME
    report = check(dns)
    assert (report.verdict, report.reason) == (Verdict.RECORD_IN_THE_WAY, "parked")
    sentence = "acme.com is parked or has expired: renew it, or change its name servers"
    assert first_sentence(report.message) == sentence
    assert "Delete the zone" not in text_of(report)


def test_a_zone_of_its_own_is_not_parked() -> None:
    dns, _ = world(delegated=())
    dns.zone(HOST, *PARENTS, delegate=False)
    report = check(dns)
    assert (report.verdict, report.reason) == (Verdict.RECORD_IN_THE_WAY, "own-zone")


# Own names for our addresses


def test_own_names_for_our_addresses_are_told() -> None:
    own = tuple(f"ns{number}.acme.com" for number in range(11, 15))
    dns, _ = world(delegated=own)
    for name, ours in zip(own, OURS, strict=True):
        dns.server(name).published["A"] = (dns.server(ours).address,)
    report = check(dns)
    assert (report.verdict, report.reason) == (Verdict.DELEGATED_ELSEWHERE, "own-names")
    assert "other names for the addresses of ours" in report.message
    assert first_sentence(report.message) == "In acme.com, replace all NS records named “chat” by our four"


def test_names_of_other_addresses_are_no_own_names() -> None:
    dns, _ = world(delegated=("ns11.acme.com", "ns12.acme.com"))
    dns.server("ns11.acme.com")
    dns.server("ns12.acme.com")
    report = check(dns)
    assert (report.verdict, report.reason) == (Verdict.DELEGATED_ELSEWHERE, "")


# Servers that answer some questions only


def test_a_server_that_answers_at_times_has_no_closed_port() -> None:
    dns, _ = world()
    dns.server(PARENTS[1]).fault = Fault.AT_TIMES
    report = check(dns)
    assert (report.verdict, report.reason) == (Verdict.PARENT_UNREACHABLE, "parent-silent")
    assert "ns2.acme.com (answers only at times)" in report.details
    assert "53" not in f"{report.message} {report.next_step}"


def test_a_server_without_tcp_has_a_closed_port() -> None:
    dns, _ = world()
    dns.server(PARENTS[1]).fault = Fault.NO_TCP
    report = check(dns)
    assert (report.verdict, report.reason) == (Verdict.PARENT_UNREACHABLE, "no-tcp")
    assert "open TCP port 53" in report.next_step


# DS records that resolvers do not go by


def with_ds(*records: str) -> MemoryDns:
    dns, acme = world()
    acme.put(HOST, "DS", *records)
    return dns


@pytest.mark.parametrize(
    "record",
    [
        f"1 200 2 {KEY_OF_NOBODY}",
        f"1 13 99 {KEY_OF_NOBODY}",
        f"1 253 2 {KEY_OF_NOBODY}",
        f"1 1 2 {KEY_OF_NOBODY}",
    ],
)
def test_a_ds_record_that_no_resolver_knows_is_no_alarm(record: str) -> None:
    report = check(with_ds(record))
    assert (report.verdict, report.hints) == (Verdict.VERIFIED, ())


@pytest.mark.parametrize(
    "records",
    [
        (f"1 13 2 {KEY_OF_NOBODY}",),
        (f"1 8 1 {'0' * 40}",),
        (f"1 200 2 {KEY_OF_NOBODY}", f"2 13 2 {KEY_OF_NOBODY}"),
    ],
)
def test_a_ds_record_that_resolvers_know_is_an_alarm(records: tuple[str, ...]) -> None:
    assert check(with_ds(*records)).verdict is Verdict.STALE_DS
