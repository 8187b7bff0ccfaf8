"""What a check of the records method measured: facts only, in the form in which its judge reads them."""

from __future__ import annotations

from dataclasses import dataclass, field

from webapp.dns.answers import Outcome
from webapp.dns.lookup.observation import Observation, ResolverAnswer


@dataclass(frozen=True)
class TextAnswer:
    """What one server of the zone said about TXT at one name.

    `told`: it answered with AA, so that `texts` are all there is at the name. `outcome` is that of the question.
    """

    server: str
    address: str
    outcome: Outcome
    told: bool = False
    texts: tuple[str, ...] = ()
    ttl: int | None = None


@dataclass(frozen=True)
class HostAnswer:
    """What one server of the zone said about the host: where its CNAME records lead, or its addresses.

    `told`: it answered with AA. `names` are those that the CNAME records lead to, one after the other, as far as the
    server holds them. `loop`: the last of them was there before. `open`: what the last of them has is for servers of
    other zones to say. `lost`: it went on at a name of this zone, about which this server did not answer.
    """

    server: str
    address: str
    outcome: Outcome
    told: bool = False
    names: tuple[str, ...] = ()
    addresses: frozenset[str] = frozenset()
    ttl: int | None = None
    loop: bool = False
    open: bool = False
    lost: bool = False


@dataclass(frozen=True)
class BeyondAnswer:
    """Where `name`, which another zone holds, leads by the word of one resolver.

    `told`: the resolver answered to the end. `outcome` is that of the last question.
    """

    name: str
    resolver: str
    outcome: Outcome
    told: bool = False
    names: tuple[str, ...] = ()
    loop: bool = False


@dataclass(frozen=True)
class ValidationAnswer:
    """What the zone has at the name of the certificate's record. `appended`: the record stands at that name with the
    zone's name appended."""

    told: bool
    value: str = ""
    appended: bool = False


@dataclass(frozen=True)
class RecordsObservation:
    """Everything one check learnt, complete or not.

    `zone` is what was learnt of the zone that holds the host, of its servers, and of the resolvers, with the label of
    the token in the place of the host: `parent_answers` are about NS records there, `wildcard` is the one that holds
    the token, `misplaced_at` are the other names that hold it, and `resolvers` tell of it.
    `texts` and `hosts` are what those servers said of the token and of the host. `made_up` are the values of TXT
    that a wildcard gives the label, which has none of its own.
    `host_wildcard` is the wildcard that gives the host what it has; empty when there is none, None when it could not
    be learnt, or was not asked for.
    `target_addresses` are those that the target has now, learnt only where those of the edge are not known.
    `visitors` is where each resolver leads those who visit the host.
    """

    zone: Observation = field(default_factory=Observation)
    texts: tuple[TextAnswer, ...] = ()
    hosts: tuple[HostAnswer, ...] = ()
    beyond: tuple[BeyondAnswer, ...] = ()
    made_up: tuple[str, ...] = ()
    host_wildcard: str | None = ""
    target_addresses: frozenset[str] = frozenset()
    visitors: tuple[ResolverAnswer, ...] = ()
    validation: ValidationAnswer | None = None
