"""Reading answers: what a message means for the delegation of one host. Pure."""

from __future__ import annotations

from dataclasses import dataclass, replace

from webapp.dns import name_arithmetic
from webapp.dns.answers import Answer, Outcome
from webapp.dns.lookup.observation import Alias, ParentAnswer, Says


@dataclass(frozen=True)
class Cut:
    """A zone cut between the zone that was asked and the host: the parent zone lies deeper than thought.

    `name_servers` is empty when the same servers hold the deeper zone, and were not asked for its names.
    """

    zone: str
    name_servers: tuple[str, ...] = ()


def read_parent(server: str, answer: Answer, zone: str) -> ParentAnswer:
    """What a server of `zone` says about the host that `answer` asked NS for.

    Only two kinds of answer are one of the parent's: a referral for exactly this host, with AA clear, and
    an authoritative answer. An authoritative NS record set for the host comes from a zone of that name on
    the very server; visitors are then answered from there and our name servers are never asked. It is no
    delegation, even if it lists our names, so it never verifies: were the server one of ours, the answer
    would be our own zone's, and would prove nothing about who controls the parent.
    """
    said = ParentAnswer(server, answer.address, answer.outcome)
    host, referral, soa = answer.name, answer.referral, answer.soa
    if referral:
        seen = frozenset(referral.values)
        delegated = replace(said, says=Says.DELEGATED, name_servers=seen, ttl=referral.ttl)
        return delegated if referral.name == host else said
    if not answer.authoritative or not answer.outcome.answered:
        return said
    own = answer.record_set("NS")
    if own or (soa and soa.name == host):
        seen = frozenset(own.values) if own else frozenset()
        return replace(said, says=Says.OWN_ZONE, name_servers=seen, ttl=own.ttl if own else None)
    alias = read_alias(answer)
    if alias:
        return replace(said, says=Says.ALIAS, alias=alias, ttl=answer.answer[0].ttl)
    if answer.outcome not in {Outcome.NODATA, Outcome.NXDOMAIN} or (soa and soa.name != zone):
        return said
    return replace(said, says=Says.ABSENT, ttl=answer.negative_ttl)


def read_alias(answer: Answer) -> Alias | None:
    """The DNAME above the name asked for, or the CNAME at it. A DNAME comes with a CNAME synthesized from it."""
    dname = (rs for rs in answer.answer if rs.type == "DNAME" and name_arithmetic.below(answer.name, rs.name))
    found = next(dname, None) or answer.record_set("CNAME")
    return Alias(found.name, found.type, found.values[0]) if found else None


def read_cut(answer: Answer, zone: str) -> Cut | None:
    """The zone cut that `answer` shows strictly between `zone` and the name asked for."""
    referral, soa = answer.referral, answer.soa
    if referral:
        cut = Cut(referral.name, referral.values)
    elif soa and answer.authoritative and not answer.answer:
        cut = Cut(soa.name)
    else:
        return None
    return (
        cut
        if name_arithmetic.below(cut.zone, zone) and name_arithmetic.below(answer.name, cut.zone)
        else None
    )


def read_zone(answer: Answer) -> str | None:
    """The zone that holds the name asked SOA for, by a resolver's answer.

    Behind a CNAME the SOA is that of the alias' target, which says nothing about the name itself.
    """
    soa = answer.soa
    if not soa or answer.record_set("CNAME") or not name_arithmetic.at_or_below(answer.name, soa.name):
        return None
    return soa.name


def read_ds(answer: Answer) -> tuple[str, ...] | None:
    """The DS records at the parent; None when this answer does not tell.

    A server that knows nothing of DNSSEC answers a DS question with a referral: it has no DS to serve.
    """
    if answer.referral:
        return ()
    if not answer.authoritative or not answer.outcome.answered:
        return None
    return answer.values("DS")


def glue_for(answer: Answer, server: str) -> tuple[str, ...]:
    """The addresses that a referral brings along for a name server inside the delegated zone itself."""
    referral = answer.referral
    if not referral or not name_arithmetic.at_or_below(server, referral.name):
        return ()
    sets = (rs for rs in answer.additional if rs.name == server and rs.type in {"A", "AAAA"})
    return tuple(value for rs in sorted(sets, key=lambda rs: rs.type) for value in rs.values)
