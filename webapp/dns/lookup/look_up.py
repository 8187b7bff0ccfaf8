"""Measuring: asks the parent's servers, our own and the resolvers, and judges nothing."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping
from dataclasses import replace

from webapp.dns import name_arithmetic
from webapp.dns.answers import UNHEARD, Answer, Outcome
from webapp.dns.batch_cache import BatchCache
from webapp.dns.keys import any_key_fits, that_count
from webapp.dns.limits import Limits
from webapp.dns.lookup.asking import wildcard_over
from webapp.dns.lookup.expectation import Expectation
from webapp.dns.lookup.observation import (
    Alias,
    Observation,
    OurAnswer,
    ParentAnswer,
    ResolverAnswer,
    Says,
    Trouble,
)
from webapp.dns.lookup.obstacles import (
    aliases_above,
    answers_any_name,
    answers_at_times,
    listed_at,
    misplaced,
    own_names,
    records_in_the_way,
)
from webapp.dns.lookup.ours import ask_ours, try_ipv6
from webapp.dns.lookup.parent import ParentSearch
from webapp.dns.lookup.reading import read_ds
from webapp.dns.lookup.unsigned import is_unsigned
from webapp.dns.lookup.way import find_holders
from webapp.dns.records import RecordSet
from webapp.dns.resolver import Dns
from webapp.dns.servers.evidence import Observer
from webapp.dns.servers.inquiry import Inquiry
from webapp.dns.servers.inside import is_inside_view


async def look_up(
    expectation: Expectation,
    dns: Dns,
    cache: BatchCache | None = None,
    *,
    limits: Limits | None = None,
    observer: Observer | None = None,
) -> Observation:
    """Measures the delegation within `limits`, by default those of `dns`. The checks of a batch share one `cache`.

    At the deadline the observation is what was learnt until then. Nothing that servers do raises an exception.
    """
    started = time.monotonic()
    inquiry = Inquiry(dns, cache, limits, observer)
    measuring = _Measuring(expectation, inquiry)
    complete = True
    try:
        async with asyncio.timeout(inquiry.limits.seconds):
            await measuring.run()
    except TimeoutError:
        complete = False
    return measuring.observation(round((time.monotonic() - started) * 1000), complete=complete)


class _Measuring:
    """One check under way; its attributes hold what was learnt so far."""

    def __init__(self, expectation: Expectation, inquiry: Inquiry) -> None:
        self._host = expectation.host
        self._proved = expectation.proved
        self._expected = frozenset(expectation.name_servers)
        self._name_servers = expectation.name_servers
        self._any_of_ours = self._expected | frozenset(expectation.former_name_servers)
        self._inquiry = inquiry
        inquiry.ours = self._expected
        self._parent = ParentSearch(inquiry, expectation.host)
        self._ours: dict[str, OurAnswer] = {}
        self._ds: dict[str, tuple[str, ...] | None] = {}
        self._ds_matches: bool | None = None
        self._parent_unsigned = False
        self._wildcard: str | None = None
        self._in_the_way: tuple[RecordSet, ...] = ()
        self._aliases: tuple[Alias, ...] = ()
        self._misplaced: tuple[str, ...] = ()
        self._answers_any_name = False
        self._own_names: tuple[tuple[str, str], ...] = ()
        self._at_times: frozenset[str] = frozenset()
        self._resolvers: dict[int, ResolverAnswer] = {}

    async def run(self) -> None:
        await asyncio.gather(
            self._parent.run(), ask_ours(self._inquiry, self._host, self._name_servers, self._ours)
        )
        await find_holders(self._inquiry, self._any_of_ours)
        await try_ipv6(self._inquiry, self._host, self._ours)
        speakers = self._parent.speakers
        zone = self._parent.zone
        if zone is not None and len(speakers) < self._parent.needed:
            silent = [said for said in self._parent.answers if said.outcome in UNHEARD]
            self._at_times = await answers_at_times(self._inquiry, silent, zone)
        if zone is None or not speakers:
            return
        delegated = [s for s in speakers if s.says is Says.DELEGATED]
        right = all(s.says is Says.DELEGATED and s.name_servers == self._expected for s in speakers)
        believed = self._parent.believed or speakers
        questions = [self._ask_ds(delegated), self._find_aliases(believed[0], zone)]
        if not delegated:
            questions.append(self._find_records(believed, zone))
        if right and not self._proved:
            # First: a server that is silent about DS records would not be asked for anything more.
            questions.insert(0, self._find_wildcard(believed))
        if right:
            # Not earlier: a resolver would cache the negative answer, and repeat it for hours (RFC 2308).
            questions.append(self._ask_resolvers())
            if self._resolver_knows_ours:
                questions.append(self._find_ours_at_the_apex(believed[0], zone))
        else:
            questions.append(self._find_misplaced(believed[0], zone))
            questions.append(self._find_own_names(delegated))
        await asyncio.gather(*questions)

    async def _ask_ds(self, delegated: list[ParentAnswer]) -> None:
        await asyncio.gather(*(self._ask_ds_at(said) for said in delegated))
        ds_records = tuple(record for records in self._ds.values() for record in records or ())
        counting = that_count(ds_records)
        if counting:
            await self._compare_keys(counting)
        elif ds_records:
            self._ds_matches = True
        if any(self._ds[said.address] is None for said in delegated):
            self._parent_unsigned = await is_unsigned(self._inquiry, self._parent.zone, self._parent.above)

    async def _ask_ds_at(self, said: ParentAnswer) -> None:
        answer = await self._inquiry.ask("parent", said.server, said.address, self._host, "DS", tcp=True)
        self._ds[said.address] = read_ds(answer)

    async def _compare_keys(self, ds_records: tuple[str, ...]) -> None:
        serving = next((ours for ours in self._ours.values() if ours.authoritative and ours.address), None)
        if serving is None:
            return
        answer = await self._inquiry.ask("ours", serving.server, serving.address, self._host, "DNSKEY")
        if answer.authoritative and answer.outcome.answered:
            self._ds_matches = any_key_fits(self._host, ds_records, answer.values("DNSKEY"))

    async def _find_wildcard(self, speakers: tuple[ParentAnswer, ...]) -> None:
        self._wildcard = await wildcard_over(
            self._inquiry, speakers, self._host, self._expected, self._parent.needed
        )

    async def _find_aliases(self, speaker: ParentAnswer, zone: str) -> None:
        self._aliases = await aliases_above(self._inquiry, speaker, self._host, zone)

    async def _find_records(self, speakers: tuple[ParentAnswer, ...], zone: str) -> None:
        self._in_the_way = await records_in_the_way(self._inquiry, speakers, self._host, zone)
        owner = next((said for said in speakers if said.says is Says.OWN_ZONE), None)
        self._answers_any_name = owner is not None and await answers_any_name(self._inquiry, owner, zone)

    async def _find_misplaced(self, speaker: ParentAnswer, zone: str) -> None:
        self._misplaced = await misplaced(self._inquiry, speaker, self._host, zone, self._expected)

    async def _find_own_names(self, delegated: list[ParentAnswer]) -> None:
        """Not asked for where some of our name servers are listed by their own names."""
        found = frozenset[str]().union(*(said.name_servers for said in delegated))
        addresses = {ours.address: name for name, ours in self._ours.items() if ours.address}
        if not found & self._expected:
            self._own_names = await own_names(self._inquiry, sorted(found), addresses)

    async def _find_ours_at_the_apex(self, speaker: ParentAnswer, zone: str) -> None:
        if self._expected & await listed_at(self._inquiry, speaker, zone):
            self._misplaced = (zone,)

    @property
    def _resolver_knows_ours(self) -> bool:
        """Whether our resolver names name servers of ours for the parent zone, be it out of a cache."""
        known = self._parent.known
        return known is not None and not self._any_of_ours.isdisjoint(known.values("NS"))

    @property
    def _remembered_ttl(self) -> int | None:
        named = self._parent.named_above
        current = self._parent.zone in self._misplaced or not self._any_of_ours.isdisjoint(named)
        known = self._parent.known.record_set("NS") if self._parent.known else None
        return known.ttl if known and named and self._resolver_knows_ours and not current else None

    async def _ask_resolvers(self) -> None:
        await asyncio.gather(*(self._ask_resolver(path) for path in self._inquiry.paths))

    async def _ask_resolver(self, path: int) -> None:
        unasked = ResolverAnswer(self._inquiry.resolver(path), Outcome.NOT_ASKED, unsettled=not self._proved)
        self._resolvers[path] = (
            unasked  # If time runs out, nobody must take it for a resolver that denies nothing.
        )
        answer = await self._inquiry.resolve(self._host, "NS", path)
        found = answer.record_set("NS")
        first = found or next(iter(answer.answer), None)
        said = replace(
            unasked,
            outcome=answer.outcome,
            name_servers=frozenset(found.values) if found else frozenset(),
            ttl=first.ttl if first else answer.negative_ttl,
        )
        self._resolvers[path] = said
        if answer.outcome is Outcome.SERVFAIL:
            said = replace(said, bogus=await self._inquiry.unchecked(self._host, "NS", path) is not None)
        denies = False if self._proved else await self._denied_afresh(answer, path)
        dissents = said.name_servers != self._expected
        was_cached = denies is False and not self._proved and not said.name_servers
        inside = dissents and not was_cached and await self._is_inside(answer, path)
        self._resolvers[path] = replace(
            said,
            denies=denies is True and not inside,
            unsettled=denies is None and not inside,
            inside=inside,
        )

    async def _is_inside(self, answer: Answer, path: int) -> bool:
        """Whether a resolver that dissents has a view of its own of the zone out of which it answers. Only where the
        zone above has told which servers the parent zone has: their word then stands for the resolver's."""
        zone, soa = self._parent.zone, answer.soa
        if zone is None or not self._parent.by_registry or answer.outcome in {*UNHEARD, Outcome.NOT_ASKED}:
            return False
        if (
            soa
            and name_arithmetic.below(soa.name, zone)
            and name_arithmetic.at_or_below(self._host, soa.name)
        ):
            zone = soa.name
        return await is_inside_view(self._inquiry, zone, path)

    async def _denied_afresh(self, answer: Answer, path: int) -> bool | None:
        """Whether a resolver that answers without NS records has not only cached that there were none; None when that
        could not be asked.

        A name below the host that nobody has ever asked for is in no cache. To answer for it, the resolver follows
        the delegation, and then shows the SOA of our zone; or it finds none, as whoever asks does. Where the parent
        zone is signed, a resolver may conclude from a cached NXDOMAIN that there is nothing below (RFC 8020): then it
        denies until that expires.

        A resolver that is silent or fails denies nothing. Nor does one that gives other name servers: it may have
        cached those of a former provider, and the cached ones decide below the host as well, so that asking afresh
        would tell nothing.
        """
        if not answer.outcome.answered:
            return None if answer.outcome is Outcome.NOT_ASKED else False
        if answer.record_set("NS"):
            return False
        below = name_arithmetic.nobodys(self._host)
        if below is None:
            return None
        afresh = await self._inquiry.resolve(below, "NS", path)
        if not afresh.outcome.answered:
            return None
        return afresh.soa is None or afresh.soa.name != self._host

    def observation(self, duration_ms: int, *, complete: bool) -> Observation:
        return Observation(
            parent_zone=self._parent.zone,
            parent_needed=self._parent.needed,
            parent_answers=tuple(_with_ds(said, self._ds) for said in self._parent.answers),
            parent_set=self._parent.set,
            parent_named_above=self._parent.named_above,
            parent_unlocated=self._parent.unlocated,
            parent_beyond_cap=self._parent.beyond_cap,
            parent_disputed=self._parent.disputed,
            disputes=tuple(self._inquiry.disputes),
            trouble=self._trouble(),
            in_the_way=self._in_the_way,
            aliases_above=self._aliases,
            misplaced_at=tuple(sorted(self._misplaced)),
            wildcard=self._wildcard,
            answers_any_name=self._answers_any_name,
            own_names=self._own_names,
            answers_at_times=self._at_times,
            delegations=tuple(self._inquiry.delegations.values()),
            remembered_ttl=self._remembered_ttl,
            ours=tuple(self._ours[name] for name in self._name_servers if name in self._ours),
            ds_matches=self._ds_matches,
            parent_unsigned=self._parent_unsigned,
            resolvers=tuple(said for _, said in sorted(self._resolvers.items())),
            asked=tuple(self._inquiry.asked),
            duration_ms=duration_ms,
            complete=complete,
        )

    def _trouble(self) -> Trouble | None:
        if self._parent.bogus:
            return Trouble.PARENT_BOGUS
        if not self._inquiry.resolver_answered:
            return Trouble.RESOLVER_SILENT
        return Trouble.NO_TCP if self._parent.no_tcp and not self._at_times else None


def _with_ds(said: ParentAnswer, ds: Mapping[str, tuple[str, ...] | None]) -> ParentAnswer:
    return replace(said, ds=ds.get(said.address))
