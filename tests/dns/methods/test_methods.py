"""Each method's expectation, report and statement leads back to that method."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime

import pytest

from tests.dns.records_method.cases import HOST, TARGET, TOKEN
from tests.twins.dns import MemoryDns
from webapp.dns import methods
from webapp.dns.delegation import Asked, DelegationReport, Expectation, Verdict
from webapp.dns.methods import AnyExpectation, DnsMethod
from webapp.dns.records_method import RecordsExpectation, RecordsReport
from webapp.models import Method
from webapp.proofs.registry import METHODS

NOW = datetime(2026, 11, 26, tzinfo=UTC)
EXPECTED: dict[str, AnyExpectation] = {
    "delegation": Expectation(HOST, ("ns-1.awsdns-00.com", "ns-2.awsdns-00.net")),
    "records": RecordsExpectation(HOST, TOKEN, TARGET),
}
REPORTS = {"delegation": DelegationReport, "records": RecordsReport}


def test_the_same_methods_in_dns_in_rows_and_in_the_registry() -> None:
    ids = [one.id for one in methods.ALL]
    assert ids == [*Method] == [*METHODS]
    assert ids == [*EXPECTED]


@pytest.mark.parametrize("method", methods.ALL, ids=lambda one: one.id)
def test_a_check_and_its_report_are_of_one_method(method: DnsMethod) -> None:
    dns = MemoryDns()
    dns.zone("acme.com", "ns1.acme.com", "ns2.acme.com")
    report = asyncio.run(methods.verify(EXPECTED[method.id], dns, NOW))
    assert type(report) is REPORTS[method.id]
    assert not report.verified
    again = methods.read(report.to_data())
    assert again == report
    assert methods.message_of(report.to_statement()) == report.message


@pytest.mark.parametrize("method", methods.ALL, ids=lambda one: one.id)
def test_a_check_that_broke_off_could_not_ask(method: DnsMethod) -> None:
    report = methods.broken_off(EXPECTED[method.id], NOW)
    assert (report.verdict, report.transient, report.parent_asked) == (
        Verdict.PARENT_UNREACHABLE,
        True,
        False,
    )
    assert report.method == method.id
    assert report.missing == report.expected != ()
    assert methods.read(report.to_data()) == report
    assert report.message


def test_what_earlier_releases_stored_is_a_delegation() -> None:
    data = methods.broken_off(EXPECTED["delegation"], NOW).to_data()
    assert "method" not in data
    assert type(methods.read(data)) is DelegationReport


def test_a_method_that_nobody_knows_cannot_be_read() -> None:
    data = methods.broken_off(EXPECTED["records"], NOW).to_data()
    with pytest.raises(KeyError):
        methods.read(data | {"method": "dance"})


def asked(question: str, *values: str, outcome: str = "NOERROR", names: tuple[str, ...] = ()) -> Asked:
    return Asked(
        "ns1", "192.0.2.1", question, "tcp", outcome, True, names, 300, 4, "parent", "dig", (), values
    )


def test_a_delegation_is_told_by_the_name_servers_of_the_host() -> None:
    expected = EXPECTED["delegation"]
    told = methods.compare(
        expected, asked(f"{HOST} NS", outcome="REFERRAL", names=("ns-1.awsdns-00.com", "ns1.x.net"))
    )
    assert told is not None
    assert (len(told.wanted), [*told.found]) == (2, ["ns-1.awsdns-00.com"])
    assert methods.compare(expected, asked(f"{HOST} DS")) is None
    assert methods.compare(expected, asked(f"{HOST} NS", outcome="TIMEOUT")) is None


@pytest.mark.parametrize(
    ("question", "values", "found"),
    [
        (f"_nameplate-challenge.{HOST} TXT", [f'"{TOKEN}"', '"other"'], 1),
        (f"_nameplate-challenge.{HOST} TXT", ['"other"'], 0),
        (f"_nameplate-challenge.{HOST} NS", [], None),
        (f"{HOST} A", [f"CNAME {TARGET}", "192.0.2.7"], 1),
        (f"{HOST} A", ["192.0.2.7"], 0),
        (f"{HOST} SOA", [], None),
        ("acme.com SOA", [], None),
    ],
)
def test_records_are_told_by_answers_of_their_type(
    question: str, values: list[str], found: int | None
) -> None:
    told = methods.compare(EXPECTED["records"], asked(question, *values))
    assert (None if told is None else (len(told.wanted), len(told.found))) == (
        None if found is None else (1, found)
    )


def test_addresses_at_an_apex_are_each_told_by_their_type() -> None:
    edge = ("192.0.2.7", "192.0.2.8", "2001:db8::7")
    expected = RecordsExpectation(HOST, TOKEN, TARGET, edge_addresses=edge, apex=True)
    told = methods.compare(expected, asked(f"{HOST} A", "192.0.2.7"))
    assert told is not None
    assert sorted(told.wanted) == [f"{HOST} A {one}" for one in edge[:2]]
    assert [*told.found] == [f"{HOST} A 192.0.2.7"]
    without = RecordsExpectation(HOST, TOKEN, TARGET, apex=True)
    assert methods.compare(without, asked(f"{HOST} A", "192.0.2.7")) is None
