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
        "192.31.196.0/24",  # AS112, which answers for private networks (RFC 7535)
        "192.88.99.0/24",  # 6to4 relays, withdrawn (RFC 7526)
        "192.175.48.0/24",  # AS112 (RFC 7534)
        "2001::/23",  # IETF protocol assignments (RFC 2928)
        "2001:4:112::/48",  # AS112 (RFC 7535)
        "2001:db8::/32",  # documentation (RFC 3849)
        "2620:4f:8000::/48",  # AS112 (RFC 7534)
        "3fff::/20",  # documentation (RFC 9637)
    )
)
_NAT64 = ipaddress.ip_network("64:ff9b::/96")
_COMPATIBLE = ipaddress.ip_network("::/96")
# The only part of IPv6 that is given out for global unicast.
_GLOBAL_UNICAST = ipaddress.ip_network("2000::/3")


def refusal(
    address: str, allowed: Iterable[IPNetwork] = (), refused: Iterable[IPNetwork] = ()
) -> Note | None:
    """Why a name server at this address is not asked; None when it may be.

    `refused` are the operator's own networks, which come before those that are `allowed`.
    """
    return _refusal(address, tuple(allowed), tuple(refused))


def is_address(text: str) -> bool:
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return False
    return True


@lru_cache(maxsize=8192)
def target_of(address: str) -> str:
    """The machine that packets to an address reach, so that no limit is passed by another way of writing it."""
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return address
    return str(next(iter(_wrapped(parsed)), parsed))


@lru_cache(maxsize=8192)
def _refusal(address: str, allowed: tuple[IPNetwork, ...], refused: tuple[IPNetwork, ...]) -> Note | None:
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return Note("no-ip-address", {"address": address})
    inner = _unwrap(parsed)
    network = next((one for one in refused if any(ip in one for ip in (parsed, *inner))), None)
    if network is not None:
        return Note("refused-network", {"address": address, "network": str(network)})
    if any(parsed in network for network in allowed):
        return None
    private = next((wrapped for wrapped in inner if not _is_global(wrapped)), None)
    if private is not None:
        return Note("not-public-inside", {"address": address, "inner": str(private)})
    if not _wrapped(parsed) and not _is_global(parsed):
        return Note("not-public", {"address": address})
    return None


def _unwrap(address: IPAddress) -> tuple[IPAddress, ...]:
    """The IPv4 addresses embedded in an IPv6 address: packets would end up there."""
    if isinstance(address, ipaddress.IPv4Address):
        return ()
    isatap = (_last_four_octets(address),) if _is_isatap(address) else ()
    return (*_wrapped(address), *isatap)


def _wrapped(address: IPAddress) -> tuple[IPAddress, ...]:
    """The IPv4 addresses that a prefix for such addresses stands before: mapped, 6to4, Teredo, NAT64."""
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
        return (_last_four_octets(address),)
    return ()


def _last_four_octets(address: ipaddress.IPv6Address) -> ipaddress.IPv4Address:
    return ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)


def _is_isatap(address: ipaddress.IPv6Address) -> bool:
    """True for an interface identifier of ISATAP, which may stand behind any prefix (RFC 5214, 6.1)."""
    return (int(address) >> 32) & 0xFCFFFFFF == 0x00005EFE


def _is_global(address: IPAddress) -> bool:
    if address.is_multicast or address.is_reserved or not address.is_global:
        return False
    if isinstance(address, ipaddress.IPv6Address) and address not in _GLOBAL_UNICAST:
        return False
    return not any(address in network for network in _NOT_GLOBAL)
