"""The parent zone: found at the real zone cut, then asked at its own servers.

Two sources say which servers are its own. Our resolver takes the NS set from the zone itself and may have cached it
for days. The zone above (`webapp.dns.lookup.above`) is what visitors without a cache follow. All servers that either
names are asked. Where the two differ, a verdict needs enough answers from servers that the zone above names, and the
deletion of a zone needs an answer from every server of both. Where the zone above could not be asked, the resolver's
set is enough for a proof and for a page, but never for a deletion.
"""

from __future__ import annotations

import asyncio
from collections import Counter

from webapp.dns import name_arithmetic
from webapp.dns.answers import Answer, Outcome
from webapp.dns.lookup.above import Above, find_above, has_zone_above
from webapp.dns.lookup.inquiry import Inquiry, Located
from webapp.dns.lookup.observation import NameServerSet, ParentAnswer
from webapp.dns.lookup.reading import Cut, glue_for, read_cut, read_parent, read_zone
from webapp.dns.notes import Note

_NO_ANSWER = {Outcome.TIMEOUT, Outcome.UNREACHABLE}


class ParentSearch:
    """Finds the zone that holds the delegation of `host` and asks its servers for it, over TCP.

    The attributes grow while `run` goes on, so that what was learnt before a deadline can be judged.
    Servers that are `ours` are not asked even where the parent zone names them: they would answer from our
    own zone, which proves nothing.
    """

    def __init__(self, inquiry: Inquiry, host: str, ours: frozenset[str] = frozenset()) -> None:
        self.zone: str | None = None
        self.name_servers: tuple[str, ...] = ()
        self.set = NameServerSet.UNKNOWN
        self.named_above: frozenset[str] = frozenset()
        self.unlocated: tuple[str, ...] = ()
        self.beyond_cap: tuple[str, ...] = ()
        self.needed = 2
        self.bogus = False
        self.no_tcp = False
        self._inquiry = inquiry
        self._host = host
        self._ours = ours
        self._servers: tuple[Located, ...] = ()
        self._answers: dict[Located, Answer] = {}

    @property
    def answers(self) -> tuple[ParentAnswer, ...]:
        """What each server that was asked says, in the order of the servers."""
        zone = self.zone
        if zone is None:
            return ()
        in_order = [server for server in self._servers if server in self._answers]
        return tuple(read_parent(at.server, self._answers[at], zone) for at in in_order)

    @property
    def speakers(self) -> tuple[ParentAnswer, ...]:
        """The servers that answered as the parent's."""
        return tuple(answer for answer in self.answers if answer.says)

    async def run(self) -> None:
        unsure = await self._find_zone()
        if self.zone is None:
            return
        await self._learn_servers(self.zone)
        for _ in range(self._inquiry.limits.chain_steps):
            # Where the resolver could not answer for a deeper name, two servers show whether there is a zone cut.
            shown = await self._ask(self._servers[:2]) if unsure else None
            shown = shown or await self._ask(self._servers)
            if shown is None:
                break
            await self._descend(*shown)
            unsure = False
        await asyncio.gather(self._ask_other_resolvers(), self._find_tcp_trouble())

    async def _find_zone(self) -> bool:
        """Walks up from the host's parent to the first zone; True when a name on the way could not be asked.

        The walk starts above the host: at the host itself it would find our own zone as soon as that is
        delegated to.
        """
        unsure = False
        name = name_arithmetic.parent_of(self._host)
        for _ in range(self._inquiry.limits.chain_steps):
            if name is None:
                break
            recursive = await self._inquiry.recurse(name, "SOA")
            self.zone = read_zone(recursive.answer) if recursive.answer.outcome.answered else None
            self.bogus |= recursive.bogus
            if self.zone is not None:
                break
            if not self._inquiry.resolver_heard:
                break
            unsure |= not recursive.answer.outcome.answered
            name = name_arithmetic.parent_of(name)
        return unsure

    async def _learn_servers(self, zone: str) -> None:
        if not has_zone_above(zone):
            recursive = await self._inquiry.recurse(zone, "NS")
            self.set = NameServerSet.AGREED
            above = Above(None)
        else:
            recursive, above = await asyncio.gather(
                self._inquiry.recurse(zone, "NS"), find_above(self._inquiry, zone)
            )
            self.set = _compared(recursive.answer, above)
        self.bogus |= recursive.bogus
        self.named_above = frozenset(above.names or ())
        known = recursive.answer.values("NS")
        names = (*(above.names or ()), *(name for name in known if name not in self.named_above))
        await self._locate(names, above=above.referral)
        self.name_servers = above.names or known

    async def _locate(
        self, names: tuple[str, ...], *, referral: Answer | None = None, above: Answer | None = None
    ) -> None:
        """Learns the addresses of the parent's name servers, within the caps, one server per address.

        The addresses in `referral` are used instead of asking a resolver. Where the addresses in `above` differ from
        those that our resolver knows, the server is asked at both.
        """
        self.name_servers = names
        cap = self._inquiry.limits.name_servers
        for name in sorted(self._ours & set(names)):
            self._inquiry.leave_out("parent", name, "", "", Note("one-of-ours", {"server": name}))
        names = tuple(name for name in names if name not in self._ours)
        if len(names) > cap:
            note = Note("beyond-cap", {"count": len(names), "zone": self.zone, "asked": cap})
            self._inquiry.leave_out("parent", names[cap], "", "", note)
        self.beyond_cap = names[cap:]
        located = await asyncio.gather(
            *(
                self._inquiry.locate("parent", name, glue_for(referral, name) if referral else ())
                for name in names[:cap]
            )
        )
        self.unlocated = tuple(at.server for at in located if not at.addresses)
        moved = [at for known in located if above and (at := self._elsewhere(known, above))]
        self._servers = self._without_repeats([*located, *moved])
        counted = {at.server for at in self._servers if not self._differ or at.server in self.named_above}
        self.needed = max(1, min(2, len(counted)))

    @property
    def _differ(self) -> bool:
        return self.set in {NameServerSet.DIFFERENT, NameServerSet.DENIED}

    def _elsewhere(self, known: Located, above: Answer) -> Located | None:
        """The server at the addresses that the zone above gives, if our resolver knows none of them."""
        longer = {":" in address for address in known.addresses}
        brought = tuple(a for a in glue_for(above, known.server) if (":" in a) in longer)
        if not brought or set(brought) & set(known.addresses):
            return None
        addresses = self._inquiry.askable("parent", known.server, brought)
        return Located(known.server, addresses) if addresses else None

    def _without_repeats(self, located: list[Located]) -> tuple[Located, ...]:
        """One entry for each address: two names at one address would count twice for the quorum. Servers without any
        address are dropped. Those whose address could not be learnt stay: one may be the second that must answer."""
        seen: dict[str, str] = {}
        servers = []
        for server in located:
            fresh = tuple(address for address in server.addresses if address not in seen)
            if server.addresses and not fresh:
                other = seen[server.addresses[0]]
                note = Note("same-address", {"server": server.server, "other": other})
                self._inquiry.leave_out("parent", server.server, server.addresses[0], "", note)
            elif fresh or server.unknown:
                seen.update(dict.fromkeys(fresh, server.server))
                servers.append(Located(server.server, fresh, server.unknown))
        return tuple(servers)

    async def _ask(self, servers: tuple[Located, ...]) -> tuple[Cut, Answer] | None:
        """Asks those servers that were not yet asked, and finds the deeper cut that most of those believed show.

        The answer that shows it comes with it. Another server may name the same servers, and bring along addresses of
        its own for them.
        """
        await asyncio.gather(*(self._ask_one(s) for s in servers if s not in self._answers))
        zone = self.zone
        if zone is None:
            return None
        asked = [
            self._answers[at]
            for at in self._servers
            if at in self._answers and (not self._differ or at.server in self.named_above)
        ]
        answered = [answer for answer in asked if answer.outcome.answered]
        shown = [(cut, answer) for answer in answered if (cut := read_cut(answer, zone))]
        if not shown:
            return None
        deepest, count = Counter(cut.zone for cut, _ in shown).most_common(1)[0]
        return next(one for one in shown if one[0].zone == deepest) if count * 2 > len(answered) else None

    async def _ask_one(self, server: Located) -> None:
        for address in server.addresses:
            answer = await self._inquiry.ask("parent", server.server, address, self._host, "NS", tcp=True)
            self._answers[server] = answer
            if answer.outcome not in _NO_ANSWER:
                return

    async def _descend(self, cut: Cut, shown_by: Answer) -> None:
        """Makes the zone below the cut the parent zone, with the name servers that the cut lists.

        Where the two sets of servers differ, those that do not show the cut are asked nothing about the deeper zone.
        The set counts as UNKNOWN then, so that nothing is deleted.
        """
        names = cut.name_servers
        if not names:
            at = next(at for at, answer in self._answers.items() if answer is shown_by)
            own = await self._inquiry.ask("parent", at.server, shown_by.address, cut.zone, "NS", tcp=True)
            names = own.values("NS")
        self.zone, self._answers = cut.zone, {}
        if self.set is NameServerSet.DIFFERENT:
            self.set = NameServerSet.UNKNOWN
        await self._locate(names, referral=shown_by)

    async def _ask_other_resolvers(self) -> None:
        """Asks the other resolvers whether they call the parent zone bogus: none may. The walk asked the first."""
        if self.zone is None or self.bogus:
            return
        verdicts = await asyncio.gather(
            *(self._bogus_by(self.zone, path) for path in self._inquiry.paths[1:3])
        )
        self.bogus |= any(verdicts)

    async def _bogus_by(self, zone: str, path: int) -> bool:
        answer = await self._inquiry.learn(zone, "SOA", path)
        if answer.outcome is not Outcome.SERVFAIL:
            return False
        return await self._inquiry.unchecked(zone, "SOA", path) is not None

    async def _find_tcp_trouble(self) -> None:
        """Asks silent servers again over UDP. If one answers, only TCP is blocked, which its operator can fix."""
        if self.zone is None or len(self.speakers) >= self.needed:
            return
        silent = [a for a in self.answers if a.outcome in _NO_ANSWER][: self.needed]
        over_udp = await asyncio.gather(
            *(self._inquiry.ask("parent", s.server, s.address, self._host, "NS") for s in silent)
        )
        zone = self.zone
        self.no_tcp = any(read_parent("", answer, zone).says for answer in over_udp)


def _compared(known: Answer, above: Above) -> NameServerSet:
    if above.names is None or not known.outcome.answered:
        return NameServerSet.UNKNOWN
    if not above.names:
        return NameServerSet.DENIED
    same = set(known.values("NS")) == set(above.names)
    return NameServerSet.AGREED if same else NameServerSet.DIFFERENT
