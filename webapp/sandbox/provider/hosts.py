"""The sandbox's own hosts, in whose zones nobody writes."""

from __future__ import annotations

from collections.abc import Iterator

from webapp.sandbox.shared.environment import (
    EDGE_DOMAIN,
    PROVIDER_SERVERS,
    REGISTRY_ADDRESS,
    REGISTRY_NAME,
    ROUTE53_SUFFIXES,
    SERVERS_PER_SUFFIX,
    SITES_SERVERS,
    route53_address,
    route53_server,
)


def hosts_in(zone: str) -> Iterator[tuple[str, str]]:
    """Name and address of every host that the sandbox itself has in a zone at the provider."""
    for host, address in {**PROVIDER_SERVERS, **SITES_SERVERS, REGISTRY_NAME: REGISTRY_ADDRESS}.items():
        if host.endswith("." + zone):
            yield host, address
    label, _, suffix = zone.partition(".")
    block = label.removeprefix("awsdns-")
    if suffix in ROUTE53_SUFFIXES and label == f"awsdns-{block}" and block.isdecimal() and int(block) < 64:
        first = ROUTE53_SUFFIXES.index(suffix) * SERVERS_PER_SUFFIX + int(block) * 8
        for number in range(first, first + 8):
            if route53_server(number).endswith("." + zone):
                yield route53_server(number), route53_address(number)


def is_the_sandboxs_own(zone: str) -> bool:
    """Whether the sandbox's own servers have their names here. Nobody can write into such a zone."""
    return zone == EDGE_DOMAIN or any(True for _ in hosts_in(zone))
