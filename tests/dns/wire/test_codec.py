"""Our own reader of ordinary messages gives the same result as dnspython."""

from __future__ import annotations

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
from tests.dns.wire.messages import HOST, MESSAGES, ORDINARY, UNUSUAL, response
from webapp.dns.wire import codec, message


@pytest.mark.parametrize("kind", ORDINARY)
def test_ordinary_answers_are_read_without_dnspython_and_alike(kind: str) -> None:
    data = ORDINARY[kind].to_wire()
    found = codec.read(data)
    assert found is not None
    assert found == reference.read(data)
    assert found.answers(4711, HOST, codec.TYPES["NS"])


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
