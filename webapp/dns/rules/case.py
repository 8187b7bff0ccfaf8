"""One case before the judge: the expectation and the observation, and what follows from the two."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property

from webapp.dns import name_arithmetic
from webapp.dns.lookup.expectation import Expectation, as_utc
from webapp.dns.lookup.observation import (
    Alias,
    Dispute,
    NameServerSet,
    Observation,
    ParentAnswer,
    ResolverAnswer,
    Says,
)
from webapp.dns.names import reserved

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
    def parent_disputes(self) -> tuple[Dispute, ...]:
        """The names on the way to the parent's servers that are not sure, each once."""
        ways = (one for one in self.observation.disputes if one.role in {"above", "parent"})
        return tuple({one.name: one for one in ways}.values())

    @cached_property
    def found(self) -> frozenset[str]:
        return frozenset().union(*(answer.name_servers for answer in self.delegated))

    @property
    def missing(self) -> tuple[str, ...]:
        return tuple(name for name in self.expectation.name_servers if name not in self.found)

    @cached_property
    def unexpected(self) -> tuple[str, ...]:
        return tuple(sorted(self.found - self.expected))

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
        """True when as many servers answered the DS question as the quorum needs."""
        return sum(answer.ds is not None for answer in self.heard) >= self.observation.parent_needed

    @property
    def dissenting(self) -> tuple[ResolverAnswer, ...]:
        """The resolvers whose answer differs from the parent's. One that could not be asked is not among them."""
        told = (said for said in self.observation.resolvers if _told(said))
        return tuple(said for said in told if said.name_servers != self.expected)

    @property
    def quorum(self) -> bool:
        return len({answer.server for answer in self.heard}) >= max(1, self.observation.parent_needed)

    @property
    def moving(self) -> bool:
        """True when caches and the zone above name different servers for the parent zone."""
        return self.observation.parent_set in {NameServerSet.DIFFERENT, NameServerSet.DENIED}

    @property
    def settled_too_long(self) -> bool:
        since = self.expectation.inconsistent_since
        return since is not None and as_utc(self.now) - as_utc(since) >= (MOVING if self.moving else SETTLING)

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

    None when the zone that holds `host` is the customer's. Only endings that a registry runs count: below
    those of companies, such as github.io, nobody has a zone of their own.
    """
    suffix = reserved.public_suffix(host)
    domain = reserved.registrable(host) if suffix and reserved.is_run_by_a_registry(suffix) else None
    return domain if domain and domain != host and name_arithmetic.below(domain, zone) else None


def _agree(answers: Iterable[ParentAnswer]) -> bool:
    return len({(a.says, a.name_servers, a.alias) for a in answers}) <= 1


def _told(said: ResolverAnswer) -> bool:
    return said.outcome.answered or said.outcome.value == "SERVFAIL"
