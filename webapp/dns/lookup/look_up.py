"""Measuring: asks the parent's servers, our own and the resolvers, and judges nothing."""

from __future__ import annotations

import asyncio
import secrets
import time
from collections.abc import Mapping
from dataclasses import replace

from webapp.dns import name_arithmetic
from webapp.dns.answers import Answer, Outcome
from webapp.dns.batch_cache import BatchCache
from webapp.dns.keys import any_key_fits
from webapp.dns.limits import Limits
from webapp.dns.lookup.expectation import Expectation
from webapp.dns.lookup.inquiry import Inquiry
from webapp.dns.lookup.observation import (
    Alias,
    Observation,
    OurAnswer,
    ParentAnswer,
    ResolverAnswer,
    Says,
    Trouble,
)
from webapp.dns.lookup.obstacles import aliases_above, records_in_the_way
from webapp.dns.lookup.ours import ask_ours
from webapp.dns.lookup.parent import ParentSearch
from webapp.dns.lookup.reading import read_ds
from webapp.dns.lookup.way import find_holders
from webapp.dns.records import RecordSet
from webapp.dns.resolver import Dns


async def look_up(
    expectation: Expectation, dns: Dns, cache: BatchCache | None = None, *, limits: Limits | None = None
) -> Observation:
    """Measures the delegation within `limits`, by default those of `dns`. The checks of a batch share one `cache`.

    At the deadline the observation is what was learnt until then. Nothing that servers do raises an exception.
    """
    started = time.monotonic()
    inquiry = Inquiry(dns, cache, limits)
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
        self._parent = ParentSearch(inquiry, expectation.host, self._expected)
        self._ours: dict[str, OurAnswer] = {}
        self._ds: dict[str, tuple[str, ...] | None] = {}
        self._ds_matches: bool | None = None
        self._in_the_way: tuple[RecordSet, ...] = ()
        self._aliases: tuple[Alias, ...] = ()
        self._misplaced: list[str] = []
        self._resolvers: dict[int, ResolverAnswer] = {}

    async def run(self) -> None:
        await asyncio.gather(
            self._parent.run(), ask_ours(self._inquiry, self._host, self._name_servers, self._ours)
        )
        await find_holders(self._inquiry, self._any_of_ours)
        speakers = self._parent.speakers
        zone = self._parent.zone
        if zone is None or not speakers:
            return
        delegated = [s for s in speakers if s.says is Says.DELEGATED]
        right = all(s.says is Says.DELEGATED and s.name_servers == self._expected for s in speakers)
        believed = self._parent.believed or speakers
        questions = [self._ask_ds(delegated), self._find_aliases(believed[0], zone)]
        if not delegated:
            questions.append(self._find_records(believed, zone))
        if right:
            # Not earlier: a resolver would cache the negative answer, and repeat it for hours (RFC 2308).
            questions.append(self._ask_resolvers())
            if self._resolver_knows_ours:
                questions.append(self._find_ours_at(believed[0], zone))
        else:
            questions.append(self._find_misplaced(believed[0], zone))
        await asyncio.gather(*questions)

    async def _ask_ds(self, delegated: list[ParentAnswer]) -> None:
        await asyncio.gather(*(self._ask_ds_at(said) for said in delegated))
        ds_records = tuple(record for records in self._ds.values() for record in records or ())
        if ds_records:
            await self._compare_keys(ds_records)

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

    async def _find_aliases(self, speaker: ParentAnswer, zone: str) -> None:
        self._aliases = await aliases_above(self._inquiry, speaker, self._host, zone)

    async def _find_records(self, speakers: tuple[ParentAnswer, ...], zone: str) -> None:
        self._in_the_way = await records_in_the_way(self._inquiry, speakers, self._host, zone)

    async def _find_misplaced(self, speaker: ParentAnswer, zone: str) -> None:
        """Our names where a provider's form puts them by mistake."""
        doubled = name_arithmetic.join(self._host, zone) if zone != "." else None
        await asyncio.gather(
            *(self._find_ours_at(speaker, name) for name in (doubled, zone) if name is not None)
        )

    async def _find_ours_at(self, speaker: ParentAnswer, name: str) -> None:
        answer = await self._inquiry.ask("parent", speaker.server, speaker.address, name, "NS")
        if self._expected & _ns_at(answer):
            self._misplaced.append(name)

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
        self._resolvers[path] = replace(said, denies=denies is True, unsettled=denies is None)

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
        below = name_arithmetic.join(secrets.token_hex(8), self._host)
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
            delegations=tuple(self._inquiry.delegations.values()),
            remembered_ttl=self._remembered_ttl,
            ours=tuple(self._ours[name] for name in self._name_servers if name in self._ours),
            ds_matches=self._ds_matches,
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
        return Trouble.NO_TCP if self._parent.no_tcp else None


def _with_ds(said: ParentAnswer, ds: Mapping[str, tuple[str, ...] | None]) -> ParentAnswer:
    return replace(said, ds=ds.get(said.address))


def _ns_at(answer: Answer) -> frozenset[str]:
    """The NS records at exactly the name asked for, be they a referral or an apex."""
    referral = answer.referral
    found = referral if referral and referral.name == answer.name else answer.record_set("NS")
    return frozenset(found.values) if found else frozenset()
