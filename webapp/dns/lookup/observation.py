"""What a check measured: facts only, in the form in which `judge` reads them."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from webapp.dns.answers import Outcome
from webapp.dns.records import RecordSet
from webapp.dns.servers.evidence import Asked, Delegation, Dispute


class Says(StrEnum):
    """What a server of the parent zone, answering as such, says about the host."""

    #: A referral: NS records in AUTHORITY, as a rule with AA clear.
    DELEGATED = "delegated"
    #: NS records that a wildcard has, so that the host has none of its own.
    WILDCARD = "wildcard"
    #: NXDOMAIN or NODATA.
    ABSENT = "absent"
    #: A CNAME at the host, or a DNAME above it.
    ALIAS = "alias"
    #: The server answers from a zone of its own that is named like the host.
    OWN_ZONE = "own zone"


class Trouble(StrEnum):
    """Why the servers of the parent could not be asked, or may not be believed."""

    #: No resolver of ours answered: our fault.
    RESOLVER_SILENT = "resolver-silent"
    #: A validating resolver calls the parent zone bogus.
    PARENT_BOGUS = "parent-bogus"
    #: The name servers of the parent answer over UDP, not over TCP.
    NO_TCP = "no-tcp"


class NameServerSet(StrEnum):
    """How the name servers of the parent zone that our resolver knows compare with those that the zone above hands
    out. Both are asked."""

    #: The same, or a registry runs the zone.
    AGREED = "agreed"
    #: Not the same: a change of provider that caches do not know yet, or a zone that misstates its own servers.
    DIFFERENT = "different"
    #: The zone above does not delegate the parent zone: that is gone, or not there yet.
    DENIED = "denied"
    #: The zone above could not be asked.
    UNKNOWN = "unknown"

    @property
    def differs(self) -> bool:
        """True when caches and the zone above name different servers. Only those that the zone above names count."""
        return self in {NameServerSet.DIFFERENT, NameServerSet.DENIED}


@dataclass(frozen=True)
class Alias:
    """A CNAME or DNAME record: `owner` redirects to `target`."""

    owner: str
    type: str
    target: str


@dataclass(frozen=True)
class ParentAnswer:
    """What one server of the parent zone said, over TCP, about NS and DS at the host.

    `says` is None when the server did not answer as one of the parent's: silence, a refusal, or AA clear
    without a referral. `ttl` is that of the NS records, or how long “there is nothing” may be kept.
    `ds` is None when it could not be learnt. `confirmed` is False when it is not sure that this is the server's
    address. `wildcard` is the owner of the NS records where that is a wildcard. `deeper` is a zone between that one
    and the host, to which the server leads on. `upward`: the server only points to a zone above the parent, as one
    does that does not hold it.
    """

    server: str
    address: str
    outcome: Outcome
    says: Says | None = None
    name_servers: frozenset[str] = frozenset()
    ttl: int | None = None
    alias: Alias | None = None
    ds: tuple[str, ...] | None = None
    confirmed: bool = True
    wildcard: str = ""
    deeper: str = ""
    upward: bool = False


@dataclass(frozen=True)
class OurAnswer:
    """What one of the expected name servers says about the apex of our zone.

    `outcome` is that of the SOA question. `authoritative` is true when both answers carried AA.
    """

    server: str
    outcome: Outcome
    address: str = ""
    authoritative: bool = False
    soa_owner: str | None = None
    name_servers: frozenset[str] = frozenset()


@dataclass(frozen=True)
class ResolverAnswer:
    """What one recursive resolver tells visitors about NS at the host.

    `bogus`: SERVFAIL as a validating resolver, an answer with checking disabled. `denies`: it says that there is no
    such delegation, and says so afresh, not out of a cache. `unsettled`: it may deny it, but could not be asked
    afresh, or was not asked at all within the limits of the check. `inside`: it has a view of its own of the parent
    zone, with servers that the Internet cannot reach, so that it tells nothing of what visitors see.
    """

    resolver: str
    outcome: Outcome
    name_servers: frozenset[str] = frozenset()
    ttl: int | None = None
    bogus: bool = False
    denies: bool = False
    unsettled: bool = False
    inside: bool = False


@dataclass(frozen=True)
class Observation:
    """Everything one check learnt, complete or not.

    `parent_needed` is how many of the parent's servers must answer: two, or one when it has only one that can be
    asked; where the sets differ, of those in `parent_named_above`, which the zone above hands out.
    `disputes` are the names of servers whose addresses are not sure, and `parent_disputed` tells that it is therefore
    not sure which servers the parent has.
    `parent_unlocated` are name servers of the parent that have no address that may be asked, or none that could be
    learnt, `parent_beyond_cap` those that were not asked because there are so many.
    `in_the_way` are the record sets at the host where there is no zone cut; those synthesized from a wildcard are not
    among them. `aliases_above` stand at ancestors of the host. `misplaced_at` are the other names that hold some of
    our name servers. `wildcard` is the one that leads a name beside the host to ours as well, where the host has no
    records of its own; empty when there is none, None when it could not be learnt, or was not asked for.
    `answers_any_name`: a server that holds a zone named like the host holds one for a name that nobody has.
    `own_names` are name servers at the host that are other names for our addresses, each with ours.
    `answers_at_times` are servers of the parent that leave some questions without an answer.
    `delegations` are those of the zones between the registry and the host, from the top.
    `remembered_ttl` is how long our resolver still keeps name servers of ours for the parent zone, which neither
    that zone nor the zone above it names any more.
    `ds_matches` tells whether a key of our zone fits a DS record at the parent, or resolvers go by none of them; None
    when there is no DS or it could not be learnt. `parent_unsigned`: the zone above has no DS records for the parent
    zone, so that no resolver looks at those for the host.
    """

    parent_zone: str | None = None
    parent_needed: int = 2
    parent_answers: tuple[ParentAnswer, ...] = ()
    parent_set: NameServerSet = NameServerSet.AGREED
    parent_named_above: frozenset[str] = frozenset()
    parent_unlocated: tuple[str, ...] = ()
    parent_beyond_cap: tuple[str, ...] = ()
    parent_disputed: bool = False
    disputes: tuple[Dispute, ...] = ()
    trouble: Trouble | None = None
    in_the_way: tuple[RecordSet, ...] = ()
    aliases_above: tuple[Alias, ...] = ()
    misplaced_at: tuple[str, ...] = ()
    wildcard: str | None = ""
    answers_any_name: bool = False
    own_names: tuple[tuple[str, str], ...] = ()
    answers_at_times: frozenset[str] = frozenset()
    delegations: tuple[Delegation, ...] = ()
    remembered_ttl: int | None = None
    ours: tuple[OurAnswer, ...] = ()
    ds_matches: bool | None = None
    parent_unsigned: bool = False
    resolvers: tuple[ResolverAnswer, ...] = ()
    asked: tuple[Asked, ...] = ()
    duration_ms: int = 0
    complete: bool = True

    @property
    def parent_heard(self) -> tuple[ParentAnswer, ...]:
        """The answers of the parent's servers that count for the quorum: those at addresses that are sure."""
        spoke = tuple(answer for answer in self.parent_answers if answer.says and answer.confirmed)
        if not self.parent_set.differs:
            return spoke
        return tuple(answer for answer in spoke if answer.server in self.parent_named_above)
