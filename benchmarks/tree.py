"""A DNS tree with thousands of delegations, on Knot and Unbound, shaped like the Internet in what costs time.

Half of the names have a parent zone of their own, the others share one with 24 more, as the names of one company
do. The parents are spread over twenty providers with two name servers each, and every name has a set of four out
of the 2,048 names that Route 53 gives out.
"""

from __future__ import annotations

import ipaddress
import random
from collections.abc import Iterable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from tests.service.dns_tree.keys import SigningKey
from tests.service.dns_tree.knot import soa
from tests.service.dns_tree.programs import DNS_PORT, Daemon, Loopback, program
from tests.service.dns_tree.unbound import Unbound

NAMES_BELOW_A_SHARED_PARENT = 25
PROVIDERS = 20
SUFFIXES = ("com", "net", "org", "co.uk")
SERVERS_PER_SUFFIX = 512
#: The last octets: one for the top of the tree, two for each provider, then those of the sets.
TOP, PROVIDER_FIRST, SET_FIRST, SET_ADDRESSES, RESOLVER = 10, 20, 100, 64, 250

_CONFIGURATION = """\
server:
    rundir: {folder}
{listen}
    udp-workers: 1
    tcp-workers: 1
    background-workers: 2
    tcp-reuseport: off
log:
  - target: stderr
    any: warning
database:
    storage: {folder}
template:
  - id: default
    storage: {folder}
    semantic-checks: off
    zonefile-sync: -1
    zonefile-load: whole
    journal-content: none
zone:
"""


@dataclass(frozen=True)
class Host:
    """A name that is delegated as it should be."""

    name: str
    parent: str
    provider: int
    name_servers: tuple[str, ...]


def make_hosts(count: int) -> list[Host]:
    """Always the same for the same count."""
    chance = random.Random(count)  # noqa: S311 - a shape and not a secret
    hosts = []
    for number in range(count):
        shared = number >= count // 2
        owner = f"shop{number // NAMES_BELOW_A_SHARED_PARENT}" if shared else f"acme{number}"
        parent = f"{owner}.example"
        draw = [suffix * SERVERS_PER_SUFFIX + chance.randrange(SERVERS_PER_SUFFIX) for suffix in range(4)]
        servers = tuple(sorted(map(set_server, draw)))
        hosts.append(Host(f"chat{number}.{parent}", parent, hash_of(parent) % PROVIDERS, servers))
    return hosts


def hash_of(text: str) -> int:
    return sum(position * ord(letter) for position, letter in enumerate(text, start=1))


def set_server(number: int) -> str:
    suffix = SUFFIXES[number // SERVERS_PER_SUFFIX]
    return f"ns-{number}.awsdns-{number % 64:02}.{suffix}"


class Tree:
    """The running servers. `DnsTree` of the tests is for faults, one zone at a time; this one is for numbers."""

    def __init__(self, folder: Path, hosts: Sequence[Host]) -> None:
        self._stack = ExitStack()
        self._loopback = Loopback()
        self._stack.callback(self._loopback.release)
        self._folder = folder
        self.hosts = hosts
        try:
            self._start()
        except BaseException:
            self.stop()
            raise

    def stop(self) -> None:
        self._stack.close()

    @property
    def network(self) -> str:
        return self._loopback.network

    @property
    def resolver(self) -> str:
        return self._loopback.address(RESOLVER)

    def parent_address(self, host: Host) -> str:
        """Where the first name server of the host's parent zone listens."""
        return self._loopback.address(PROVIDER_FIRST + 2 * host.provider)

    def networks(self) -> dict[str, tuple[list[ipaddress.IPv4Network], str]]:
        """For each kind of server: the networks of its addresses, and one address that answers for all of them."""
        first_set = self._loopback.address(SET_FIRST)
        last_set = self._loopback.address(SET_FIRST + SET_ADDRESSES - 1)
        first_provider = self._loopback.address(PROVIDER_FIRST)
        last_provider = self._loopback.address(PROVIDER_FIRST + 2 * PROVIDERS - 1)
        return {
            "sets": (_between(first_set, last_set), first_set),
            "providers": (_between(first_provider, last_provider), first_provider),
        }

    def _start(self) -> None:
        address = self._loopback.address
        top = self._knot("top", [address(TOP)], self._top_zones())
        providers = self._knot(
            "providers", map(address, range(PROVIDER_FIRST, PROVIDER_FIRST + 2 * PROVIDERS)), self._parents()
        )
        sets = self._knot(
            "sets", map(address, range(SET_FIRST, SET_FIRST + SET_ADDRESSES)), self._host_zones()
        )
        for name, daemon in (("top", top), ("providers", providers), ("sets", sets)):
            daemon.wait_until((self._folder / name / "knot.sock").exists, 120)
        anchor = f"test. DS {SigningKey(self._folder).ds('test')}"
        resolver = Unbound(self.resolver, self._folder / "unbound", address(TOP), anchor)
        self._stack.callback(resolver.stop)
        resolver.wait_until_ready()

    def _knot(self, name: str, addresses: Iterable[str], zones: dict[str, list[str]]) -> Daemon:
        folder = self._folder / name
        folder.mkdir(parents=True)
        lines = []
        for number, (origin, records) in enumerate(zones.items()):
            file = folder / f"{number}.zone"
            file.write_text(f"$ORIGIN {_dotted(origin)}\n$TTL 300\n" + "\n".join(records) + "\n")
            lines.append(f'  - domain: "{origin}"\n    file: "{file}"\n')
        listen = "\n".join(f"    listen: {address}@{DNS_PORT}" for address in addresses)
        configuration = folder / "knot.conf"
        configuration.write_text(_CONFIGURATION.format(folder=folder, listen=listen) + "".join(lines))
        daemon = Daemon([program("knotd"), "-c", str(configuration)], folder / "log")
        self._stack.callback(daemon.stop)
        return daemon

    def _top_zones(self) -> dict[str, list[str]]:
        address = self._loopback.address
        tops = ("com", "net", "org", "uk", "example")
        root = [
            _soa(),
            "@ NS root.servers.",
            f"root.servers. A {address(TOP)}",
            f"a.servers. A {address(TOP)}",
        ]
        zones = {".": [*root, *(f"{top}. NS a.servers." for top in tops)]}
        zones |= {top: [_soa(), "@ NS a.servers."] for top in tops}
        for number in range(len(SUFFIXES) * SERVERS_PER_SUFFIX):
            name = set_server(number)
            where = address(SET_FIRST + number % SET_ADDRESSES)
            zones[name.rpartition(".")[2]].append(f"{name}. A {where}")
        for provider in range(PROVIDERS):
            for which, name in enumerate(_provider_servers(provider)):
                zones["net"].append(f"{name}. A {address(PROVIDER_FIRST + 2 * provider + which)}")
        for parent, provider in {host.parent: host.provider for host in self.hosts}.items():
            zones["example"] += [f"{parent}. NS {name}." for name in _provider_servers(provider)]
        return zones

    def _parents(self) -> dict[str, list[str]]:
        zones: dict[str, list[str]] = {}
        for host in self.hosts:
            apex = [_soa(), *(f"@ NS {name}." for name in _provider_servers(host.provider))]
            zone = zones.setdefault(host.parent, apex)
            zone += [f"{host.name}. NS {name}." for name in host.name_servers]
        return zones

    def _host_zones(self) -> dict[str, list[str]]:
        return {h.name: [_soa(), *(f"@ NS {name}." for name in h.name_servers)] for h in self.hosts}


def _provider_servers(provider: int) -> tuple[str, str]:
    return f"ns1.provider{provider}.net", f"ns2.provider{provider}.net"


def _soa() -> str:
    return soa().replace("SERIAL", "1")


def _dotted(name: str) -> str:
    return name if name.endswith(".") else f"{name}."


def _between(first: str, last: str) -> list[ipaddress.IPv4Network]:
    ends = ipaddress.IPv4Address(first), ipaddress.IPv4Address(last)
    return list(ipaddress.summarize_address_range(*ends))
