"""What an authoritative server answers from one zone."""

from __future__ import annotations

import dns.name
import dns.rcode
import dns.rdata
import pytest
from dns.rdatatype import RdataType

from webapp.sandbox.internet.zone import Reply, Zone

ZONE = """
@           3600 SOA   ns1.acme.test. hostmaster.acme.test. 1 3600 900 604800 300
@           3600 NS    ns1.acme.test.
ns1         3600 A     198.51.100.1
www         600  CNAME web
web         600  A     203.0.113.1
out         600  CNAME www.other.test.
loop        600  CNAME pool
pool        600  CNAME loop
below       600  CNAME x.cut
cut         300  NS    ns.cut
cut         300  NS    ns.other.test.
cut         300  DS    1 13 2 0000000000000000000000000000000000000000000000000000000000000000
ns.cut      300  A     198.51.100.7
a.b.deep    60   TXT   "x"
*.wild      60   A     203.0.113.2
set.wild    60   TXT   "y"
*.alias     60   CNAME web
old         60   DNAME new.acme.test.
x.new       60   A     203.0.113.3
"""


@pytest.fixture
def zone() -> Zone:
    zone = Zone(dns.name.from_text("acme.test"))
    for line in ZONE.strip().splitlines():
        name, ttl, kind, value = line.split(maxsplit=3)
        rdata = dns.rdata.from_text("IN", kind, value, origin=zone.origin, relativize=False)
        zone.add(dns.name.from_text(name, zone.origin), rdata.rdtype, int(ttl), [rdata])
    return zone


def ask(zone: Zone, name: str, kind: str) -> Reply:
    return zone.answer(dns.name.from_text(name), RdataType[kind])


def lines(rrsets: object) -> list[str]:
    return [line for rrset in rrsets for line in rrset.to_text().splitlines()]  # type: ignore[attr-defined]


def test_a_record_set_is_answered_with_authority(zone: Zone) -> None:
    reply = ask(zone, "web.acme.test", "A")

    assert (reply.rcode, reply.authoritative, reply.authority) == (dns.rcode.NOERROR, True, ())
    assert lines(reply.answer) == ["web.acme.test. 600 IN A 203.0.113.1"]


def test_capitals_do_not_count(zone: Zone) -> None:
    assert ask(zone, "WEB.Acme.Test", "A").answer


def test_nodata_carries_the_soa_with_the_negative_ttl(zone: Zone) -> None:
    reply = ask(zone, "web.acme.test", "AAAA")

    assert (reply.rcode, reply.authoritative, reply.answer) == (dns.rcode.NOERROR, True, ())
    assert lines(reply.authority) == [
        "acme.test. 300 IN SOA ns1.acme.test. hostmaster.acme.test. 1 3600 900 604800 300"
    ]


def test_nxdomain_carries_the_soa_too(zone: Zone) -> None:
    reply = ask(zone, "missing.acme.test", "A")

    assert (reply.rcode, reply.authoritative) == (dns.rcode.NXDOMAIN, True)
    assert reply.authority[0].rdtype == RdataType.SOA


@pytest.mark.parametrize("name", ["b.deep.acme.test", "deep.acme.test", "wild.acme.test"])
def test_a_name_between_is_nodata_and_not_nxdomain(zone: Zone, name: str) -> None:
    assert (ask(zone, name, "A").rcode, ask(zone, name, "A").answer) == (dns.rcode.NOERROR, ())


@pytest.mark.parametrize(("name", "kind"), [("cut", "NS"), ("cut", "A"), ("x.y.cut", "TXT"), ("ns.cut", "A")])
def test_at_and_below_a_cut_there_is_a_referral(zone: Zone, name: str, kind: str) -> None:
    reply = ask(zone, f"{name}.acme.test", kind)

    assert (reply.rcode, reply.authoritative, reply.answer) == (dns.rcode.NOERROR, False, ())
    assert lines(reply.authority) == [
        "cut.acme.test. 300 IN NS ns.cut.acme.test.",
        "cut.acme.test. 300 IN NS ns.other.test.",
    ]
    assert lines(reply.additional) == ["ns.cut.acme.test. 300 IN A 198.51.100.7"]
    assert reply.referral_to == dns.name.from_text("cut.acme.test")


def test_the_ds_of_a_cut_is_answered_by_the_parent(zone: Zone) -> None:
    reply = ask(zone, "cut.acme.test", "DS")

    assert reply.authoritative
    assert [rrset.rdtype for rrset in reply.answer] == [RdataType.DS]


def test_a_cut_without_ds_is_nodata(zone: Zone) -> None:
    zone.add(
        dns.name.from_text("plain.acme.test"),
        RdataType.NS,
        60,
        [dns.rdata.from_text("IN", "NS", "ns.other.test.")],
    )

    reply = ask(zone, "plain.acme.test", "DS")

    assert (reply.authoritative, reply.answer, reply.authority[0].rdtype) == (True, (), RdataType.SOA)


def test_the_apex_ns_is_an_answer_and_no_referral(zone: Zone) -> None:
    reply = ask(zone, "acme.test", "NS")

    assert reply.authoritative
    assert lines(reply.answer) == ["acme.test. 3600 IN NS ns1.acme.test."]


def test_a_cname_is_followed_inside_the_zone(zone: Zone) -> None:
    assert lines(ask(zone, "www.acme.test", "A").answer) == [
        "www.acme.test. 600 IN CNAME web.acme.test.",
        "web.acme.test. 600 IN A 203.0.113.1",
    ]


@pytest.mark.parametrize("name", ["out", "below"])
def test_a_cname_out_of_the_zone_is_left_to_the_resolver(zone: Zone, name: str) -> None:
    reply = ask(zone, f"{name}.acme.test", "A")

    assert (reply.rcode, reply.authoritative, reply.authority) == (dns.rcode.NOERROR, True, ())
    assert [rrset.rdtype for rrset in reply.answer] == [RdataType.CNAME]


def test_a_question_for_the_cname_itself_is_not_followed(zone: Zone) -> None:
    assert lines(ask(zone, "www.acme.test", "CNAME").answer) == ["www.acme.test. 600 IN CNAME web.acme.test."]


def test_a_cname_that_answers_ns_is_no_delegation(zone: Zone) -> None:
    reply = ask(zone, "www.acme.test", "NS")

    assert [rrset.rdtype for rrset in reply.answer] == [RdataType.CNAME]
    assert reply.authority[0].rdtype == RdataType.SOA


def test_a_loop_of_cnames_ends(zone: Zone) -> None:
    assert 2 <= len(ask(zone, "loop.acme.test", "A").answer) <= 20


@pytest.mark.parametrize("name", ["x.wild", "x.y.wild"])
def test_a_wildcard_answers_for_names_that_do_not_exist(zone: Zone, name: str) -> None:
    assert lines(ask(zone, f"{name}.acme.test", "A").answer) == [f"{name}.acme.test. 60 IN A 203.0.113.2"]


@pytest.mark.parametrize(
    ("name", "rcode"), [("set.wild", dns.rcode.NOERROR), ("x.set.wild", dns.rcode.NXDOMAIN)]
)
def test_a_wildcard_does_not_answer_at_or_below_a_name_that_exists(
    zone: Zone, name: str, rcode: dns.rcode.Rcode
) -> None:
    reply = ask(zone, f"{name}.acme.test", "A")

    assert (reply.answer, reply.rcode) == ((), rcode)


def test_a_wildcard_of_another_type_is_nodata(zone: Zone) -> None:
    reply = ask(zone, "x.wild.acme.test", "NS")

    assert (reply.rcode, reply.authoritative, reply.answer) == (dns.rcode.NOERROR, True, ())


def test_a_wildcard_may_be_a_cname(zone: Zone) -> None:
    assert lines(ask(zone, "x.alias.acme.test", "A").answer) == [
        "x.alias.acme.test. 60 IN CNAME web.acme.test.",
        "web.acme.test. 600 IN A 203.0.113.1",
    ]


def test_a_dname_moves_what_is_below_it(zone: Zone) -> None:
    assert lines(ask(zone, "x.old.acme.test", "A").answer) == [
        "old.acme.test. 60 IN DNAME new.acme.test.",
        "x.old.acme.test. 60 IN CNAME x.new.acme.test.",
        "x.new.acme.test. 60 IN A 203.0.113.3",
    ]
    assert ask(zone, "old.acme.test", "A").answer == ()


def test_a_dname_to_a_name_too_long_is_yxdomain(zone: Zone) -> None:
    long = ".".join(["a" * 60] * 3)
    zone.add(
        dns.name.from_text("d.acme.test"),
        RdataType.DNAME,
        60,
        [dns.rdata.from_text("IN", "DNAME", f"{'b' * 60}.{'c' * 20}.acme.test.")],
    )

    assert ask(zone, f"{long}.d.acme.test", "A").rcode == dns.rcode.YXDOMAIN


def test_any_gets_the_smallest_possible_answer(zone: Zone) -> None:
    assert lines(ask(zone, "acme.test", "ANY").answer) == ['acme.test. 3600 IN HINFO "RFC8482" ""']
    assert ask(zone, "missing.acme.test", "ANY").rcode == dns.rcode.NXDOMAIN


def test_a_set_has_the_lowest_ttl_of_its_records(zone: Zone) -> None:
    zone.add(
        dns.name.from_text("web.acme.test"), RdataType.A, 900, [dns.rdata.from_text("IN", "A", "203.0.113.9")]
    )

    reply = ask(zone, "web.acme.test", "A")

    assert [(len(rrset), rrset.ttl) for rrset in reply.answer] == [(2, 600)]
