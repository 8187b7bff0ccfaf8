"""Where everything in the sandbox listens and which addresses its pretended Internet has: the one source.

All name servers listen on 127.0.0.1, because macOS has no other loopback address, and are told apart by
their port. Names of name servers resolve to test addresses (RFC 5737, RFC 2544); `DNS_ADDRESS_MAP` leads a
query for such an address to the port that plays it.
"""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from webapp.config.places import INSTANCE

LOOPBACK = "127.0.0.1"
HTTP_PORT = 8053
DNS_PORT = 5300
#: Of the platform's edge, over TLS.
EDGE_PORT = 8443
#: Nameplate's edge service, which that edge asks.
ASKED = f"{LOOPBACK}:8002"
#: The authority of the edge's certificates, in the directory of what a run keeps.
AUTHORITY_FILE = "edge-authority.pem"

ROUTE53_SERVERS = 2048
ROUTE53_SUFFIXES = ("com", "net", "org", "co.uk")
SERVERS_PER_SUFFIX = ROUTE53_SERVERS // len(ROUTE53_SUFFIXES)
# A query carries no address that we could see behind one port. Two zones of one name are told apart because
# their name servers sit behind different ports, so each suffix has this many groups of servers.
GROUPS_PER_SUFFIX = 8
SERVERS_PER_GROUP = SERVERS_PER_SUFFIX // GROUPS_PER_SUFFIX
ROUTE53_GROUPS = GROUPS_PER_SUFFIX * len(ROUTE53_SUFFIXES)

_BEFORE_ROUTE53 = 4
_AFTER_ROUTE53 = _BEFORE_ROUTE53 + ROUTE53_GROUPS
_ROUTE53_FIRST = ipaddress.IPv4Address("198.18.0.0")


class Role(StrEnum):
    """What a port plays."""

    RESOLVER = "resolver"
    REGISTRY = "registry"
    PROVIDER = "provider"
    ROUTE53 = "route53"
    EDGE = "edge"


@dataclass(frozen=True)
class Listener:
    """One port: its distance from the first DNS port, its part, and the network it answers for.

    `group` counts within the role: the servers of one provider after those of the other, the groups of Route 53.
    """

    offset: int
    role: Role
    network: ipaddress.IPv4Network | None
    group: int = 0


def _listeners() -> tuple[Listener, ...]:
    route53 = (
        Listener(
            _BEFORE_ROUTE53 + group,
            Role.ROUTE53,
            ipaddress.IPv4Network((_ROUTE53_FIRST + group * SERVERS_PER_GROUP, 26)),
            group,
        )
        for group in range(ROUTE53_GROUPS)
    )
    return (
        Listener(0, Role.RESOLVER, None),
        Listener(1, Role.REGISTRY, ipaddress.IPv4Network("192.0.2.0/24")),
        Listener(2, Role.PROVIDER, ipaddress.IPv4Network("198.51.100.0/25"), 0),
        Listener(3, Role.PROVIDER, ipaddress.IPv4Network("198.51.100.128/25"), 1),
        *route53,
        *(
            Listener(_AFTER_ROUTE53 + at, role, ipaddress.IPv4Network(network), group)
            for at, (role, network, group) in enumerate(
                (
                    (Role.PROVIDER, "198.19.0.0/25", 2),
                    (Role.PROVIDER, "198.19.0.128/25", 3),
                    (Role.EDGE, "198.19.1.0/25", 0),
                    (Role.EDGE, "198.19.1.128/25", 1),
                )
            )
        ),
    )


LISTENERS = _listeners()
DNS_PORT_COUNT = len(LISTENERS)

REGISTRY_NAME, REGISTRY_ADDRESS = "a.sandbox-registry.test", "192.0.2.1"
PROVIDER_SERVERS = {
    "ns1.sandbox-registrar.test": "198.51.100.1",
    "ns2.sandbox-registrar.test": "198.51.100.129",
}
#: The other provider, which takes no NS records below a name.
SITES_SERVERS = {"ns1.sandbox-sites.test": "198.19.0.1", "ns2.sandbox-sites.test": "198.19.0.129"}

#: The zone of the platform's edge, to which CNAME records of customers lead, and its name servers.
EDGE_DOMAIN = "sandbox-edge.test"
EDGE_SERVERS = {f"ns1.{EDGE_DOMAIN}": "198.19.1.1", f"ns2.{EDGE_DOMAIN}": "198.19.1.129"}
#: The TSIG key (RFC 8945) that signs dynamic updates of that zone. It protects nothing: the sandbox has no secrets.
EDGE_KEY_NAME, EDGE_KEY_SECRET = "nameplate-edge.", "c2FuZGJveC1lZGdlLWtleS1zYW5kYm94LWVkZ2Uta2V5"

#: Where verified names lead: a test address (RFC 5737), which the sandbox's TLS edge plays at a port of its own.
EDGE_ADDRESS = "203.0.113.80"

#: What a provider answers for a record behind its proxy, in the place of the record's own value.
PROXY_ADDRESSES = {"A": ("198.19.2.10", "198.19.2.11"), "AAAA": ("2001:db8:19::10", "2001:db8:19::11")}


def route53_server(number: int) -> str:
    """The name of server 0 to 2047. The number fixes the rest, as it does at AWS (ns-886.awsdns-46.net)."""
    suffix = ROUTE53_SUFFIXES[number // SERVERS_PER_SUFFIX]
    return f"ns-{number}.awsdns-{number % SERVERS_PER_SUFFIX // 8:02d}.{suffix}"


def route53_address(number: int) -> str:
    return str(_ROUTE53_FIRST + number)


def route53_group(number: int) -> int:
    return number // SERVERS_PER_GROUP


def listener_at(address: str) -> Listener | None:
    """The listener that plays `address`, or None when nothing in the sandbox has it."""
    try:
        wanted = ipaddress.IPv4Address(address)
    except ValueError:
        return None
    return next((one for one in LISTENERS if one.network and wanted in one.network), None)


def listener_named(server: str) -> Listener | None:
    """The listener that plays the name server of this name."""
    known = {**PROVIDER_SERVERS, **SITES_SERVERS, **EDGE_SERVERS, REGISTRY_NAME: REGISTRY_ADDRESS}
    number = server.partition(".")[0].removeprefix("ns-")
    if number.isdecimal() and int(number) < ROUTE53_SERVERS and route53_server(int(number)) == server:
        return listener_at(route53_address(int(number)))
    return listener_at(known.get(server, ""))


def environment(
    http_port: int = HTTP_PORT,
    dns_port: int = DNS_PORT,
    edge_port: int = EDGE_PORT,
    asked: str = ASKED,
    directory: Path = INSTANCE,
) -> dict[str, str]:
    """The settings, as environment variables, that point Nameplate at a sandbox on these ports.

    `asked` is where the edge service listens, and `directory` the one in which the sandbox keeps its store.
    """
    mapped = [(one.network, dns_port + one.offset) for one in LISTENERS if one.network]
    edge = ipaddress.IPv4Network(EDGE_ADDRESS)
    networks = ipaddress.collapse_addresses([edge, *(network for network, _ in mapped)])
    return {
        "AWS_ENDPOINT_URL": f"http://{LOOPBACK}:{http_port}",
        "AWS_REGION": "us-east-1",
        "AWS_ACCESS_KEY_ID": "sandbox",
        "AWS_SECRET_ACCESS_KEY": "sandbox",
        "DNS_RESOLVERS": f"{LOOPBACK}:{dns_port}",
        "DNS_ADDRESS_MAP": ",".join(f"{network}={LOOPBACK}:{port}" for network, port in mapped),
        "DNS_ALLOW_NETWORKS": ",".join(str(network) for network in networks),
        # A receiver of webhooks on this machine, without TLS.
        "WEBHOOK_ALLOW_NETWORKS": "127.0.0.0/8",
        "RESERVED_SUFFIXES_ALLOWED": "test",
        "METHODS": "delegation,records",
        "EDGE_TARGET": EDGE_ADDRESS,
        "EDGE_DOMAIN": EDGE_DOMAIN,
        "EDGE_UPDATE_SERVERS": ",".join(
            f"{LOOPBACK}:{dns_port + one.offset}" for one in LISTENERS if one.role is Role.EDGE
        ),
        "EDGE_UPDATE_KEY": f"{EDGE_KEY_NAME}:{EDGE_KEY_SECRET}",
        "EDGE_BIND": asked,
        "EDGE_PROBES": "yes",
        "PROBE_ADDRESS_MAP": f"{edge}={LOOPBACK}:{edge_port}",
        "PROBE_AUTHORITY": str(directory.absolute() / AUTHORITY_FILE),
        "SANDBOX_URL": f"http://{LOOPBACK}:{http_port}",
        "VISIT_URL": f"http://{LOOPBACK}:{http_port}/visit?name=",
    }
