"""Measuring: asks the own servers of the zone that holds a name for its token and where it leads, and judges nothing.

The zone is found, and its servers are located and believed, as those of a parent are, by
`webapp.dns.lookup.parent`: for the label of the token, whose zone is that of the host.
"""

from __future__ import annotations

import asyncio
import time
from dataclasses import replace

from webapp.dns import name_arithmetic
from webapp.dns.answers import UNHEARD, Answer, Outcome
from webapp.dns.batch_cache import BatchCache
from webapp.dns.limits import Limits
from webapp.dns.lookup.observation import Observation, ParentAnswer, ResolverAnswer, Says, Trouble
from webapp.dns.lookup.obstacles import answers_any_name, answers_at_times
from webapp.dns.lookup.parent import ParentSearch
from webapp.dns.names import reserved
from webapp.dns.records_method.lookup import chain, places
from webapp.dns.records_method.lookup.expectation import RecordsExpectation
from webapp.dns.records_method.lookup.marks import MOST_NAMES, TARGET, TOKEN, leads_to_us
from webapp.dns.records_method.lookup.observation import (
    BeyondAnswer,
    HostAnswer,
    RecordsObservation,
    TextAnswer,
    ValidationAnswer,
)
from webapp.dns.records_method.lookup.texts import has_token, texts_of
from webapp.dns.resolver import Dns
from webapp.dns.servers.evidence import Observer
from webapp.dns.servers.inquiry import Inquiry
from webapp.dns.servers.inside import is_inside_view

#: How many servers are asked about the host, where they tell. All are asked for the token.
_MOST_ASKED = 4


async def look_up(
    expectation: RecordsExpectation,
    dns: Dns,
    cache: BatchCache | None = None,
    *,
    limits: Limits | None = None,
    observer: Observer | None = None,
) -> RecordsObservation:
    """Measures the records within `limits`, by default those of `dns`. The checks of a batch share one `cache`.

    At the deadline the observation is what was learnt until then. Nothing that servers do raises an exception.
    """
    started = time.monotonic()
    measuring = _Measuring(expectation, Inquiry(dns, cache, limits, observer))
    complete = True
    try:
        async with asyncio.timeout((limits or dns.limits).seconds):
            await measuring.run()
    except TimeoutError:
        complete = False
    return measuring.observation(round((time.monotonic() - started) * 1000), complete=complete)


class _Measuring:
    """One check under way; its attributes hold what was learnt so far."""

    def __init__(self, expectation: RecordsExpectation, inquiry: Inquiry) -> None:
        self._expectation, self._inquiry = expectation, inquiry
        self._search = ParentSearch(inquiry, expectation.label_name)
        # Not at a host below its domain: where it does not exist yet, resolvers would keep that for hours (RFC 2308).
        if reserved.registrable(expectation.host) != expectation.host:
            self._search.start = name_arithmetic.parent_of(expectation.host)
        self._texts: dict[str, TextAnswer] = {}
        self._values: dict[str, tuple[str, ...]] = {}
        self._hosts: dict[str, HostAnswer] = {}
        self._beyond: tuple[BeyondAnswer, ...] = ()
        self._misplaced: tuple[str, ...] = ()
        self._wildcard: str | None = None
        self._host_wildcard: str | None = None
        self._made_up: tuple[str, ...] = ()
        self._answers_any_name = False
        self._at_times: frozenset[str] = frozenset()
        self._target_addresses: frozenset[str] = frozenset()
        self._resolvers: dict[int, ResolverAnswer] = {}
        self._visitors: dict[int, ResolverAnswer] = {}
        self._validation: ValidationAnswer | None = None

    async def run(self) -> None:
        search, inquiry = self._search, self._inquiry
        await search.run()
        speakers, zone = search.speakers, search.zone
        if zone is not None and len(speakers) < search.needed:
            silent = [said for said in search.answers if said.outcome in UNHEARD]
            self._at_times = await answers_at_times(inquiry, silent, zone)
        if zone is None or not speakers:
            return
        believed = search.believed or speakers
        await asyncio.gather(*(self._ask_text(said) for said in speakers), self._ask_hosts(speakers, zone))
        await asyncio.gather(
            self._ask_about_token(believed, zone),
            self._ask_about_host(believed, zone),
            self._ask_about_certificate(believed[0], zone),
        )

    async def _ask_hosts(self, speakers: tuple[ParentAnswer, ...], zone: str) -> None:
        """Asks so many about the host as a zone has by rule, and more only where too few of these tell."""
        host, target = self._expectation.host, self._expectation.target
        for several in (speakers[:_MOST_ASKED], speakers[_MOST_ASKED:]):
            if len({one.server for one in self._hosts.values() if one.told}) < self._search.needed:
                said = await asyncio.gather(
                    *(chain.ask_host(self._inquiry, one, host, zone, target) for one in several)
                )
                self._hosts |= {one.address: one for one in said}

    async def _ask_text(self, said: ParentAnswer) -> None:
        name = self._expectation.label_name
        answer = await self._inquiry.ask("parent", said.server, said.address, name, "TXT", tcp=True)
        found = answer.record_set("TXT")
        self._values[said.address] = answer.values("TXT")
        self._texts[said.address] = TextAnswer(
            said.server,
            said.address,
            answer.outcome,
            told=answer.authoritative and answer.outcome.answered,
            texts=texts_of(found.values) if found else (),
            ttl=found.ttl if found else answer.negative_ttl,
        )

    @property
    def _token_right(self) -> bool:
        """Whether all servers that tell of the token have it, so that it is worth a question to resolvers."""
        told = [one for one in self._texts.values() if one.told]
        return bool(told) and all(has_token(one.texts, self._expectation.token) for one in told)

    async def _ask_about_token(self, believed: tuple[ParentAnswer, ...], zone: str) -> None:
        inquiry, first, right = self._inquiry, believed[0], self._token_right
        found = dict.fromkeys(value for values in self._values.values() for value in values)
        values = [one for one in found if not right or has_token(texts_of([one]), self._expectation.token)]
        needed = self._search.needed if right else 1
        if (
            right
        ):  # If time runs out, nobody must take a resolver that was not asked for one that denies nothing.
            self._resolvers = {path: self._unasked(path) for path in inquiry.paths}
        if values and not (right and self._expectation.proved):
            given = places.Given(self._expectation.label_name, ("TXT",), frozenset(values))
            wildcard = await places.wildcard_over(inquiry, believed, given, zone, needed)
            # Values that a wildcard gives the label are no mistake of whoever is to put the token there.
            self._wildcard = wildcard if right else None
            self._made_up = texts_of(values) if wildcard and not right else ()
        if right:
            # Not earlier: a resolver would cache the negative answer, and repeat it for hours (RFC 2308).
            await asyncio.gather(*(self._ask_resolver(path) for path in inquiry.paths))
            return
        self._misplaced = await places.token_elsewhere(inquiry, first, self._expectation, zone)
        owner = next((said for said in believed if said.says is Says.OWN_ZONE), None)
        self._answers_any_name = owner is not None and await answers_any_name(inquiry, owner, zone)

    async def _ask_about_host(self, believed: tuple[ParentAnswer, ...], zone: str) -> None:
        inquiry, expectation = self._inquiry, self._expectation
        told = [one for one in self._hosts.values() if one.told]
        addresses = frozenset[str]().union(*(one.addresses for one in told))
        if addresses and not expectation.edge_addresses:
            self._target_addresses = await self._addresses_of(expectation.target)
        if any(one.open for one in told):
            await self._ask_beyond(told)
        values = [*addresses, *(one.names[0] for one in told if one.names)]
        right = leads_to_us(expectation, self._seen)
        if values and expectation.host != zone and not (right and expectation.proved):
            needed = self._search.needed if right else 1
            given = places.Given(expectation.host, chain.types_of(addresses), frozenset(values))
            tell = [said for said in believed if said.address in {one.address for one in told}]
            self._host_wildcard = await places.wildcard_over(inquiry, tell, given, zone, needed)
        else:
            self._host_wildcard = (
                ""  # A name without records has none from a wildcard. An apex ends them all.
            )
        if right and self._token_right:
            await asyncio.gather(*(self._ask_visitor(path) for path in inquiry.paths))

    async def _ask_beyond(self, told: list[HostAnswer]) -> None:
        """All servers lead to the same name, as a rule. Of several, two are followed."""
        ends = list(dict.fromkeys((one.names[-1], len(one.names)) for one in told if one.open and one.names))
        target = self._expectation.target
        asked = (chain.ask_beyond(self._inquiry, end, target, MOST_NAMES - done) for end, done in ends[:2])
        self._beyond = tuple(one for several in await asyncio.gather(*asked) for one in several)

    async def _addresses_of(self, name: str) -> frozenset[str]:
        answers = await asyncio.gather(*(self._inquiry.resolve(name, rdtype, 0) for rdtype in ("A", "AAAA")))
        return frozenset(value for one in answers for value in chain.addresses_in(one))

    async def _ask_about_certificate(self, speaker: ParentAnswer, zone: str) -> None:
        record = self._expectation.validation
        if record:
            self._validation = await places.ask_validation(self._inquiry, speaker, record, zone)

    async def _ask_resolver(self, path: int) -> None:
        """Whether a resolver finds the token as well. A new proof needs that none denies it."""
        proved = self._expectation.proved
        answer = await self._inquiry.resolve(self._expectation.label_name, "TXT", path)
        has = has_token(texts_of(answer.values("TXT")), self._expectation.token)
        said = await self._said(answer, path, TOKEN if has else "")
        unsettled = answer.outcome is Outcome.NOT_ASKED
        denies = answer.outcome.answered and not has and not said.inside
        self._resolvers[path] = replace(
            said, denies=denies and not proved, unsettled=unsettled and not proved
        )

    def _unasked(self, path: int) -> ResolverAnswer:
        unsettled = not self._expectation.proved
        return ResolverAnswer(self._inquiry.resolver(path), Outcome.NOT_ASKED, unsettled=unsettled)

    async def _ask_visitor(self, path: int) -> None:
        """Whether those who visit the host by this resolver come to us."""
        expectation = self._expectation
        answer = await self._inquiry.resolve(expectation.host, "A", path)
        names = chain.Chain(expectation.host, MOST_NAMES)
        names.follow(answer)
        ours = frozenset(expectation.edge_addresses) or self._target_addresses
        leads = expectation.target in names.names or not ours.isdisjoint(chain.addresses_in(answer))
        self._visitors[path] = await self._said(answer, path, TARGET if leads else "")

    async def _said(self, answer: Answer, path: int, mark: str) -> ResolverAnswer:
        """What a resolver says of a name, with a mark in the place of name servers."""
        first = next(iter(answer.answer), None)
        bogus = (
            answer.outcome is Outcome.SERVFAIL
            and await self._inquiry.unchecked(answer.name, answer.type, path) is not None
        )
        inside = not mark and await self._is_inside(answer, path)
        return ResolverAnswer(
            self._inquiry.resolver(path),
            answer.outcome,
            frozenset({mark} if mark else ()),
            first.ttl if first else answer.negative_ttl,
            bogus=bogus,
            inside=inside,
        )

    async def _is_inside(self, answer: Answer, path: int) -> bool:
        """Whether a resolver that dissents has a view of its own of the zone. Only where the zone above has told
        which servers the zone has: their word then stands for the resolver's."""
        zone = self._search.zone
        if zone is None or not self._search.by_registry or answer.outcome in {*UNHEARD, Outcome.NOT_ASKED}:
            return False
        return await is_inside_view(self._inquiry, zone, path)

    @property
    def _seen(self) -> RecordsObservation:
        return self.observation(0, complete=False)

    def observation(self, duration_ms: int, *, complete: bool) -> RecordsObservation:
        search = self._search
        in_order = [said.address for said in search.speakers]
        zone = Observation(
            parent_zone=search.zone,
            parent_needed=search.needed,
            parent_answers=search.answers,
            parent_set=search.set,
            parent_named_above=search.named_above,
            parent_unlocated=search.unlocated,
            parent_beyond_cap=search.beyond_cap,
            parent_disputed=search.disputed,
            disputes=tuple(self._inquiry.disputes),
            trouble=self._trouble(),
            misplaced_at=self._misplaced,
            wildcard=self._wildcard,
            answers_any_name=self._answers_any_name,
            answers_at_times=self._at_times,
            delegations=tuple(self._inquiry.delegations.values()),
            resolvers=tuple(said for _, said in sorted(self._resolvers.items())),
            asked=tuple(self._inquiry.asked),
            duration_ms=duration_ms,
            complete=complete,
        )
        return RecordsObservation(
            zone=zone,
            texts=tuple(self._texts[at] for at in in_order if at in self._texts),
            hosts=tuple(self._hosts[at] for at in in_order if at in self._hosts),
            beyond=self._beyond,
            made_up=self._made_up,
            host_wildcard=self._host_wildcard,
            target_addresses=self._target_addresses,
            visitors=tuple(said for _, said in sorted(self._visitors.items())),
            validation=self._validation,
        )

    def _trouble(self) -> Trouble | None:
        if self._search.bogus:
            return Trouble.PARENT_BOGUS
        if not self._inquiry.resolver_answered:
            return Trouble.RESOLVER_SILENT
        return Trouble.NO_TCP if self._search.no_tcp and not self._at_times else None
