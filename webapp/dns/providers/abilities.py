"""What DNS providers cannot do with our records, so that nobody tries in vain.

Each row has its source, and how strong that is; the hint on the page says no more than the source does. The sources
were read in November 2026, in stored copies of public pages and threads. GoDaddy, Namecheap, IONOS, OVHcloud, Gandi
and Porkbun were looked for and not found to refuse NS records. Of Shopify nothing was found either way.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from webapp.dns.providers.known import PROVIDERS
from webapp.dns.providers.provider import Provider, under


class Limit(StrEnum):
    """What a provider does not do."""

    #: No NS records below a name.
    NO_NS = "no-ns"
    #: One NS record for a name.
    ONE_VALUE = "one-value"
    #: No name of several levels, such as “chat.shop”.
    ONE_LEVEL = "one-level"
    #: No NS records beside records of another type with the same name.
    NOT_BESIDE = "not-beside"
    #: Not by its API; the form on its web site may.
    NOT_BY_API = "not-by-api"
    #: Not for anybody, by the rules of who runs the domain.
    POLICY = "policy"
    #: Not before the zone that the records lead to is there and has exactly these name servers.
    ZONE_FIRST = "zone-first"


class Strength(StrEnum):
    """How sure a limit is."""

    #: The provider says so.
    TOLD = "told"
    #: Others say so.
    REPORTED = "reported"
    #: It was so years ago.
    OLD = "old"
    #: Its help has no word of it.
    UNMENTIONED = "unmentioned"


@dataclass(frozen=True)
class Ability:
    """One limit of one provider. `servers`: its name servers; `zones`: its domains, if it gives away names there.

    With neither, nobody knows which providers have the limit.
    """

    who: str
    limit: Limit
    strength: Strength
    source: str
    servers: re.Pattern[str] | None = None
    zones: frozenset[str] = frozenset()


#: The name servers of the providers that have steps, by which their limits are found as well.
_SERVERS = {one.id: one.servers for one in PROVIDERS}
_DNSCONTROL = "DNSControl leaves its tests of NS records out for it"
_POLICIES = "the maintainers, in js-org/js.org#2890, is-a-dev/register#42510 and hackclub/dns#1683"

ABILITIES: tuple[Ability, ...] = (
    Ability(
        "Network Solutions",
        Limit.NO_NS,
        Strength.REPORTED,
        "dotdigital's help, article 224718607, undated; a vendor of another method",
        under("worldnic.com", "networksolutions.com"),
    ),
    Ability(
        "Wix",
        Limit.NO_NS,
        Strength.OLD,
        "Microsoft 365 documentation: no DNS entries for subdomains; NS records were not tried",
        under("wixdns.net"),
    ),
    Ability(
        "Hostinger",
        Limit.NO_NS,
        Strength.REPORTED,
        "two projects that know nothing of each other, 2026",
        under("dns-parking.com", "hostinger.com"),
    ),
    Ability(
        "SiteGround",
        Limit.NO_NS,
        Strength.REPORTED,
        "one project: subdomains have the name servers of the domain",
        under("siteground.net", "sgvps.net"),
    ),
    Ability(
        "Squarespace",
        Limit.ONE_LEVEL,
        Strength.TOLD,
        "an answer of its support, told at testcard.dev",
        _SERVERS["squarespace"],
    ),
    Ability(
        "Squarespace",
        Limit.NO_NS,
        Strength.UNMENTIONED,
        "Squarespace's help names the types of records, and NS is not among them",
        _SERVERS["squarespace"],
    ),
    Ability(
        "Linode",
        Limit.ONE_LEVEL,
        Strength.OLD,
        "linode/docs#644, 2017",
        under("linode.com"),
    ),
    Ability(
        "Cloudflare",
        Limit.NOT_BESIDE,
        Strength.TOLD,
        "developers.cloudflare.com, “Delegate subdomains”",
        _SERVERS["cloudflare"],
    ),
    Ability(
        "AWS",
        Limit.ZONE_FIRST,
        Strength.TOLD,
        "docs.aws.amazon.com, change guardrails of hosted zones: NS_FORMAT_CHECK and NS_DELEGATION_AUTHORITY_CHECK",
        _SERVERS["route53"],
    ),
    Ability(
        "DNSimple",
        Limit.NOT_BY_API,
        Strength.REPORTED,
        _DNSCONTROL,
        under("dnsimple.com", "dnsimple-edge.net"),
    ),
    Ability(
        "Exoscale", Limit.NOT_BY_API, Strength.REPORTED, _DNSCONTROL, under("exoscale.ch", "exoscale.com")
    ),
    Ability("netcup", Limit.NOT_BY_API, Strength.REPORTED, _DNSCONTROL, under("netcup.net")),
    Ability(
        "name.com",
        Limit.NOT_BY_API,
        Strength.REPORTED,
        "the code of DNSControl and of stalwart's dns-update",
        under("name.com"),
    ),
    Ability(
        "NameSilo",
        Limit.NOT_BY_API,
        Strength.REPORTED,
        "the code of DNSControl and of stalwart's dns-update",
        under("dnsowl.com"),
    ),
    # “.test” is reserved (RFC 6761), so this row is about no zone outside the sandbox.
    Ability(
        "Sandbox Sites",
        Limit.NO_NS,
        Strength.TOLD,
        "the sandbox itself: `webapp/sandbox/provider/rules.py`",
        under("sandbox-sites.test"),
    ),
    Ability("js.org", Limit.POLICY, Strength.TOLD, _POLICIES, zones=frozenset({"js.org"})),
    Ability("is-a.dev", Limit.POLICY, Strength.TOLD, _POLICIES, zones=frozenset({"is-a.dev"})),
    Ability("Hack Club", Limit.POLICY, Strength.TOLD, _POLICIES, zones=frozenset({"hackclub.com"})),
    Ability(
        "Some providers",
        Limit.ONE_VALUE,
        Strength.REPORTED,
        "users of Salesforce, and suped.com; neither says which providers",
    ),
)


@dataclass(frozen=True)
class Place:
    """Where the records belong: the zone, and the short and the full name in it."""

    zone: str
    name: str
    host: str


def limits_of(place: Place, name_servers: Iterable[str], *, by_tool: bool = False) -> tuple[str, ...]:
    """What the provider of these name servers cannot do with the records, in sentences.

    `by_tool`: the reader uses a tool and no form.
    """
    names = set(name_servers)
    rows = [row for row in ABILITIES if place.zone in row.zones or _serves(row, names)]
    return tuple(_hint(row, place) for row in rows if _concerns(row, place, by_tool=by_tool))


def limits_at(place: Place, provider: Provider) -> tuple[str, ...]:
    """What this provider cannot do with the records, in sentences, for whoever types them into its form."""
    return tuple(
        _hint(row, place)
        for row in ABILITIES
        if row.servers == provider.servers and _concerns(row, place, by_tool=False)
    )


def why_no_ns(zone: str, name_servers: Iterable[str]) -> str:
    """That the provider of these name servers takes no NS records below a name, as a sentence; empty if none is known
    to say so.
    """
    names = set(name_servers)
    found = (
        row
        for row in ABILITIES
        if row.limit in {Limit.NO_NS, Limit.POLICY} and (zone in row.zones or _serves(row, names))
    )
    row = next(found, None)
    if row is None:
        return ""
    does, _ = _WORDS[row.limit]
    return _TOLD[row.strength].format(who=row.who, does=does).format(zone=zone)


def common_limits(place: Place) -> tuple[str, ...]:
    """What some providers cannot do, for whoever is at one that we do not know."""
    return tuple(_hint(row, place) for row in ABILITIES if row.servers is None and not row.zones)


def _serves(row: Ability, names: set[str]) -> bool:
    return row.servers is not None and any(row.servers.fullmatch(name) for name in names)


def _concerns(row: Ability, place: Place, *, by_tool: bool) -> bool:
    if row.limit is Limit.NOT_BY_API:
        return by_tool
    return row.limit is not Limit.ONE_LEVEL or "." in place.name


def _hint(row: Ability, place: Place) -> str:
    does, way_out = _WORDS[row.limit]
    told = _TOLD[row.strength].format(who=row.who, does=does)
    return f"{told} {way_out}".format(zone=place.zone, name=place.name, host=place.host)


_TOLD = {
    Strength.TOLD: "{who} {does}.",
    Strength.REPORTED: "{who} {does}, as others report.",
    Strength.OLD: "{who} {does}, by what was known some years ago.",
    Strength.UNMENTIONED: "{who} {does}, as far as its help tells.",
}
_ASK = "If you cannot add them, ask its support, or move the DNS of {zone} to another provider."
#: What the provider does, and what to do about that.
_WORDS = {
    Limit.NO_NS: ("takes no NS records for a name below {zone}", _ASK),
    Limit.ONE_VALUE: (
        "take one NS record for a name and no more",
        "Yours has to take all four; else ask its support.",
    ),
    Limit.ONE_LEVEL: (
        "takes no name of several levels, such as “{name}”",
        "If that is so, register a name that stands right before {zone}.",
    ),
    Limit.NOT_BESIDE: (
        "takes NS records only where no record of another type has the same name",
        "If there is one named “{name}”, delete it first.",
    ),
    Limit.NOT_BY_API: ("takes no NS records by its API", "The form on its web site may take them."),
    Limit.POLICY: ("gives nobody NS records below {zone}", "Register a name below a domain of your own."),
    Limit.ZONE_FIRST: (
        "asks our four name servers for {host} before it takes the records",
        "If it answers InvalidChangeBatch, a value is mistyped or our zone too new: compare, and try again later.",
    ),
}
