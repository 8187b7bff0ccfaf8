"""The parent zone: found at the real zone cut, then asked at its own servers.

Two sources say which servers are its own. Our resolver takes the NS set from the zone itself and may have cached it
for days. The zone above (`webapp.dns.lookup.above`) is what visitors without a cache follow. All servers that either
names are asked. Where the two differ, a verdict needs enough answers from servers that the zone above names, and the
deletion of a zone needs an answer from every server of both. Where the zone above could not be asked, the set on
which our resolvers agree is enough for a proof and for a page, but never for a deletion.

Where the servers are asked is `webapp.dns.servers.locate`'s to say. An address that is not sure does not count.
"""

from __future__ import annotations

import asyncio
from dataclasses import replace

from webapp.dns import name_arithmetic
from webapp.dns.answers import UNHEARD, Answer
from webapp.dns.lookup import asking
from webapp.dns.lookup.above import (
    NOBODY_ABOVE,
    Above,
    compared,
    elsewhere,
    find_above,
    has_zone_above,
    in_turn,
)
from webapp.dns.lookup.observation import NameServerSet, ParentAnswer
from webapp.dns.lookup.reading import Shown, read_zone, shown_cut
from webapp.dns.lookup.way import note_descent
from webapp.dns.notes import Note
from webapp.dns.servers.agreement import dispute, same_existence, same_values
from webapp.dns.servers.inquiry import Inquiry
from webapp.dns.servers.inside import is_inside_view
from webapp.dns.servers.locate import Located, affordable, agreed_servers, locate, locate_by_other_family


class ParentSearch:
    """Finds the zone that holds the delegation of `host` and asks its servers for it, over TCP.

    The attributes grow while `run` goes on, so that what was learnt before a deadline can be judged.
    Servers that are the inquiry's `ours` are not asked even where the parent zone names them: they would answer from
    our own zone, which proves nothing.
    """

    def __init__(self, inquiry: Inquiry, host: str) -> None:
        self.zone: str | None = None
        self.name_servers: tuple[str, ...] = ()
        self.set = NameServerSet.UNKNOWN
        self.above = NOBODY_ABOVE
        self.by_registry = False
        self.named_above: frozenset[str] = frozenset()
        self.known: Answer | None = None
        self.unlocated: tuple[str, ...] = ()
        self.beyond_cap: tuple[str, ...] = ()
        self.needed = 2
        self.bogus = False
        self.disputed = False
        self.no_tcp = False
        self._inquiry = inquiry
        self._host = host
        self.start = name_arithmetic.parent_of(host)  # where the walk up to the zone begins
        self._servers: tuple[Located, ...] = ()
        self._answers: dict[Located, asking.Heard] = {}
        #: The server that each address counts for.
        self._named: dict[str, str] = {}

    @property
    def answers(self) -> tuple[ParentAnswer, ...]:
        """What each server that was asked says, in the order of the servers."""
        zone = self.zone
        if zone is None:
            return ()
        in_order = [server for server in self._servers if server in self._answers]
        said = ((at, self._answers[at].read(at.server, zone, self._inquiry.ours)) for at in in_order)
        return tuple(replace(answer, confirmed=at.confirmed) for at, answer in said)

    @property
    def speakers(self) -> tuple[ParentAnswer, ...]:
        """The servers that answered as the parent's."""
        return tuple(answer for answer in self.answers if answer.says)

    @property
    def believed(self) -> tuple[ParentAnswer, ...]:
        """The speakers that count for the quorum."""
        return tuple(answer for answer in self.speakers if self._believes(answer))

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
                asking.note_differing_cuts(self._inquiry, self.answers, self._answers.values())
                break
            await self._descend(shown)
            unsure = False
        await asyncio.gather(self._ask_other_resolvers(), self._find_tcp_trouble())

    async def _find_zone(self) -> bool:
        """Walks up from the host's parent to the first zone; True when a name on the way could not be asked.

        The walk starts above the host: at the host itself it would find our own zone as soon as that is
        delegated to.
        """
        unsure, name = False, self.start
        for _ in range(self._inquiry.limits.chain_steps):
            if name is None:
                break
            recursive = await self._inquiry.recurse(name, "SOA")
            self.zone = read_zone(recursive.answer) if recursive.answer.outcome.answered else None
            self.bogus |= recursive.bogus
            if self.zone is not None or not self._inquiry.resolver_heard:
                break
            unsure |= not recursive.answer.outcome.answered
            name = name_arithmetic.parent_of(name)
        return unsure

    async def _learn_servers(self, zone: str) -> None:
        self.zone = zone
        if not has_zone_above(zone):
            names = await agreed_servers(self._inquiry, zone)
            self.set = NameServerSet.AGREED if names is not None else NameServerSet.UNKNOWN
            self.disputed = names is None
            self.by_registry = names is not None
            await self._locate(names or ())
            return
        recursive, above = await asyncio.gather(
            self._inquiry.recurse(zone, "NS"), find_above(self._inquiry, zone)
        )
        if above.stops:
            await self._learn_servers(above.zone)
            return
        self.set, self.above = compared(recursive.answer, above), above
        self.by_registry = above.names is not None
        if self.set is NameServerSet.DENIED and await is_inside_view(self._inquiry, zone, 0):
            # Outside, there is no such zone. The zone that does not delegate it holds the host.
            await self._learn_servers(above.zone)
            return
        self.bogus |= recursive.bogus
        if self.set is NameServerSet.UNKNOWN:
            await self._hear_all_resolvers(zone)
        self.named_above, self.known = frozenset(above.names or ()), recursive.answer
        known = recursive.answer.values("NS")
        names = (*(above.names or ()), *(name for name in known if name not in self.named_above))
        await self._locate(names, above=above)
        self.name_servers = above.names or known

    async def _hear_all_resolvers(self, zone: str) -> None:
        """Without the zone above, all resolvers must know the zone, and name the same servers of it."""
        servers, apexes = await asyncio.gather(
            self._inquiry.words(zone, "NS"), self._inquiry.words(zone, "SOA")
        )
        self.disputed = any(one.role == "above" for one in self._inquiry.disputes)
        for alike, words in ((same_existence, apexes), (same_values, servers)):
            if not alike(words):
                dispute(self._inquiry, "parent", zone, words)
                self.disputed = True

    async def _locate(
        self, names: tuple[str, ...], *, referral: Answer | None = None, above: Above = NOBODY_ABOVE
    ) -> None:
        """Learns the addresses of the parent's name servers, within the caps, one server per address.

        The addresses in `referral` are used instead of asking a resolver. Where the addresses that `above` gives
        differ from those that our resolvers know, the server is asked at both.
        """
        self.name_servers = names
        for name in sorted(self._inquiry.ours & set(names)):
            self._inquiry.leave_out("parent", name, "", "", Note("one-of-ours", {"server": name}))
        names = tuple(name for name in names if name not in self._inquiry.ours)
        glue = {name: referral.glue_for(name) if referral else () for name in names}
        hints = {name: above.addresses_of(name) for name in names}
        unconfirmed = [name for name in names if not glue[name] and not hints[name]]
        cap = affordable(self._inquiry, len(names), unconfirmed)
        if len(names) > cap:
            names = in_turn(names, self.named_above)
            note = Note("beyond-cap", {"count": len(names), "zone": self.zone, "asked": cap})
            self._inquiry.leave_out("parent", names[cap], "", "", note)
        self.beyond_cap = names[cap:]
        zones = self.zone is not None and has_zone_above(self.zone)
        located = await asyncio.gather(
            *(
                locate(self._inquiry, "parent", name, glue=glue[name], hint=hints[name], zones=zones)
                for name in names[:cap]
            )
        )
        moved = [at for known in located if (at := elsewhere(self._inquiry, known, hints[known.server]))]
        found = {at.server for at in moved}
        nowhere = (at for at in located if not at.addresses and (at.unknown or at.server not in found))
        self.unlocated = tuple(at.server for at in nowhere)
        self._servers = self._without_repeats([*located, *moved])
        counted = {at.server for at in self._servers if not self.set.differs or at.server in self.named_above}
        left_out = {name for name in self.beyond_cap if not self.set.differs or name in self.named_above}
        self.needed = max(1, min(2, len(counted | left_out)))

    def _believes(self, at: Located | ParentAnswer) -> bool:
        return at.confirmed and (not self.set.differs or at.server in self.named_above)

    def _without_repeats(self, located: list[Located]) -> tuple[Located, ...]:
        """One entry for each address: two names at one address would count twice for the quorum. Servers without any
        address are dropped. Those whose address could not be learnt stay: one may be the second that must answer.
        Those that are believed come first, so that whoever asks the first speaker asks one of them."""
        seen = self._named = {}
        servers = []
        for server in sorted(located, key=lambda at: (not at.confirmed, not self._believes(at))):
            fresh = tuple(address for address in server.addresses if address not in seen)
            if server.addresses and not fresh:
                other = seen[server.addresses[0]]
                note = Note("same-address", {"server": server.server, "other": other})
                self._inquiry.leave_out("parent", server.server, server.addresses[0], "", note)
            elif fresh or server.unknown:
                seen.update(dict.fromkeys(fresh, server.server))
                servers.append(replace(server, addresses=fresh))
        return tuple(servers)

    async def _ask(self, servers: tuple[Located, ...]) -> Shown | None:
        """Asks those servers that were not yet asked, and finds the deeper cut that those believed show."""
        zone = self.zone
        if zone is None:
            return None
        await asyncio.gather(*(self._ask_one(s, s, zone) for s in servers if s not in self._answers))
        await self._ask_by_other_family(servers, zone)
        believed = (at for at in self._servers if at in self._answers and self._believes(at))
        return shown_cut(((at.server, self._answers[at].answer) for at in believed), zone, self.needed)

    async def _ask_one(self, server: Located, at: Located, zone: str) -> None:
        """Asks a server at the addresses of `at`, and keeps what it says, unless it said something before."""
        heard = await asking.ask_server(self._inquiry, at, self._host, zone)
        known = self._answers.get(server)
        if heard and (known is None or heard.answer.outcome.answered):
            self._answers[server] = heard

    async def _ask_by_other_family(self, servers: tuple[Located, ...], zone: str) -> None:
        """Asks the servers that did not answer once more, at their addresses of the other family."""
        silent = [
            at for at in servers if at in self._answers and not self._answers[at].answer.outcome.answered
        ]
        missing = self.needed - len({answer.server for answer in self.believed})
        await asyncio.gather(
            *(
                self._ask_once_more(at, zone)
                for at in silent[: asking.affordable_again(self._inquiry, missing)]
            )
        )

    async def _ask_once_more(self, server: Located, zone: str) -> None:
        other = await self._by_other_family(server, zone)
        if other is None:
            return
        spoke = {answer.server for answer in self.believed}
        if len(spoke) < self.needed:  # The other address of a server that was heard is no second server.
            heard = (at for at in self._servers if at.server in spoke)
            for known in await asyncio.gather(*(self._by_other_family(at, zone) for at in heard)):
                self._claim(known)
        await self._ask_one(server, replace(server, addresses=self._claim(other)), zone)

    def _claim(self, at: Located | None) -> tuple[str, ...]:
        """Those of the server's addresses that count for no other one."""
        if at is None:
            return ()
        return tuple(one for one in at.addresses if self._named.setdefault(one, at.server) == at.server)

    async def _by_other_family(self, server: Located, zone: str) -> Located | None:
        hint, zones = self.above.addresses_of(server.server), has_zone_above(zone)
        return await locate_by_other_family(self._inquiry, "parent", server, hint=hint, zones=zones)

    async def _descend(self, shown: Shown) -> None:
        """Makes the zone below the cut the parent zone, with the name servers that the cut lists.

        Where the two sets of servers differ, those that do not show the cut are asked nothing about the deeper zone.
        The set counts as UNKNOWN then, so that nothing is deleted.
        """
        cut, shown_by = shown.cut, shown.answer
        names = cut.name_servers or await asking.names_of(self._inquiry, shown, self.needed)
        believed = {at: heard for at, heard in self._answers.items() if self._believes(at)}
        note_descent(self._inquiry, shown_by, believed, by=self.zone or ".", needed=self.needed)
        self.above = Above(names, shown_by, self.zone or ".")
        self.zone, self._answers = cut.zone, {}
        if self.set is NameServerSet.DIFFERENT:
            self.set = NameServerSet.UNKNOWN
        await self._locate(names, referral=shown_by, above=self.above)

    async def _ask_other_resolvers(self) -> None:
        """Asks the other resolvers whether they call the parent zone bogus: none may. The walk asked the first."""
        if self.zone is None or self.bogus:
            return
        self.bogus |= await asking.any_calls_bogus(self._inquiry, self.zone)

    async def _find_tcp_trouble(self) -> None:
        """Asks silent servers again over UDP. If one answers, only TCP is blocked, which its operator can fix."""
        if self.zone is None or len(self.speakers) >= self.needed:
            return
        silent = [a for a in self.answers if a.outcome in UNHEARD][: self.needed]
        self.no_tcp = await asking.any_over_udp(self._inquiry, silent, self._host, self.zone)
