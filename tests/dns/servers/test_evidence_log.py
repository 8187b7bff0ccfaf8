"""What is kept of an answer, and that strangers cannot make it large."""

from __future__ import annotations

import pytest

from webapp.dns.answers import Answer, Outcome
from webapp.dns.records import RecordSet
from webapp.dns.servers.evidence import Asked
from webapp.dns.servers.evidence_log import LONGEST_VALUE, MOST_LETTERS, VALUES_SHOWN, EvidenceLog

HOST = "shop.acme.com"


def line(rdtype: str, *records: RecordSet, log: EvidenceLog | None = None) -> Asked:
    log = log or EvidenceLog()
    answer = Answer(HOST, rdtype, Outcome.NOERROR, "192.0.2.1", authoritative=True, answer=records, ms=4)
    log.write_down("parent", "ns1.acme.com", answer)
    return log.asked[-1]


@pytest.mark.parametrize(
    ("rdtype", "value"), [("A", "203.0.113.7"), ("MX", "10 mail.acme.com"), ("TXT", '"v=spf1 -all"')]
)
def test_records_are_kept_as_they_stand(rdtype: str, value: str) -> None:
    kept = line(rdtype, RecordSet(HOST, rdtype, 300, (value,)))
    assert (kept.values, kept.name_servers, kept.ttl) == ((value,), (), 300)
    assert Asked.from_dict(kept.to_data()) == kept
    assert Asked.from_dict(kept.to_dict()) == kept


def test_alias_on_the_way_says_that_it_is_one() -> None:
    kept = line("A", RecordSet(HOST, "CNAME", 60, ("x.net",)), RecordSet("x.net", "A", 60, ("192.0.2.7",)))
    assert kept.values == ("CNAME x.net", "192.0.2.7")


def test_name_servers_are_not_told_twice() -> None:
    kept = line("NS", RecordSet(HOST, "NS", 300, ("ns1.acme.com",)))
    assert (kept.name_servers, kept.values) == (("ns1.acme.com",), ())
    assert "values" not in kept.to_data()


def test_what_earlier_releases_stored_has_none() -> None:
    data = line("A", RecordSet(HOST, "A", 300, ("203.0.113.7",))).to_data()
    del data["values"]
    assert Asked.from_dict(data).values == ()


def test_no_stranger_makes_a_report_large() -> None:
    log = EvidenceLog()
    many = RecordSet(HOST, "TXT", 300, tuple(f"{number}{'x' * 5000}" for number in range(50)))
    first = line("TXT", many, log=log)
    assert len(first.values) == VALUES_SHOWN
    assert {len(one) for one in first.values} == {LONGEST_VALUE + 1}
    for _ in range(50):
        line("TXT", many, log=log)
    assert sum(len(value) for one in log.asked for value in one.values) <= MOST_LETTERS
    assert log.asked[-1].values == ()


def test_referral_instead_of_addresses_says_what_its_names_are() -> None:
    log = EvidenceLog()
    cut = RecordSet("acme.com", "NS", 300, ("ns1.acme.com",))
    for rdtype in ("A", "NS"):
        log.write_down("above", "a.example", Answer(HOST, rdtype, Outcome.REFERRAL, authority=(cut,)))
    assert [one.records for one in log.asked] == [("NS ns1.acme.com",), ("ns1.acme.com",)]
