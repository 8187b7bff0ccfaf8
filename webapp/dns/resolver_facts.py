"""What a recursive resolver can do: answer over UDP and TCP, recurse, validate."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

import dns.asyncquery
import dns.exception
import dns.flags
import dns.message
import dns.rcode

SECONDS = 3.0


@dataclass(frozen=True)
class ResolverFacts:
    """`udp` and `tcp` are response codes such as NOERROR, or None for silence. `recursion`: it resolves for us.
    `validating`: it has checked the root's signatures and says so (RFC 6840, 5.8).
    """

    udp: str | None
    tcp: str | None
    recursion: bool
    validating: bool


async def resolver_facts(host: str, port: int) -> ResolverFacts:
    """`host` is an address. Asks for the name servers of the root, which every resolver knows."""
    udp, tcp = await asyncio.gather(_ask(host, port, tcp=False), _ask(host, port, tcp=True))
    answers = [answer for answer in (udp, tcp) if answer is not None]
    return ResolverFacts(
        udp=_code(udp),
        tcp=_code(tcp),
        recursion=any(answer.flags & dns.flags.RA for answer in answers),
        validating=any(answer.flags & dns.flags.AD for answer in answers),
    )


async def _ask(host: str, port: int, *, tcp: bool) -> dns.message.Message | None:
    query = dns.message.make_query(".", "NS")
    query.flags |= dns.flags.AD
    try:
        if tcp:
            return await dns.asyncquery.tcp(query, host, timeout=SECONDS, port=port)
        return await dns.asyncquery.udp(
            query, host, timeout=SECONDS, port=port, ignore_unexpected=True, ignore_errors=True
        )
    except (OSError, EOFError, dns.exception.DNSException):
        return None


def _code(answer: dns.message.Message | None) -> str | None:
    return dns.rcode.to_text(answer.rcode()) if answer is not None else None
