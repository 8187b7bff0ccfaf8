"""The sandbox's DNS server: what it answers to each message."""

from __future__ import annotations

import dns.flags
import dns.message
import dns.opcode
import dns.rcode
import pytest

from webapp.sandbox.aws.route53_zones import Account
from webapp.sandbox.provider import records
from webapp.sandbox.provider.typed import Typed, read
from webapp.sandbox.shared.environment import LISTENERS
from webapp.sandbox.world.dns_server import respond
from webapp.sandbox.world.world import World

RESOLVER, _, PROVIDER = LISTENERS[:3]


@pytest.fixture
def world(account: Account) -> World:
    return World(account.store, account.controls, account.clock)


def ask(
    world: World, query: dns.message.Message, *, over_udp: bool = True, role: int = 2
) -> dns.message.Message:
    wire = respond(world, LISTENERS[role], query.to_wire(), over_udp)
    assert wire is not None
    return dns.message.from_wire(wire)


def test_an_answer_has_the_id_and_question_and_flags(world: World) -> None:
    query = dns.message.make_query("Acme.test", "SOA", flags=0)

    answer = ask(world, query)

    assert query.is_response(answer)
    assert answer.flags == dns.flags.QR | dns.flags.AA
    assert answer.question[0].name.to_text() == "Acme.test."


def test_the_resolver_offers_recursion_and_claims_no_authority(world: World) -> None:
    answer = ask(world, dns.message.make_query("acme.test", "SOA"), role=0)

    assert answer.flags == dns.flags.QR | dns.flags.RD | dns.flags.RA
    assert answer.answer


@pytest.mark.parametrize(
    ("payload", "over_udp", "truncated"),
    [(None, True, True), (512, True, True), (4096, True, True), (None, False, False)],
)
def test_an_answer_too_large_for_udp_is_truncated_and_comes_over_tcp(
    world: World, account: Account, payload: int | None, over_udp: bool, truncated: bool
) -> None:
    lines = "\n".join(f"{n:02}" + "x" * 200 for n in range(10))
    records.add(account.store, read(Typed("big.acme.test", "TXT", "60", lines)))
    query = dns.message.make_query("big.acme.test", "TXT", use_edns=0 if payload else None, payload=payload)

    answer = ask(world, query, over_udp=over_udp)

    assert bool(answer.flags & dns.flags.TC) is truncated
    assert sum(len(rrset) for rrset in answer.answer) == (0 if truncated else 10)


def test_an_answer_between_512_and_1232_needs_edns(world: World, account: Account) -> None:
    lines = "\n".join(f"{n:02}" + "x" * 200 for n in range(4))
    records.add(account.store, read(Typed("mid.acme.test", "TXT", "60", lines)))

    plain = ask(world, dns.message.make_query("mid.acme.test", "TXT"))
    edns = ask(world, dns.message.make_query("mid.acme.test", "TXT", use_edns=0, payload=1232))

    assert plain.flags & dns.flags.TC
    assert not edns.flags & dns.flags.TC
    assert edns.edns == 0


def test_transfers_and_other_classes_are_refused(world: World) -> None:
    assert ask(world, dns.message.make_query("acme.test", "AXFR")).rcode() == dns.rcode.REFUSED
    assert ask(world, dns.message.make_query("version.bind", "TXT", "CH")).rcode() == dns.rcode.REFUSED


def test_other_operations_are_not_implemented(world: World) -> None:
    query = dns.message.make_query("acme.test", "SOA")
    query.set_opcode(dns.opcode.NOTIFY)

    assert ask(world, query).rcode() == dns.rcode.NOTIMP


def test_a_later_version_of_edns_is_told_which_one_we_speak(world: World) -> None:
    answer = ask(world, dns.message.make_query("acme.test", "SOA", use_edns=1))

    assert (answer.rcode(), answer.edns) == (dns.rcode.BADVERS, 0)


def test_what_cannot_be_read_is_a_format_error_with_its_id(world: World) -> None:
    wire = dns.message.make_query("acme.test", "SOA", id=4711).to_wire()[:-3]

    answer = respond(world, PROVIDER, wire, True)

    assert answer is not None
    assert dns.message.from_wire(answer).rcode() == dns.rcode.FORMERR
    assert dns.message.from_wire(answer).id == 4711


def test_answers_and_scraps_get_no_answer(world: World) -> None:
    query = dns.message.make_query("acme.test", "SOA")

    assert respond(world, PROVIDER, dns.message.make_response(query).to_wire(), True) is None
    assert respond(world, PROVIDER, b"too short", True) is None
    assert respond(world, PROVIDER, b"\0\0\x80" + b"\xff" * 20, True) is None


def test_a_silent_server_says_nothing(world: World, account: Account) -> None:
    account.controls.set_dns_outcome(PROVIDER, "silent")

    assert respond(world, PROVIDER, dns.message.make_query("acme.test", "SOA").to_wire(), True) is None
