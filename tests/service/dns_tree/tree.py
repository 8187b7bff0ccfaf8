"""The whole tree: root, top-level domains, a provider whose two servers can disagree, our sets, resolvers."""

from __future__ import annotations

import ipaddress
import itertools
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path

import dns.rcode

from tests.service.dns_tree.behaviours import forward, rcode
from tests.service.dns_tree.keys import SigningKey
from tests.service.dns_tree.knot import Knot, soa
from tests.service.dns_tree.programs import DNS_PORT, Loopback
from tests.service.dns_tree.stub import Behaviour, Stub
from tests.service.dns_tree.unbound import Unbound
from webapp.dns.limits import Limits
from webapp.dns.wire.network import NetworkDns

#: As Route 53 gives them: four top-level domains.
SET_A = ("ns-101.awsdns-12.com", "ns-613.awsdns-13.net", "ns-1125.awsdns-14.org", "ns-1637.awsdns-15.co.uk")
SET_B = ("ns-202.awsdns-25.com", "ns-714.awsdns-26.net", "ns-1226.awsdns-27.org", "ns-1738.awsdns-28.co.uk")
SETS = {"A": SET_A, "B": SET_B}
ELSEWHERE = ("ns1.elsewhere.org", "ns2.elsewhere.org")
PARENTS = {"p1": "ns1.provider.net", "p2": "ns2.provider.net", "s1": "ns1.stub.net", "s2": "ns2.stub.net"}

#: The last octet of each server's address.
_KNOT = {
    "root": 10,
    "p1": 11,
    "p2": 12,
    "tld": 15,
    "foreign": 41,
    **{f"a{number}": 20 + number for number in range(1, 5)},
    **{f"b{number}": 30 + number for number in range(1, 5)},
}
_UNBOUND = (51, 52, 53)
_STUB = {"s1": 61, "s2": 62}
#: The stub is a thread of the test, and answers late on a busy machine. Tests of silence bring their own limits.
PATIENT = Limits(seconds=120.0, server_try_seconds=10.0, resolver_try_seconds=15.0)
_TOP_LEVEL = ("com", "net", "org", "uk", "example", "test")
#: The top-level domain that is signed, and the trust anchor of the resolvers.
SIGNED = "test"


class DnsTree:
    """Real servers on loopback addresses. Tests make names of their own in it: see `parent`."""

    def __init__(self, folder: Path) -> None:
        self._stack = ExitStack()
        self._loopback = Loopback()
        self._stack.callback(self._loopback.release)
        self._numbers = itertools.count(1)
        self._parents: dict[str, tuple[str, ...]] = {}
        self._key = SigningKey(folder)
        try:
            self._start(folder)
        except BaseException:
            self.stop()
            raise

    def stop(self) -> None:
        """Ends every server that was started."""
        self._stack.close()

    # Zones -----------------------------------------------------------------------------------------------

    def parent(
        self, *records: str, at: Sequence[str] = ("p1", "p2"), signed: bool = False, bogus: bool = False
    ) -> str:
        """A fresh parent zone at the provider, delegated to the servers `at`; its name.

        `records` are lines of its zone file. A `signed` one has a secure delegation in `.test`, a `bogus`
        one has a DS record there and no signatures. The servers s1 and s2 are told apart with `behave`.
        """
        top = SIGNED if signed or bogus else "example"
        origin = f"acme{next(self._numbers)}.{top}"
        name_servers = [PARENTS[server] for server in at]
        for server in at:
            if server in self.knots:
                self.knots[server].put_zone(origin, _zone(name_servers, records), signed=signed)
        self._parents[origin] = tuple(at)
        self.knots["tld"].update(top, origin, "NS", _dotted(name_servers))
        if signed or bogus:
            self.knots["tld"].update(top, origin, "DS", [self.ds(origin)])
        return origin

    def behave(self, zone: str, behaviour: Behaviour) -> None:
        """How the servers s1 and s2 answer for a zone."""
        self.stub.behave(zone, behaviour)

    def host_zone(
        self,
        host: str,
        set_: str = "A",
        *,
        at: Sequence[str] | None = None,
        name_servers: Sequence[str] | None = None,
        signed: bool = False,
        records: Sequence[str] = (),
    ) -> tuple[str, ...]:
        """The zone of a host at the servers of a set, or `at` some of them; the names of the set."""
        for server in at or servers_of(set_):
            lines = _zone(name_servers or SETS[set_], records)
            self.knots[server].put_zone(host, lines, signed=signed)
        return SETS[set_]

    def foreign_zone(self, host: str, name_servers: Sequence[str] = ELSEWHERE) -> tuple[str, ...]:
        """The zone of a host at another provider; the names of its servers."""
        self.knots["foreign"].put_zone(host, _zone(name_servers, ()))
        return tuple(name_servers)

    def ds(self, zone: str) -> str:
        """The DS record of a zone that the tree signs."""
        return self._key.ds(zone)

    # Changes ---------------------------------------------------------------------------------------------

    def delegate(self, host: str, name_servers: Sequence[str], *, at: Sequence[str] | None = None) -> None:
        """Makes the NS record set of the host in its parent zone that of `name_servers`."""
        self.records(host, "NS", *_dotted(name_servers), at=at)

    def records(self, name: str, rdtype: str, *values: str, at: Sequence[str] | None = None) -> None:
        """Makes a record set of a parent zone that of `values` (none deletes it), at all of its servers or `at`."""
        origin = self._parent_of(name)
        for server in at or self._parents[origin]:
            if server in self.knots:
                self.knots[server].update(origin, name, rdtype, values)

    def delegate_parent(self, origin: str, name_servers: Sequence[str]) -> None:
        """Makes the top-level domain list other name servers for a parent zone."""
        self.knots["tld"].update(origin.rpartition(".")[2], origin, "NS", _dotted(name_servers))

    def name_server(self, name: str, rdtype: str, *values: str) -> str:
        """Gives the name of a name server a record in its top-level domain; the name."""
        self.knots["tld"].update(name.rpartition(".")[2], name, rdtype, values)
        return name

    # Faults ----------------------------------------------------------------------------------------------

    @contextmanager
    def silence(self, *servers: str) -> Iterator[None]:
        """These servers take packets and answer nothing, until the block ends."""
        for server in servers:
            self.knots[server].pause()
        try:
            yield
        finally:
            for server in servers:
                self.knots[server].resume()

    def refuse(self, zone: str, *servers: str) -> None:
        """These servers know nothing of the zone any more (REFUSED)."""
        for server in servers:
            self.knots[server].refuse_zone(zone)

    def servfail(self, zone: str, *servers: str) -> None:
        """These servers have lost the content of the zone (SERVFAIL)."""
        for server in servers:
            self.knots[server].break_zone(zone)

    def resolvers_that_fail_for(self, host: str) -> tuple[str, str]:
        """The addresses of two resolvers that answer SERVFAIL for a host, and right for its parent zone."""
        self.behave(self._parent_of(host), forward(self.resolver_addresses[0]))
        self.behave(host, rcode(dns.rcode.SERVFAIL))
        return self.address("s1"), self.address("s2")

    # Views -----------------------------------------------------------------------------------------------

    def network_dns(
        self, *, resolvers: Sequence[str] = (), limits: Limits | None = None, allow: bool = True
    ) -> NetworkDns:
        """The verifier's view: the resolvers of the tree (or these addresses), and loopback allowed."""
        return NetworkDns(
            resolvers=[(address, DNS_PORT) for address in resolvers or self.resolver_addresses],
            allow_networks=[ipaddress.ip_network(self._loopback.network)] if allow else [],
            limits=limits or PATIENT,
        )

    @property
    def resolver_addresses(self) -> tuple[str, ...]:
        return tuple(resolver.address for resolver in self.resolvers)

    def address(self, server: str) -> str:
        """The address of a server by its short name (p1, a3, s2)."""
        return self._loopback.address({**_KNOT, **_STUB}[server])

    # Start -----------------------------------------------------------------------------------------------

    def _start(self, folder: Path) -> None:
        self.knots: dict[str, Knot] = {}
        for name, last in _KNOT.items():
            self.knots[name] = Knot(name, self._loopback.address(last), folder / name, self._key)
            self._stack.callback(self.knots[name].stop)
        self.stub = Stub({name: self._loopback.address(last) for name, last in _STUB.items()})
        self._stack.callback(self.stub.stop)
        for knot in self.knots.values():
            knot.wait_until_ready()
        self._put_top_of_tree()
        self.resolvers: list[Unbound] = []
        for last in _UNBOUND:
            address, anchor = self._loopback.address(last), f"{SIGNED}. DS {self.ds(SIGNED)}"
            self.resolvers.append(Unbound(address, folder / f"unbound{last}", self.address("root"), anchor))
            self._stack.callback(self.resolvers[-1].stop)
        for resolver in self.resolvers:
            resolver.wait_until_ready()

    def _put_top_of_tree(self) -> None:
        addresses = [f"root.servers A {self.address('root')}", f"a.servers A {self.address('tld')}"]
        delegations = [f"{top} NS a.servers" for top in _TOP_LEVEL]
        self.knots["root"].put_zone(".", [soa(), "@ NS root.servers", *addresses, *delegations])
        named = {PARENTS[server]: server for server in PARENTS}
        named |= dict(zip(SET_A, servers_of("A"), strict=True)) | dict(
            zip(SET_B, servers_of("B"), strict=True)
        )
        named |= dict.fromkeys(ELSEWHERE, "foreign")
        for top in _TOP_LEVEL:
            hosts = [f"{name}. A {self.address(server)}" for name, server in named.items()]
            here = [line for line in hosts if line.split(". ")[0].endswith(f".{top}")]
            self.knots["tld"].put_zone(top, [soa(), "@ NS a.servers.", *here], signed=top == SIGNED)

    def _parent_of(self, name: str) -> str:
        return next(origin for origin in self._parents if name == origin or name.endswith(f".{origin}"))


def servers_of(set_: str) -> tuple[str, ...]:
    """The short names of the four servers of a set, in the order of its names."""
    return tuple(f"{set_.lower()}{number}" for number in range(1, 5))


def _zone(name_servers: Sequence[str], records: Sequence[str]) -> list[str]:
    return [soa(), *(f"@ NS {name}" for name in _dotted(name_servers)), *records]


def _dotted(names: Sequence[str]) -> list[str]:
    return [name if name.endswith(".") else f"{name}." for name in names]
