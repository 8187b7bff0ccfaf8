"""How the stub server can behave: an honest zone, and the ways to spoil its answers."""

from __future__ import annotations

import copy
import random
from collections.abc import Callable, Sequence
from functools import lru_cache

import dns.flags
import dns.message
import dns.name
import dns.query
import dns.rcode
import dns.rdatatype
import dns.rrset

from tests.service.dns_tree.programs import DNS_PORT
from tests.service.dns_tree.stub import VERIFIER, Behaviour, Question

EDNS_SIZE = 1232


def zone(origin: str, *records: str) -> Behaviour:
    """Answers as an authoritative server of a zone. `records` are lines “name TTL type value”, absolute.

    Below an NS record set that is not at the apex it refers, with the addresses of the records as glue.
    """
    return lambda question: [to_wire(answer(origin, records, question), question)]


def silent(_question: Question) -> list[bytes]:
    return []


def rcode(code: dns.rcode.Rcode) -> Behaviour:
    """Answers everything with the same response code."""

    def behaviour(question: Question) -> list[bytes]:
        response = dns.message.make_response(question.query)
        response.set_rcode(code)
        return [response.to_wire()]

    return behaviour


def forward(address: str) -> Behaviour:
    """Answers as the resolver at an address does."""
    return lambda question: [dns.query.udp(question.query, address, timeout=30, port=DNS_PORT).to_wire()]


def garbage(question: Question) -> list[bytes]:
    """The right id, and then nothing that can be read as a message."""
    return [question.query.to_wire()[:2] + b"\xff" * 30]


def without_aa(honest: Behaviour) -> Behaviour:
    """Never authoritative, whatever it is asked."""
    return _edited(honest, _clear_aa)


def truncated(honest: Behaviour) -> Behaviour:
    """Sets TC in every answer, over TCP too, and gives no records."""

    def behaviour(question: Question) -> list[bytes]:
        response = dns.message.make_response(question.query)
        response.flags |= dns.flags.TC
        return [response.to_wire()] if honest(question) else []

    return behaviour


def cut_short(honest: Behaviour) -> Behaviour:
    """Over UDP truncated as it should be; over TCP the message ends in the middle of its records."""

    def behaviour(question: Question) -> list[bytes]:
        if question.transport == "udp":
            return truncated(honest)(question)
        return [packet[:-7] for packet in honest(question)]

    return behaviour


def wrong_id(honest: Behaviour) -> Behaviour:
    """Answers with another message id, as a blind forger does."""
    return lambda question: [_other_id(packet) for packet in honest(question)]


def forged_first(forged: Behaviour, honest: Behaviour) -> Behaviour:
    """Over UDP an off-path packet with another id and other content comes in before the true answer."""

    def behaviour(question: Question) -> list[bytes]:
        early = [_other_id(packet) for packet in forged(question)] if question.transport == "udp" else []
        return early + honest(question)

    return behaviour


def forged_over_udp(forged: Behaviour, honest: Behaviour) -> Behaviour:
    """Over UDP a forger has guessed the id; over TCP the true answer comes through."""
    return lambda question: (forged if question.transport == "udp" else honest)(question)


def by_server(**behaviours: Behaviour) -> Behaviour:
    """Each server in its own way: `by_server(s1=..., s2=...)`."""
    return lambda question: behaviours[question.server](question)


def to_verifier(behaviour: Behaviour, honest: Behaviour) -> Behaviour:
    """Misbehaves towards the verifier alone. Resolvers, and so visitors, find what is true."""
    return lambda question: (behaviour if question.source == VERIFIER else honest)(question)


def with_aa(honest: Behaviour) -> Behaviour:
    """Sets AA in every answer, in referrals too."""
    return _edited(honest, _set_aa)


def cut_in_answer(honest: Behaviour, *, aa: bool) -> Behaviour:
    """Asked for NS records at a zone cut, gives them in ANSWER. All other questions get the referral."""

    def edit(message: dns.message.Message, question: Question) -> None:
        cuts = [found for found in message.authority if found.rdtype == dns.rdatatype.NS]
        if question.type == "NS" and not message.answer and cuts and cuts[0].name == message.question[0].name:
            message.answer, message.authority = cuts, []
            message.flags |= dns.flags.AA if aa else 0

    return _edited(honest, edit)


def without_ds(honest: Behaviour, code: dns.rcode.Rcode) -> Behaviour:
    """Has no answer about DS records but a response code."""
    return lambda question: (rcode(code) if question.type == "DS" else honest)(question)


def wildcard_cut(
    origin: str, name_servers: Sequence[str], honest: Behaviour, *, in_answer: bool
) -> Behaviour:
    """Leads every name below the zone to these, as if each had NS records of its own: as a referral, or in ANSWER."""

    def behaviour(question: Question) -> list[bytes]:
        if question.name == origin or not question.name.endswith(f".{origin}") or question.type == "DS":
            return honest(question)
        record = tuple(f"{question.name} 300 NS {name}." for name in name_servers)
        if not in_answer:
            return zone(origin, *record)(question)
        return zone(question.name, *record, f"{question.name} 300 TXT any")(question)

    return behaviour


def _set_aa(message: dns.message.Message, _question: Question) -> None:
    message.flags |= dns.flags.AA


def _clear_aa(message: dns.message.Message, _question: Question) -> None:
    message.flags &= ~dns.flags.AA


def _edited(honest: Behaviour, edit: Callable[[dns.message.Message, Question], None]) -> Behaviour:
    def behaviour(question: Question) -> list[bytes]:
        packets = []
        for packet in honest(question):
            message = dns.message.from_wire(packet)
            edit(message, question)
            packets.append(to_wire(message, question))
        return packets

    return behaviour


def _other_id(packet: bytes) -> bytes:
    other = (int.from_bytes(packet[:2]) + random.randint(1, 65535)) % 65536  # noqa: S311 (any other id will do)
    return other.to_bytes(2) + packet[2:]


def answer(origin: str, records: tuple[str, ...], question: Question) -> dns.message.Message:
    """The authoritative answer of a zone made of these records."""
    sets = _record_sets(records)
    name, apex = dns.name.from_text(question.name), dns.name.from_text(origin)
    response = dns.message.make_response(question.query)
    cut = _cut(name, apex, sets)
    if cut is not None and not (question.type == "DS" and name == cut.name):
        response.authority.append(cut)
        targets = {rdata.target for rdata in cut}
        response.additional.extend(found for found in sets if found.name in targets)
        return response
    response.flags |= dns.flags.AA
    here = [found for found in sets if found.name == name]
    wanted = dns.rdatatype.from_text(question.type)
    fitting = [found for found in here if found.rdtype in {wanted, dns.rdatatype.CNAME}]
    response.answer.extend(fitting)
    if not fitting:
        response.authority.extend(found for found in sets if found.rdtype == dns.rdatatype.SOA)
        if not any(found.name.is_subdomain(name) for found in sets):
            response.set_rcode(dns.rcode.NXDOMAIN)
    return response


def to_wire(message: dns.message.Message, question: Question) -> bytes:
    """As a server sends it: cut to the size of EDNS over UDP, with TC."""
    if question.transport == "tcp":
        return message.to_wire(max_size=65535)
    whole = message.to_wire(max_size=65535)
    if len(whole) <= EDNS_SIZE:
        return whole
    short = copy.copy(message)
    short.sections = [message.question, [], [], []]
    short.flags |= dns.flags.TC
    return short.to_wire()


@lru_cache(maxsize=64)
def _record_sets(records: tuple[str, ...]) -> tuple[dns.rrset.RRset, ...]:
    """Remembered: to read a thousand records anew for every question makes the stub slower than those who wait."""
    values: dict[tuple[str, str, str], list[str]] = {}
    for record in records:
        name, ttl, rdtype, value = record.split(None, 3)
        values.setdefault((name, ttl, rdtype), []).append(value)
    return tuple(
        dns.rrset.from_text_list(f"{name}.", int(ttl), "IN", rdtype, texts)
        for (name, ttl, rdtype), texts in values.items()
    )


def _cut(
    name: dns.name.Name, apex: dns.name.Name, sets: tuple[dns.rrset.RRset, ...]
) -> dns.rrset.RRset | None:
    delegations = (found for found in sets if found.rdtype == dns.rdatatype.NS and found.name != apex)
    return next((found for found in delegations if name.is_subdomain(found.name)), None)
