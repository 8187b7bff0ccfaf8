"""Where a name server may be asked: its addresses, learnt from every resolver of ours and from the zones themselves.

Whoever forges an address of the parent's name servers decides what they say, and a cache of one resolver can be
poisoned. So an address is sure when the zones themselves have it (glue of a referral, or the authoritative answer of
the zone that holds the server's name, reached from the registry downwards), or when all resolvers of ours that can be
asked agree on it. Where they give different addresses and the zones confirm none, the server is not believed.

With one resolver alone, nobody could disagree with it, so the zones are asked about its addresses of the parent's
servers. It is believed all the same where the zones could not be asked, and about servers on the way to them that are
outside the zones gone through, for which no referral brings an address. Whoever deceives a lone resolver about one of
these decides what passes for the zone's word. The registry's own servers are the start of every way down, so no zone
can confirm them: there, all resolvers must agree.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from webapp.dns import name_arithmetic
from webapp.dns.answers import Answer
from webapp.dns.names import reserved
from webapp.dns.notes import Note
from webapp.dns.servers.agreement import agreed_by, dispute
from webapp.dns.servers.evidence import Role
from webapp.dns.servers.inquiry import Inquiry, Word

#: How many servers of each zone on the way are tried until one answers.
_TRIES = 3
#: How many zones are gone through to that of a name server: its domain, and one or two below it.
_STEPS = 4
#: How many questions a check asks without those about its parent's servers, and how many for each resolver of them.
_OTHER_QUESTIONS, _FOR_EACH_RESOLVER = 12, 8
#: How many questions a server of the parent costs, how many more it takes to confirm its address, and how many to
#: find the zone that can, with one resolver alone.
_FOR_EACH_SERVER, _TO_CONFIRM, _FOR_EACH_ZONE = 3, 1, 3


@dataclass(frozen=True)
class Located:
    """A name server and where it may be asked. `unknown`: its addresses could not be learnt this time,
    or are not sure, which is not to say that it has none. `confirmed` is False for addresses that are not sure."""

    server: str
    addresses: tuple[str, ...] = ()
    unknown: bool = False
    confirmed: bool = True


@dataclass(frozen=True)
class _Found:
    """Addresses of one family. `sure` is None when nobody could be asked, or when they differ; `claimed` is what was
    said by anybody."""

    sure: frozenset[str] | None
    claimed: frozenset[str] = frozenset()
    alias: bool = False


async def locate(
    inquiry: Inquiry,
    role: Role,
    server: str,
    *,
    glue: tuple[str, ...] = (),
    hint: tuple[str, ...] = (),
    zones: bool = False,
) -> Located:
    """The addresses at which a name server may be asked: IPv4, or IPv6 where it has no IPv4 address.

    `glue` are addresses that a referral brought along; those that may be asked are used instead of asking for more.
    `hint` are addresses that the zone above gives for it, which confirm what a resolver says. `zones`: the zones
    themselves may be asked.
    """
    brought = inquiry.askable(role, server, glue)
    if brought:
        return Located(server, brought)
    for rdtype in ("A", "AAAA"):
        hint_there = _of_family(hint, rdtype)
        found = await _find(inquiry, role, server, rdtype, hint_there, zones=zones)
        if found.sure is None:
            # Where the zone above gives an address as well, both are asked, and only the zone's counts.
            unsure = inquiry.askable(role, server, sorted(found.claimed)) if hint else ()
            return Located(server, unsure, unknown=True, confirmed=False)
        if found.alias:
            inquiry.leave_out(role, server, "", rdtype, Note("name-server-alias", {"server": server}))
            return Located(server)
        askable = inquiry.askable(role, server, sorted(found.sure))
        if askable:
            return Located(server, askable)
        if hint_there and not found.sure:
            break  # The zone above alone has an address, which is enough.
    inquiry.leave_out(role, server, "", "", Note("no-address", {"server": server}))
    return Located(server)


async def locate_by_other_family(
    inquiry: Inquiry, role: Role, known: Located, *, hint: tuple[str, ...] = (), zones: bool = False
) -> Located | None:
    """The same server at its addresses of the family that was not asked; None when it has none, or both were asked.

    Asked for only when the server is silent at those of the first family, so that the usual check has no such
    question.
    """
    families = {":" in address for address in known.addresses}
    if len(families) != 1 or not known.confirmed:
        return None
    rdtype = "A" if families == {True} else "AAAA"
    hint_there = _of_family(hint, rdtype)
    found = await _find(inquiry, role, known.server, rdtype, hint_there, zones=zones)
    if found.alias or (found.sure is None and found.claimed):
        return None
    addresses = inquiry.askable(role, known.server, sorted(found.sure or hint_there))
    return Located(known.server, addresses) if addresses else None


def affordable(inquiry: Inquiry, count: int, unconfirmed: Sequence[str]) -> int:
    """How many of `count` servers of the parent are asked: as many as the check has questions for.

    An address that no referral has confirmed costs a question to each further resolver. With one resolver alone, it
    costs the way to its zone, which servers of one domain share.
    """
    limits, resolvers = inquiry.limits, len(inquiry.paths)
    left = limits.queries - _OTHER_QUESTIONS - _FOR_EACH_RESOLVER * resolvers
    share = max(1, count)
    each = _FOR_EACH_SERVER + _TO_CONFIRM * max(1, resolvers - 1) * len(unconfirmed) / share
    if resolvers == 1:
        domains = {reserved.registrable(name) or name for name in unconfirmed}
        each += _FOR_EACH_ZONE * len(domains) / share
    return min(limits.name_servers, max(2, int(left / each)))


async def _find(
    inquiry: Inquiry, role: Role, server: str, rdtype: str, hint: frozenset[str], *, zones: bool
) -> _Found:
    if hint:
        first = await _first_word(inquiry, server, rdtype)
        if first and not first.bogus and first.values & hint:
            return _Found(first.values & hint)
    words = await inquiry.words(server, rdtype)
    if not words:
        return _Found(None)
    claimed = frozenset().union(*(word.values for word in words))
    agreed = agreed_by(words)
    alias = agreed is not None and all(word.alias for word in words)
    if agreed is not None and (alias or not zones or len(words) > 1):
        return _Found(agreed, claimed, alias)
    said = await _said_by_zone(inquiry, server, rdtype, claimed) if zones else None
    said = hint if said is None and hint else said
    if said is None and agreed is not None:
        return _Found(agreed, claimed)
    if said is not None and (said & claimed or not said | claimed):
        return _Found(said & claimed, claimed)
    dispute(inquiry, role, server, words, said)
    return _Found(None, claimed)


async def _first_word(inquiry: Inquiry, server: str, rdtype: str) -> Word | None:
    for path in inquiry.paths:
        word = await inquiry.word(server, rdtype, path)
        if word:
            return word
    return None


def _of_family(addresses: Iterable[str], rdtype: str) -> frozenset[str]:
    return frozenset(address for address in addresses if (":" in address) is (rdtype == "AAAA"))


async def _said_by_zone(
    inquiry: Inquiry, server: str, rdtype: str, claimed: frozenset[str]
) -> frozenset[str] | None:
    """What the zones themselves say of a server's addresses; None when they could not be asked.

    Glue is enough when it confirms an address. When it does not, it may be out of date, and the zone decides.
    """
    async with inquiry.walking[reserved.registry_suffix(server) or "."]:
        start, names, referral = await _start_of_walk(inquiry, server)
        glue, by = frozenset[str](), None
        for _ in range(_STEPS):
            glue = _of_family(referral.glue_for(server), rdtype) if referral else glue
            if glue & claimed:
                return glue
            answer = await first_answer(inquiry, names, referral, server, rdtype, by=by)
            if answer is None:
                break
            cut = answer.referral
            if cut is None and answer.authoritative:
                return frozenset(answer.values(rdtype))
            if cut is None or not name_arithmetic.below(cut.name, start):
                break
            inquiry.referrals[cut.name] = answer
            by, start, names, referral = start, cut.name, cut.values, answer
    return glue or None


async def _start_of_walk(inquiry: Inquiry, server: str) -> tuple[str, tuple[str, ...], Answer | None]:
    """The deepest zone above the server to which this check has found the way already, else the registry's."""
    known = [zone for zone in inquiry.referrals if name_arithmetic.at_or_below(server, zone)]
    if not known:
        return *await registry_of(inquiry, server), None
    deepest = max(known, key=len)
    referral = inquiry.referrals[deepest]
    cut = referral.referral
    return deepest, cut.values if cut else (), referral


async def registry_of(inquiry: Inquiry, name: str) -> tuple[str, tuple[str, ...]]:
    """The registry's zone above a name and its servers, none if our resolvers name different ones.

    Not every suffix of the Public Suffix List is a zone of its own.
    """
    start = reserved.registry_suffix(name) or "."
    while True:
        names = await agreed_servers(inquiry, start)
        above = name_arithmetic.parent_of(start)
        if names is None:
            return start, ()
        if names or above is None or not inquiry.resolver_heard:
            return start, names
        start = above


async def agreed_servers(inquiry: Inquiry, zone: str) -> tuple[str, ...] | None:
    """The name servers of a zone that all our resolvers name; None when they name different ones."""
    words = await inquiry.words(zone, "NS")
    agreed = agreed_by(words) if words else frozenset()
    if agreed is None:
        dispute(inquiry, "above", zone, words)
        return None
    return tuple(sorted(agreed))


async def first_answer(
    inquiry: Inquiry,
    names: tuple[str, ...],
    referral: Answer | None,
    name: str,
    rdtype: str,
    *,
    by: str | None = None,
    zones: bool = False,
) -> Answer | None:
    """What the first of the servers that answers says of `name`.

    `referral` is what led to them, if anything did, and `by` is the zone that gave it. Without it, the referral may
    come from a zone that knows nothing of other zones' servers, so that only its glue counts.
    """
    silent = []
    for server in names[:_TRIES]:
        glue = referral.glue_for(server) if referral else ()
        hint = referral.addresses_within(server, by) if referral and by else ()
        located = await locate(inquiry, "above", server, glue=glue, zones=zones)
        if not located.addresses and hint:
            located = Located(server, inquiry.askable("above", server, hint))
        answer = await ask_above(inquiry, located, name, rdtype)
        if answer:
            return answer
        silent.append(located)
    for located in silent:
        other = await locate_by_other_family(inquiry, "above", located, zones=zones)
        answer = await ask_above(inquiry, other, name, rdtype) if other else None
        if answer:
            return answer
    return None


async def ask_above(inquiry: Inquiry, located: Located, name: str, rdtype: str) -> Answer | None:
    """What a server of a zone above says at the first of its addresses that answers."""
    for address in located.addresses:
        answer = await inquiry.ask_above(located.server, address, name, rdtype)
        if answer.outcome.answered:
            return answer
    return None
