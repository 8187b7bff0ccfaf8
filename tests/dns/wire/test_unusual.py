"""Messages that `codec` does not read: read as dnspython does, in a time that no stranger can drive up."""

from __future__ import annotations

import struct
from typing import Any

import dns.message
import dns.name
import dns.rdata
import dns.rrset
import pytest
from hypothesis import given

from tests.dns import reference
from tests.dns.wire.messages import HOST, MESSAGES, NAMES, ORDINARY, UNUSUAL, response
from webapp.dns.wire import codec, message, unusual

WEIRD = response(
    [
        ("we\\.ird.acme.com.", 60, "IN", "NS", *NAMES, "\\255\\000.acme.com."),
        (f"{HOST}.", 60, "IN", "MX", "10 Mail.acme.com.", "20 other.acme.com."),
        (f"{HOST}.", 60, "IN", "TXT", '"one" "two"', '"\\200"'),
        ("old.acme.com.", 60, "IN", "DNAME", "New.example."),
        (f"{HOST}.", 60, "IN", "DS", "1 13 2 " + 64 * "a"),
        (f"{HOST}.", 60, "IN", "CAA", '0 issue "amazon.com"'),
    ]
)
OF_OTHER_CLASSES = ("another class",)


@pytest.mark.parametrize(
    "made",
    [WEIRD, *ORDINARY.values(), *(UNUSUAL[kind] for kind in UNUSUAL if kind not in OF_OTHER_CLASSES)],
    ids=str,
)
def test_it_reads_what_dnspython_reads(made: dns.message.Message) -> None:
    data = made.to_wire()
    found = unusual.read(data)
    assert found is not None
    assert found == reference.read(data)


@given(MESSAGES)
def test_whatever_it_reads_is_what_dnspython_reads(made: dns.message.Message) -> None:
    assert unusual.read(made.to_wire()) == reference.read(made.to_wire())


def test_types_and_classes_that_nobody_asks_for_are_passed_over() -> None:
    strange = response(
        [(f"{HOST}.", 60, "IN", "NSEC", "a.acme.com. A NS"), (f"{HOST}.", 60, "IN", "LOC", "52 N 13 E 9m")]
    )
    strange.authority.append(dns.rrset.from_text(f"{HOST}.", 60, "CH", "TXT", "Knot"))
    found = message.understand(strange.to_wire(), 4711, HOST, "NS")
    assert found is not None
    assert (found.answer, found.authority) == ((), ())


def test_a_message_that_was_cut_off_is_known_as_the_answer_and_no_more() -> None:
    cut = WEIRD.to_wire()[:-20]
    assert message.understand(cut, 4711, HOST, "NS") is None
    flags = int.from_bytes(cut[2:4]) | codec.TC
    found = message.understand(cut[:2] + flags.to_bytes(2) + cut[4:], 4711, HOST, "NS")
    assert found is not None
    assert found.answer == ()


QUESTION = b"\4chat\4acme\3com\0" + struct.pack("!HH", 2, 1)
POINTER = b"\xc0\x0c"
LONG = b"".join(bytes((1, 97 + number % 26)) for number in range(110)) + POINTER


def record(owner: bytes, rdtype: int, rdata: bytes) -> bytes:
    return owner + struct.pack("!HHIH", rdtype, 1, 60, len(rdata)) + rdata


def hostile(count: int) -> bytes:
    """Many name servers below one name of 113 labels, none of which our own reader takes."""
    first = 12 + len(QUESTION)
    below = struct.pack("!H", 0xC000 | first)
    records = [record(LONG, 2, POINTER)]
    records += [record(below, 2, b"\4%03d\xff" % (number % 1000) + below) for number in range(count - 1)]
    return struct.pack("!HHHHHH", 4711, codec.QR, 1, 0, count, 0) + QUESTION + b"".join(records)


class Work:
    """Counts what dnspython is given to do."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.names = self.records = 0
        read_name, read_record = dns.name.from_wire_parser, dns.rdata.from_wire_parser

        def name(*given: Any, **more: Any) -> dns.name.Name:
            self.names += 1
            return read_name(*given, **more)

        def rdata(*given: Any, **more: Any) -> dns.rdata.Rdata:
            self.records += 1
            return read_record(*given, **more)

        def whole(*_given: Any, **_more: Any) -> None:
            raise AssertionError("dnspython was given a whole message of a stranger's")

        monkeypatch.setattr(dns.name, "from_wire_parser", name)
        monkeypatch.setattr(dns.rdata, "from_wire_parser", rdata)
        monkeypatch.setattr(dns.message, "from_wire", whole)


def test_many_strange_names_cost_a_name_each(monkeypatch: pytest.MonkeyPatch) -> None:
    work = Work(monkeypatch)
    found = message.understand(hostile(100), 4711, HOST, "NS")
    assert found is not None
    assert len(found.authority[0].values) == 100
    assert work.records == 100
    assert work.names <= 2 * 100 + 1


@pytest.mark.parametrize("count", [unusual.MOST_RECORDS + 1, 1000, 3000])
def test_what_is_larger_than_any_answer_is_not_taken_apart(
    monkeypatch: pytest.MonkeyPatch, count: int
) -> None:
    work = Work(monkeypatch)
    assert message.understand(hostile(count), 4711, HOST, "NS") is None
    assert (work.names, work.records) == (0, 0)


def test_a_long_record_of_a_type_that_nobody_asked_for_is_not_taken_apart(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    windows = b"\0" + b"".join(bytes((number, 32)) + b"\xff" * 32 for number in range(100))
    data = struct.pack("!HHHHHH", 4711, codec.QR, 1, 0, 1, 0) + QUESTION + record(POINTER, 47, windows)
    work = Work(monkeypatch)
    assert message.understand(data, 4711, HOST, "NS") is not None
    assert work.records == 0


def test_a_strangers_packet_costs_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    work = Work(monkeypatch)
    assert message.understand(hostile(100), 4712, HOST, "NS") is None
    assert (work.names, work.records) == (0, 0)
