"""One case before the judge: the expectation and the observation, and what follows from the two."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property

from webapp.dns import name_arithmetic
from webapp.dns.answers import Outcome
from webapp.dns.judgement.finding import AT_TIMES, NO_ADDRESS
from webapp.dns.lookup.expectation import Expectation, as_utc
from webapp.dns.lookup.observation import (
    Alias,
    NameServerSet,
    Observation,
    ParentAnswer,
    ResolverAnswer,
    Says,
)
from webapp.dns.names import company_suffixes, reserved
from webapp.dns.rules.history import History
from webapp.dns.servers.evidence import Dispute

#: How long the parent's servers may disagree before it counts as a fault and not as a change that still spreads.
SETTLING = timedelta(hours=24)
#: The same while the name servers of the parent zone are replaced: caches keep the former ones for their TTL.
MOVING = timedelta(days=7)
#: Caches forget after a week whatever the TTL says (RFC 8767, 4).
LONGEST_TTL = 7 * 24 * 3600


@dataclass(frozen=True)
class Case:
    """The facts of one check. All come from the `speakers`: the parent's servers that answered as the parent's."""

    expectation: Expectation
    observation: Observation
    now: datetime

    @property
    def host(self) -> str:
        return self.expectation.host

    @property
    def expected(self) -> frozenset[str]:
        return frozenset(self.expectation.name_servers)

    @property
    def ours(self) -> frozenset[str]:
        """The name servers of our zone, and those of former ones."""
        return self.expected | frozenset(self.expectation.former_name_servers)

    @cached_property
    def speakers(self) -> tuple[ParentAnswer, ...]:
        # A server of the parent at an address of ours answers from our own zone, so its answer proves nothing.
        ours = {ours.address for ours in self.observation.ours if ours.address}
        answers = (answer for answer in self.observation.parent_answers if answer.says)
        return tuple(a for a in answers if a.says is not Says.OWN_ZONE or a.address not in ours)

    @cached_property
    def heard(self) -> tuple[ParentAnswer, ...]:
        """The speakers that count for the quorum. Of the others, it is not sure that they are the parent's."""
        return tuple(answer for answer in self.observation.parent_heard if answer in self.speakers)

    @cached_property
    def delegated(self) -> tuple[ParentAnswer, ...]:
        return tuple(answer for answer in self.speakers if answer.says is Says.DELEGATED)

    @cached_property
    def right(self) -> tuple[ParentAnswer, ...]:
        """The speakers that list the expected names and no others."""
        return tuple(answer for answer in self.delegated if answer.name_servers == self.expected)

    @property
    def all_right(self) -> bool:
        return bool(self.speakers) and bool(self.expected) and len(self.right) == len(self.speakers)

    @property
    def agreed(self) -> bool:
        """True when all speakers say the same; NXDOMAIN and NODATA are the same here."""
        return _agree(self.speakers)

    @property
    def agreed_where_sure(self) -> bool:
        """True when those speakers agree whose addresses are sure: a forged one must not make a fault of the rest."""
        return _agree(answer for answer in self.speakers if answer.confirmed)

    @property
    def copies_differ(self) -> bool:
        """True when the servers that the zone above names agree, and those that the zone itself names do not."""
        above = [answer for answer in self.speakers if answer.server in self.observation.parent_named_above]
        moving = self.observation.parent_set is NameServerSet.DIFFERENT
        return moving and bool(above) and _agree(above) and not self.agreed

    @property
    def parent_disputes(self) -> tuple[Dispute, ...]:
        """The names on the way to the parent's servers that are not sure, each once."""
        ways = (one for one in self.observation.disputes if one.role in {"above", "parent"})
        return tuple({one.name: one for one in ways}.values())

    @cached_property
    def wildcard(self) -> str:
        """The wildcard that holds some of ours, where the host has no NS records of its own; else empty."""
        seen = [said.wildcard for said in self.speakers if said.name_servers & self.expected]
        beside = [name for name in self.observation.misplaced_at if _covers(name, self.host)]
        return next((name for name in (*seen, self.observation.wildcard, *beside) if name), "")

    @property
    def no_wildcard(self) -> bool:
        """True when it is known that none leads to ours. A name that is verified already needs no such proof."""
        return not self.wildcard and (self.expectation.proved or self.observation.wildcard is not None)

    @cached_property
    def found(self) -> frozenset[str]:
        return frozenset().union(*(answer.name_servers for answer in self.delegated))

    @property
    def missing(self) -> tuple[str, ...]:
        return tuple(name for name in self.expectation.name_servers if name not in self.found)

    @cached_property
    def unexpected(self) -> tuple[str, ...]:
        return tuple(sorted(self.found - self.expected))

    @cached_property
    def history(self) -> History:
        return History.from_data(self.expectation.history)

    @property
    def listed_before(self) -> bool | None:
        """Whether the parent had any of our name servers before; None where nobody knows."""
        return self.history.listed or self.expectation.listed_before

    @cached_property
    def our_addresses(self) -> dict[str, str]:
        """The addresses of our name servers, each with its name server."""
        return {ours.address: ours.server for ours in self.observation.ours if ours.address}

    @property
    def former(self) -> tuple[str, ...]:
        """The names found that an earlier zone for this host had."""
        former = set(self.expectation.former_name_servers)
        return tuple(name for name in self.unexpected if name in former)

    @property
    def aliases(self) -> tuple[Alias, ...]:
        """The records above the host that redirect it. A CNAME redirects nothing but its own name, so it
        is no obstacle where the parent's servers hand out a referral for the host all the same."""
        cnames = () if self.delegated else self.observation.aliases_above
        seen = (answer.alias for answer in self.heard)
        return (*cnames, *dict.fromkeys(alias for alias in seen if alias and alias.owner != self.host))

    @property
    def not_served(self) -> tuple[str, ...]:
        """The expected name servers that do not answer for our zone as they should."""
        served = {
            ours.server
            for ours in self.observation.ours
            if ours.authoritative and ours.soa_owner == self.host and ours.name_servers == self.expected
        }
        return tuple(name for name in self.expectation.name_servers if name not in served)

    @property
    def ds(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(record for answer in self.delegated for record in answer.ds or ()))

    @property
    def ds_known(self) -> bool:
        """True when as many servers answered the DS question as the quorum needs, or nobody looks at DS records."""
        return (
            self.observation.parent_unsigned
            or sum(answer.ds is not None for answer in self.heard) >= self.observation.parent_needed
        )

    @property
    def dissenting(self) -> tuple[ResolverAnswer, ...]:
        """The resolvers whose answer differs from the parent's. One that could not be asked is not among them, nor
        one that does not see the parent zone as the Internet does."""
        told = (said for said in self.observation.resolvers if _told(said) and not said.inside)
        return tuple(said for said in told if said.name_servers != self.expected)

    @cached_property
    def unheard(self) -> tuple[tuple[str, str], ...]:
        """The servers of the parent that did not answer as such, each with an outcome or another code. Ours are not
        among them: they are not the parent's."""
        at_times, seen = self.observation.answers_at_times, self.observation
        silent = ((one.server, one) for one in seen.parent_answers if not one.says and not one.deeper)
        found = {server: AT_TIMES if server in at_times else one.outcome.value for server, one in silent}
        spoke = {answer.server for answer in self.speakers}
        nowhere = dict.fromkeys(seen.parent_unlocated, NO_ADDRESS)
        silent_ones = (nowhere | found).items()
        return tuple((server, code) for server, code in silent_ones if server not in spoke | self.ours)

    @property
    def unheard_when_asked(self) -> tuple[tuple[str, str], ...]:
        """Those of the `unheard` that were asked. Of the others nothing is known, be it for an hour."""
        return tuple((server, code) for server, code in self.unheard if code != Outcome.NOT_ASKED)

    @property
    def leading_on(self) -> int:
        """How many servers of the parent lead on to a zone that is not sure, which is an answer as well."""
        return len({one.server for one in self.observation.parent_answers if one.deeper and not one.says})

    @property
    def quorum(self) -> bool:
        return len({answer.server for answer in self.heard}) >= max(1, self.observation.parent_needed)

    @property
    def settled_too_long(self) -> bool:
        since, moving = self.expectation.inconsistent_since, self.observation.parent_set.differs
        return since is not None and as_utc(self.now) - as_utc(since) >= (MOVING if moving else SETTLING)

    @property
    def missing_domain(self) -> str | None:
        """See the function of that name."""
        zone = self.observation.parent_zone
        return missing_domain(self.host, zone) if zone else None

    @property
    def old_answers_until(self) -> datetime | None:
        """When the last cache drops the outdated answer: after the TTL of the NS records, after the negative TTL
        (RFC 2308, 5), or after the rest of the TTL at resolvers that still give the outdated answer."""
        stale = self.dissenting if self.all_right else [a for a in self.speakers if a not in self.right]
        ttls = [said.ttl for said in stale if said.ttl is not None]
        return self.expires(max(ttls)) if ttls else None

    def expires(self, ttl: int) -> datetime:
        """When the last cache has forgotten what it learns now."""
        return self.now + timedelta(seconds=min(ttl, LONGEST_TTL))


def missing_domain(host: str, zone: str) -> str | None:
    """The domain to be registered, or connected to a DNS provider, before there is a zone to put records into.

    None when the zone that holds `host` is the customer's. Only endings below which names are delegated count: below
    most of companies, such as github.io, nobody has a zone of their own.
    """
    suffix = reserved.public_suffix(host)
    domain = reserved.registrable(host) if suffix and company_suffixes.delegates(suffix) else None
    return domain if domain and domain != host and name_arithmetic.below(domain, zone) else None


def _covers(wildcard: str, host: str) -> bool:
    return wildcard.startswith("*.") and name_arithmetic.below(host, wildcard.removeprefix("*."))


def _agree(answers: Iterable[ParentAnswer]) -> bool:
    return len({(a.says, a.name_servers, a.alias) for a in answers}) <= 1


def _told(said: ResolverAnswer) -> bool:
    return said.outcome.answered or said.outcome is Outcome.SERVFAIL
