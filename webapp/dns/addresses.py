"""The address filter: at which addresses a name server may be asked.

Whoever runs a parent zone chooses the addresses of its name servers. Without the filter they could make us send
packets into our own network.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable
from functools import lru_cache

from webapp.dns.notes import Note

IPAddress = ipaddress.IPv4Address | ipaddress.IPv6Address
IPNetwork = ipaddress.IPv4Network | ipaddress.IPv6Network

# Networks that `is_global` of Python 3.11 accepts although the IANA special-purpose registries do not call them
# global, or although no public name server is there. They are refused in addition.
_NOT_GLOBAL = tuple(
    ipaddress.ip_network(text)
    for text in (
        "192.0.0.0/24",  # IETF protocol assignments (RFC 6890)
        "192.88.99.0/24",  # 6to4 relays, withdrawn (RFC 7526)
        "2001::/23",  # IETF protocol assignments (RFC 2928)
        "2001:db8::/32",  # documentation (RFC 3849)
        "3fff::/20",  # documentation (RFC 9637)
    )
)
_NAT64 = ipaddress.ip_network("64:ff9b::/96")
_COMPATIBLE = ipaddress.ip_network("::/96")
# The only part of IPv6 that is given out for global unicast.
_GLOBAL_UNICAST = ipaddress.ip_network("2000::/3")


def refusal(address: str, allowed: Iterable[IPNetwork] = ()) -> Note | None:
    """Why a name server at this address is not asked; None when it may be."""
    return _refusal(address, tuple(allowed))


@lru_cache(maxsize=8192)
def _refusal(address: str, allowed: tuple[IPNetwork, ...]) -> Note | None:
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return Note("no-ip-address", {"address": address})
    if any(parsed in network for network in allowed):
        return None
    inner = _unwrap(parsed)
    if any(not _is_global(wrapped) for wrapped in inner):
        return Note("not-public-inside", {"address": address, "inner": str(inner[0])})
    if not inner and not _is_global(parsed):
        return Note("not-public", {"address": address})
    return None


def _unwrap(address: IPAddress) -> tuple[IPAddress, ...]:
    """The IPv4 addresses embedded in an IPv6 address (mapped, 6to4, Teredo, NAT64): packets would end up there."""
    if isinstance(address, ipaddress.IPv4Address):
        return ()
    if address.ipv4_mapped:
        return (address.ipv4_mapped,)
    if address.sixtofour:
        return (address.sixtofour,)
    if address.teredo:
        server, client = address.teredo
        return (client, server)
    if address in _NAT64 or (address in _COMPATIBLE and int(address) > 1):
        return (ipaddress.IPv4Address(int(address) & 0xFFFFFFFF),)
    return ()


def _is_global(address: IPAddress) -> bool:
    if address.is_multicast or address.is_reserved or not address.is_global:
        return False
    if isinstance(address, ipaddress.IPv6Address) and address not in _GLOBAL_UNICAST:
        return False
    return not any(address in network for network in _NOT_GLOBAL)
