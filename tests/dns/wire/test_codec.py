"""That our own reader of ordinary messages and dnspython never tell two stories."""

from __future__ import annotations

from collections.abc import Sequence

import dns.edns
import dns.exception
import dns.flags
import dns.message
import dns.name
import dns.rcode
import dns.rdatatype
import dns.rrset
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.dns import reference
from webapp.dns.wire import codec, message

HOST = "chat.acme.com"
NAMES = (
    "ns-101.awsdns-12.com.",
    "NS-613.awsdns-13.net.",
    "ns-1125.awsdns-14.org.",
    "ns-1637.awsdns-15.co.uk.",
)
APEX = ("Chat.ACME.com.", 900, "IN", "SOA", "ns1.acme.com. Host-Master.acme.com. 7 7200 900 1209600 300")


def response(
    answer: Sequence[tuple[object, ...]] = (),
    authority: Sequence[tuple[object, ...]] = (),
    **edns: object,
) -> dns.message.Message:
    query = dns.message.make_query(HOST, "NS", id=4711)
    query.use_edns(0, payload=1232)
    made = dns.message.make_response(query, **edns)  # type: ignore[arg-type]
    made.answer += [dns.rrset.from_text(*given) for given in answer]  # type: ignore[arg-type]
    made.authority += [dns.rrset.from_text(*given) for given in authority]  # type: ignore[arg-type]
    return made


ORDINARY = {
    "referral": response(authority=[(f"{HOST}.", 172800, "IN", "NS", *NAMES)]),
    "apex": response([(f"{HOST}.", 172800, "IN", "NS", *NAMES)]),
    "soa": response([APEX]),
    "nothing": response(authority=[APEX]),
    "addresses": response([(f"{HOST}.", 60, "IN", "A", "192.0.2.1", "198.51.100.7")]),
    "empty": response(),
}


@pytest.mark.parametrize("kind", ORDINARY)
def test_ordinary_answers_are_read_without_dnspython_and_alike(kind: str) -> None:
    data = ORDINARY[kind].to_wire()
    found = codec.read(data)
    assert found is not None
    assert found == reference.read(data)
    assert found.answers(4711, HOST, codec.TYPES["NS"])


UNUSUAL = {
    "text": response([(f"{HOST}.", 60, "IN", "TXT", '"one" "two"')]),
    "a signed key": response([(f"{HOST}.", 60, "IN", "DS", "1 13 2 " + 64 * "a")]),
    "an escaped name": response([("we\\.ird.acme.com.", 60, "IN", "A", "192.0.2.1")]),
    "a long address": response([(f"{HOST}.", 60, "IN", "AAAA", "2001:db8::1")]),
    "an alias": response([(f"{HOST}.", 60, "IN", "CNAME", "Edge.Example.net.")]),
    "two SOA records": response([APEX, (*APEX[:4], APEX[4].replace(" 7 ", " 8 "))]),
    "another class": response([(f"{HOST}.", 60, "CH", "TXT", "Knot")]),
}


@pytest.mark.parametrize("kind", UNUSUAL)
def test_what_is_out_of_the_ordinary_is_left_to_dnspython(kind: str) -> None:
    data = UNUSUAL[kind].to_wire()
    assert codec.read(data) is None
    assert message.understand(data, 4711, HOST, "NS") is not None


def test_options_and_the_upper_bits_of_the_response_code_are_left_to_dnspython() -> None:
    bad_version = response()
    bad_version.set_rcode(dns.rcode.BADVERS)
    assert codec.read(bad_version.to_wire()) is None
    explained = response()
    explained.use_edns(
        0, options=[dns.edns.EDEOption(dns.edns.EDECode.NO_REACHABLE_AUTHORITY, "No reachable authority")]
    )
    assert codec.read(explained.to_wire()) is None


def test_pointers_in_a_circle_or_in_a_long_chain_come_to_an_end() -> None:
    header = bytes.fromhex("126784000001000100000000")
    circle = header + b"\xc0\x0c" + b"\x00\x02\x00\x01"
    assert codec.read(circle) is None
    chain = b"\x00" + b"".join((0xC000 | (12 + 2 * max(0, n - 1) + (n > 0))).to_bytes(2) for n in range(6000))
    assert codec.read(header + chain) is None
    assert message.understand(circle, 0x1267, HOST, "NS") is None
    assert codec.read(header + b"\x01a" * 30_000) is None


def labels() -> st.SearchStrategy[str]:
    return st.text("abCD09-_", min_size=1, max_size=12)


def domain_names() -> st.SearchStrategy[str]:
    return st.lists(labels(), max_size=4).map(lambda parts: ".".join((*parts, "Acme.com")) + ".")


def record_sets() -> st.SearchStrategy[tuple[object, ...]]:
    ttl = st.integers(0, 2**31 - 1)
    addresses = st.ip_addresses(v=4).map(str)
    long_addresses = st.ip_addresses(v=6).map(str)
    soa = st.builds(lambda a, b, n: f"{a} {b} {n} 7200 900 1209600 {n}", domain_names(), domain_names(), ttl)
    values = st.one_of(
        st.tuples(st.just("NS"), st.lists(domain_names(), min_size=1, max_size=6)),
        st.tuples(st.just("A"), st.lists(addresses, min_size=1, max_size=4)),
        st.tuples(st.just("AAAA"), st.lists(long_addresses, min_size=1, max_size=3)),
        st.tuples(st.just("CNAME"), domain_names().map(lambda name: [name])),
        st.tuples(st.just("SOA"), soa.map(lambda text: [text])),
        st.tuples(st.just("TXT"), st.just(['"v=spf1 -all"'])),
    )
    return st.builds(
        lambda owner, ttl, kind: (owner, ttl, "IN", kind[0], *kind[1]), domain_names(), ttl, values
    )


MESSAGES = st.builds(
    response,
    st.lists(record_sets(), max_size=4),
    st.lists(record_sets(), max_size=3),
    our_payload=st.just(1232),
)


@given(MESSAGES)
def test_whatever_is_read_is_what_dnspython_reads(made: dns.message.Message) -> None:
    data = made.to_wire()
    found = codec.read(data)
    assert found is None or found == reference.read(data)


@given(MESSAGES, st.data())
def test_damaged_messages_too(made: dns.message.Message, data: st.DataObject) -> None:
    damaged = bytearray(made.to_wire())
    for _ in range(data.draw(st.integers(1, 4))):
        damaged[data.draw(st.integers(0, len(damaged) - 1))] = data.draw(st.integers(0, 255))
    cut = bytes(damaged[: data.draw(st.integers(0, len(damaged)))])
    for broken in (bytes(damaged), cut):
        found = codec.read(broken)
        assert found is None or found == reference.read(broken)


@pytest.mark.parametrize("name", [HOST, "com", "_acme.chat.acme.com"])
@pytest.mark.parametrize("edns", [True, False])
def test_questions_are_written_as_dnspython_writes_them(name: str, edns: bool) -> None:
    flags = codec.RD | codec.AD
    query = dns.message.make_query(name, "AAAA", id=4711)
    query.flags = dns.flags.Flag(flags)
    if edns:
        query.use_edns(0, payload=message.EDNS_PAYLOAD)
    assert message.write(4711, name, "AAAA", flags=flags, edns=edns) == query.to_wire()


@pytest.mark.parametrize("name", [".", "*.acme.com", "we\\.ird.acme.com"])
def test_names_that_are_not_plain_are_written_by_dnspython(name: str) -> None:
    query = dns.message.from_wire(message.write(1, name, "TXT", flags=0, edns=True))
    assert query.question[0].name == dns.name.from_text(name)


@pytest.mark.parametrize("name", ["a..b", "straße.de", 64 * "a" + ".com", ".".join(130 * ["a"])])
def test_no_question_is_written_about_what_is_no_name(name: str) -> None:
    with pytest.raises((ValueError, dns.exception.DNSException)):
        message.write(1, name, "NS", flags=0, edns=True)


def test_an_answer_is_to_its_own_question() -> None:
    data = ORDINARY["apex"].to_wire()
    assert message.understand(data, 4711, HOST, "NS") is not None
    assert message.understand(data, 4712, HOST, "NS") is None
    assert message.understand(data, 4711, "chat.acme.org", "NS") is None
    assert message.understand(data, 4711, HOST, "DS") is None
    query = dns.message.make_query(HOST, "NS", id=4711).to_wire()
    assert message.understand(query, 4711, HOST, "NS") is None


def test_a_response_code_may_come_without_the_question() -> None:
    refused = ORDINARY["empty"]
    bare = dns.message.Message(id=4711)
    bare.flags = dns.flags.QR
    assert message.understand(bare.to_wire(), 4711, HOST, "NS") is None
    bare.set_rcode(dns.rcode.REFUSED)
    assert message.understand(bare.to_wire(), 4711, HOST, "NS") is not None
    assert refused.question
