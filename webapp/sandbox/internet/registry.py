"""The sandbox's root and top-level domains: which names can be registered, and to whom they are delegated."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache

import dns.name
from dns.name import Name
from dns.rdatatype import RdataType
from publicsuffixlist import PublicSuffixList

from webapp.sandbox.internet.zone import Reply, Zone, parsed
from webapp.sandbox.shared.environment import EDGE_SERVERS, PROVIDER_SERVERS, REGISTRY_NAME, SITES_SERVERS

#: Top-level domains of the sandbox that the real root does not have.
OPEN_SUFFIXES = frozenset({"test", "example"})
DELEGATION_TTL = 3600
_SOA = f"{REGISTRY_NAME}. hostmaster.{REGISTRY_NAME}. 1 1800 900 604800 900"


@cache
def _suffixes() -> PublicSuffixList:
    return PublicSuffixList(only_icann=True, accept_unknown=False)


def registrable(name: Name) -> Name | None:
    """The domain that its owner registered, such as acme.co.uk; None above that and in an unknown suffix."""
    plain = [_plain(label) for label in name.labels[:-1]]
    if plain and plain[-1] in OPEN_SUFFIXES:
        count = 2 if len(plain) > 1 else 0
    else:
        found = _suffixes().privatesuffix(".".join(plain)) if plain else None
        count = found.count(".") + 1 if found else 0
    return Name(name.labels[-count - 1 :]).canonicalize() if count else None


def _plain(label: bytes) -> str:
    """A label for the list of suffixes, which splits at every dot and knows host names only."""
    text = label.decode("ascii", "replace").lower()
    return text if text.replace("-", "").replace("_", "").isalnum() else "?"


def answer(name: Name, kind: RdataType, servers: Sequence[str] = ()) -> Reply:
    """What the registry's server, which has the root and all top-level domains, says about a name.

    `servers`: the name servers that the registrar was told for the name's domain, instead of the provider's.
    """
    zone = _root()
    at_parent_side = kind == RdataType.DS and len(name) == 2
    if len(name) > 1 and _exists(Name(name.labels[-2:])) and not at_parent_side:
        zone = _top_level_domain(name, servers or tuple(PROVIDER_SERVERS))
    elif at_parent_side and _exists(name):
        zone.add_name(name)
    return zone.answer(name, kind)


def _exists(top: Name) -> bool:
    text = _plain(top.labels[0])
    return text in OPEN_SUFFIXES or _suffixes().publicsuffix(text) is not None


def _root() -> Zone:
    zone = Zone(dns.name.root)
    _add(zone, dns.name.root, "SOA", _SOA)
    _add(zone, dns.name.root, "NS", f"{REGISTRY_NAME}.")
    return zone


def _top_level_domain(asked: Name, servers: Sequence[str]) -> Zone:
    """The zone with as much in it as the question needs: there are too many names to have them all."""
    zone = Zone(Name(asked.labels[-2:]))
    _add(zone, zone.origin, "SOA", _SOA)
    _add(zone, zone.origin, "NS", f"{REGISTRY_NAME}.")
    if owned := registrable(asked):
        for server in servers:
            _add(zone, owned, "NS", f"{server}.")
        _add_glue(zone)
    elif _suffixes().publicsuffix(text := ".".join(_plain(label) for label in asked.labels[:-1])) == text:
        zone.add_name(asked)
    return zone


def _add_glue(zone: Zone) -> None:
    for server, address in (PROVIDER_SERVERS | SITES_SERVERS | EDGE_SERVERS).items():
        name = dns.name.from_text(server)
        if name.is_subdomain(zone.origin):
            _add(zone, name, "A", address)


def _add(zone: Zone, name: Name, kind: str, value: str) -> None:
    zone.add(name, RdataType[kind], DELEGATION_TTL, [parsed(kind, value)])
