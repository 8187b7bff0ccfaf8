"""Reading answers: what a message means for the delegation of one host. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from webapp.dns import name_arithmetic
from webapp.dns.answers import Answer, Outcome
from webapp.dns.lookup.observation import Alias, ParentAnswer, Says
from webapp.dns.records import RecordSet


@dataclass(frozen=True)
class Cut:
    """A zone cut between the zone that was asked and the host: the parent zone lies deeper than thought.

    `name_servers` is empty when the same servers hold the deeper zone, and were not asked for its names.
    """

    zone: str
    name_servers: tuple[str, ...] = ()


@dataclass(frozen=True)
class Shown:
    """A cut, and the servers that show it with the same name servers, each with its answer."""

    cut: Cut
    by: tuple[tuple[str, Answer], ...]

    @property
    def answer(self) -> Answer:
        """One of the answers, with the addresses that all bring along."""
        return with_common_addresses([answer for _, answer in self.by])


def read_parent(
    server: str,
    answer: Answer,
    zone: str,
    further: Iterable[Answer] = (),
    *,
    ours: frozenset[str] = frozenset(),
) -> ParentAnswer:
    """What a server of `zone` says about the host that `answer` asked NS for.

    Only two kinds of answer are one of the parent's: a referral for exactly this host, and an authoritative answer.
    NS records for the host in ANSWER may come from a zone of that name on the very server. Visitors are then answered
    from there, and our name servers are never asked. That is no delegation, even if it lists our names, so it never
    verifies: were the server one of ours, the answer would be our own zone's, and would prove nothing about who
    controls the parent. `further` are the answers that tell the two apart, see `unclear`. `ours` are the names that a
    cache may have from our own zone.
    """
    between = read_cut(answer, zone)
    said = ParentAnswer(server, answer.address, answer.outcome, deeper=between.zone if between else "")
    referral, wildcard = answer.referral, answer.wildcard
    if wildcard:
        return _by_wildcard(said, wildcard)
    if unclear(answer):
        return _read_unclear(said, answer, zone, tuple(further), ours)
    if referral:
        upward = name_arithmetic.below(zone, referral.name) and not answer.authoritative
        return _delegated(said, referral) if referral.name == answer.name else replace(said, upward=upward)
    return _read_authoritative(said, answer, zone) if answer.authoritative else said


def _read_authoritative(said: ParentAnswer, answer: Answer, zone: str) -> ParentAnswer:
    soa = answer.soa
    if soa and soa.name == answer.name:
        return replace(said, says=Says.OWN_ZONE)
    alias = read_alias(answer)
    if alias:
        return replace(said, says=Says.ALIAS, alias=alias, ttl=answer.answer[0].ttl)
    if answer.outcome not in {Outcome.NODATA, Outcome.NXDOMAIN} or (soa and soa.name != zone):
        return said
    return replace(said, says=Says.ABSENT, ttl=answer.negative_ttl)


def unclear(answer: Answer) -> bool:
    """Whether the NS records for the name asked for may be those of a zone of that name on the very server.

    Some servers put a delegation in ANSWER, and all put the NS records of a zone of their own there. Some set AA in a
    referral, and a server can put the NS records of a zone of its own in AUTHORITY.
    """
    return _listed(answer) is not None and answer.record_set("CNAME") is None


def _listed(answer: Answer) -> RecordSet | None:
    cut = answer.referral if answer.authoritative else None
    return answer.record_set("NS") or (cut if cut and cut.name == answer.name else None)


def _read_unclear(
    said: ParentAnswer, answer: Answer, zone: str, further: tuple[Answer, ...], ours: frozenset[str]
) -> ParentAnswer:
    """The SOA question tells: the server has a zone of that name, or refers to those whom it lists.

    With AA clear, the records may come out of a cache, which has them from our own zone. So the server must show that
    it holds the parent zone, and must neither offer recursion nor have the SOA of our zone as well.
    """
    host, listed = answer.name, _listed(answer)
    at_host = [one for one in further if (one.name, one.type) == (host, "SOA") and one.outcome.answered]
    if listed is None or not at_host:
        return said
    if any(one.authoritative and one.soa and one.soa.name == host for one in at_host):
        return replace(said, says=Says.OWN_ZONE, name_servers=frozenset(listed.values), ttl=listed.ttl)
    cached = any(one.record_set("SOA") for one in at_host)
    elsewhere = answer.recursive or not any(_holds(one, zone) for one in further)
    if cached or (elsewhere and not answer.authoritative):
        return said
    cuts = [one.referral for one in further if one.referral and one.referral.name == host]
    if cuts:
        return _by_cuts(said, listed, cuts, ours)
    beside = (one for one in further if one.type == "NS" and not name_arithmetic.at_or_below(one.name, host))
    if any(listed.values in {one.values("NS"), _values(one.referral)} for one in beside):
        return _by_wildcard(said, replace(listed, name=name_arithmetic.wildcard_beside(host)))
    return said


def _by_cuts(
    said: ParentAnswer, listed: RecordSet, cuts: list[RecordSet], ours: frozenset[str]
) -> ParentAnswer:
    """The delegation, if the server lists the same wherever it is asked.

    Where it does not, one of the two may be what our own zone says of itself, out of a cache. Then the cuts count,
    and names that are not ours: they lead visitors there all the same. What is right by that alone tells nothing.
    """
    seen = frozenset[str]().union(*(cut.values for cut in cuts))
    if any(set(one.values) != seen for one in (listed, *cuts)):
        seen |= frozenset(listed.values) - ours
        if seen == ours:
            return said
    return replace(_delegated(said, cuts[0]), name_servers=seen)


def _delegated(said: ParentAnswer, cut: RecordSet) -> ParentAnswer:
    return replace(said, says=Says.DELEGATED, name_servers=frozenset(cut.values), ttl=cut.ttl)


def _by_wildcard(said: ParentAnswer, found: RecordSet) -> ParentAnswer:
    seen = frozenset(found.values)
    return replace(said, says=Says.WILDCARD, name_servers=seen, ttl=found.ttl, wildcard=found.name)


def _holds(answer: Answer, zone: str) -> bool:
    apex = answer.record_set("SOA")
    return answer.authoritative and apex is not None and answer.name == zone


def _values(found: RecordSet | None) -> tuple[str, ...]:
    return found.values if found else ()


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


def shown_cut(heard: Iterable[tuple[str, Answer]], zone: str, needed: int) -> Shown | None:
    """The cut that most of the servers show that answered, and as many as have to agree. One of several could make up
    a zone at servers of its own."""
    answered = [(server, answer) for server, answer in heard if answer.outcome.answered]
    shown: dict[tuple[str, frozenset[str]], dict[str, tuple[Cut, Answer]]] = {}
    for server, answer in answered:
        cut = read_cut(answer, zone)
        if cut:
            alike = shown.setdefault((cut.zone, frozenset(cut.name_servers)), {})
            alike.setdefault(server, (cut, answer))
    most = max(shown.values(), key=len, default={})
    if len(most) < needed or len(most) * 2 <= len({server for server, _ in answered}):
        return None
    cut = next(cut for cut, _ in most.values())
    return Shown(cut, tuple((server, answer) for server, (_, answer) in most.items()))


def with_common_addresses(answers: Sequence[Answer]) -> Answer:
    """The first of answers that say the same, with the addresses that all bring along: whoever repeats the names of
    the others may add addresses of its own."""
    first, *others = answers
    known = [{(one.name, one.type): set(one.values) for one in other.additional} for other in others]
    common = (
        (one, set(one.values).intersection(*(sets.get((one.name, one.type), ()) for sets in known)))
        for one in first.additional
    )
    kept = tuple(replace(one, values=tuple(sorted(values))) for one, values in common if values)
    return replace(first, additional=kept)


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

    A server that knows nothing of DNSSEC answers a DS question with a referral to the host: it has no DS to serve. A
    referral to a zone above says nothing.
    """
    if answer.referral:
        return () if answer.referral.name == answer.name else None
    if not answer.authoritative or not answer.outcome.answered:
        return None
    return answer.values("DS")
