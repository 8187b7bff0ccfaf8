"""A name checked from outside: real sockets, real TLS, and servers that do what no server should."""

from __future__ import annotations

import asyncio
import ipaddress
import itertools
import socket
import threading
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from tests.app_fixtures import make_settings
from tests.servers.programs import free_port
from tests.servers.tls import Answer, Authority, authority, tls_server
from tests.twins.dns import Fault, MemoryDns
from webapp.edge.visitors.proof import PATH, proof
from webapp.models import ProbeOutcome
from webapp.outbound import addresses
from webapp.probes.judge import Judgement, judge
from webapp.probes.visits.look import Name, edge_addresses, look

P = ProbeOutcome
pytestmark = pytest.mark.service

NAME = "chat.acme.test"
DOMAIN_ID = 7
SECRET = "only-for-tests-0123456789"
LOOPBACK = [ipaddress.ip_network("127.0.0.0/8"), ipaddress.ip_network("::1/128")]


@pytest.fixture(scope="module")
def trusted(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return authority(tmp_path_factory.mktemp("authority"))


def dns_with(*given: str, allowed: bool = True) -> MemoryDns:
    dns = MemoryDns(allow_networks=LOOPBACK if allowed else [])
    zone = dns.zone("acme.test", "ns1.acme.test", "ns2.acme.test")
    for rdtype in ("A", "AAAA"):
        of_type = [one for one in given if (":" in one) == (rdtype == "AAAA")]
        if of_type:
            zone.put(NAME, rdtype, *of_type)
    return dns


def seen(
    directory: Path,
    port: int,
    trusted: Authority,
    dns: MemoryDns | None = None,
    seconds: float = 60,
    **more: Any,
) -> Judgement:
    chosen = make_settings(
        directory, **{"probe_port": port, "probe_authority": str(trusted.path), "secret_key": SECRET, **more}
    )
    facts = asyncio.run(look(Name(DOMAIN_ID, NAME), dns or dns_with("127.0.0.1"), chosen, seconds=seconds))
    return judge(facts, datetime.now(UTC), chosen.edge_target)


def response(status: str = "200 OK", body: bytes = b"hello", **headers: Any) -> bytes:
    lines = [f"HTTP/1.1 {status}", f"Content-Length: {len(body)}"]
    lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
    return "\r\n".join([*lines, "", ""]).encode() + body


def nonce_of(request: bytes) -> str:
    return request.split(b" ")[1].decode().removeprefix(PATH)


def ours(request: bytes, key: str = SECRET, domain_id: int = DOMAIN_ID) -> Iterator[bytes]:
    """What our edge answers."""
    yield response(body=f"{proof(key, domain_id, NAME, nonce_of(request))}\n".encode())


def always(*pieces: bytes) -> Answer:
    return lambda _request: iter(pieces)


def test_our_edge_is_live(tmp_path: Path, trusted: Authority) -> None:
    requests: list[bytes] = []

    def answer(request: bytes) -> Iterator[bytes]:
        requests.append(request)
        yield from ours(request)

    with tls_server(trusted.context(NAME), answer) as port:
        found = seen(tmp_path, port, trusted)
    assert found.outcome is P.LIVE
    assert found.params == {"name": NAME, "address": "127.0.0.1", "status": 200}
    assert found.visit is not None
    assert found.visit.certificate is not None
    assert found.visit.certificate.issuer == "Test Authority"
    assert found.visit.certificate.names == (NAME,)
    [request] = requests
    head = request.decode().split("\r\n")
    assert head[0] == f"GET {PATH}{nonce_of(request)} HTTP/1.1"
    assert f"Host: {NAME}" in head
    assert len(nonce_of(request)) == 22, "128 bits"


def test_every_visit_has_a_nonce_of_its_own(tmp_path: Path, trusted: Authority) -> None:
    nonces: list[str] = []

    def answer(request: bytes) -> Iterator[bytes]:
        nonces.append(nonce_of(request))
        yield from ours(request)

    with tls_server(trusted.context(NAME), answer) as port:
        seen(tmp_path, port, trusted)
        seen(tmp_path, port, trusted)
    assert len(set(nonces)) == 2


def test_an_earlier_secret_key_counts_as_well(tmp_path: Path, trusted: Authority) -> None:
    with tls_server(trusted.context(NAME), ours) as port:
        new: dict[str, Any] = {"secret_key": "another-key-of-tests-98765", "secret_key_fallbacks": SECRET}
        assert seen(tmp_path, port, trusted, **new).outcome is P.LIVE
        new["secret_key_fallbacks"] = ""
        assert seen(tmp_path, port, trusted, **new).outcome is P.POINTS_ELSEWHERE


NETWORK: dict[str, Any] = {"Server": "cloudflare", "CF_RAY": "8c1d-AMS"}
ANSWERS: dict[str, tuple[Answer, ProbeOutcome, dict[str, object]]] = {
    "another claim": (lambda r: ours(r, domain_id=8), P.POINTS_ELSEWHERE, {"status": 200}),
    "another installation": (lambda r: ours(r, key="another-key-01234567"), P.POINTS_ELSEWHERE, {}),
    "elsewhere": (
        always(response("404 Not Found", Server="Apache")),
        P.POINTS_ELSEWHERE,
        {"server": "Apache", "status": 404},
    ),
    "proof with another status": (
        lambda r: iter([next(ours(r)).replace(b"200 OK", b"404 Not Found")]),
        P.POINTS_ELSEWHERE,
        {"status": 404},
    ),
    "proxied": (always(response("522 ", **NETWORK)), P.PROXIED, {"network": "Cloudflare", "status": 522}),
    "through a network": (
        lambda r: iter([next(ours(r)).replace(b"\r\n", b"\r\nX-Amz-Cf-Id: x\r\n", 1)]),
        P.LIVE,
        {"network": "Amazon CloudFront"},
    ),
    "redirected": (
        always(response("301 Moved", Location="https://www.acme.test/")),
        P.REDIRECTED,
        {"location": "https://www.acme.test/"},
    ),
    "loop": (
        lambda r: iter([response("302 Found", Location=f"https://{NAME}{PATH}{nonce_of(r)}")]),
        P.REDIRECT_LOOP,
        {},
    ),
    "loop by http": (
        lambda r: iter([response("307 ", Location=f"http://{NAME.upper()}:80{PATH}{nonce_of(r)}")]),
        P.REDIRECT_LOOP,
        {},
    ),
    "own path": (always(response("302 Found", Location="/sign-in")), P.REDIRECTED, {"location": "/sign-in"}),
    "nobody": (always(response("404 Not Found", Nameplate_Answer="nobody")), P.NOT_SERVED, {}),
    "away": (always(response("503 Service Unavailable")), P.EDGE_AWAY, {"status": 503}),
    "bad gateway": (always(response("502 Bad Gateway")), P.EDGE_AWAY, {"status": 502}),
    "silent after TLS": (always(), P.EDGE_AWAY, {}),
    "garbage": (always(b"\x00\xff" * 300), P.EDGE_AWAY, {}),
    "HTTP/0.9": (always(b"<html>hello</html>"), P.EDGE_AWAY, {}),
    "no length and no end of the body": (
        lambda r: iter([b"HTTP/1.1 200 OK\r\n\r\n", next(ours(r)).partition(b"\r\n\r\n")[2]]),
        P.LIVE,
        {},
    ),
    "in chunks": (
        lambda r: iter(
            [
                b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n41\r\n",
                next(ours(r)).partition(b"\r\n\r\n")[2],
                b"\r\n0\r\n\r\n",
            ]
        ),
        P.LIVE,
        {},
    ),
    "packed": (
        always(response(body=b"\x1f\x8b" + b"\0" * 3000, Content_Encoding="gzip")),
        P.POINTS_ELSEWHERE,
        {},
    ),
    "endless headers": (
        lambda _: (f"X-{number}: {'x' * 50}\r\n".encode() for number in itertools.count()),
        P.EDGE_AWAY,
        {},
    ),
    "huge body": (
        always(b"HTTP/1.1 200 OK\r\nContent-Length: 99999999\r\n\r\n", *([b"x" * 65536] * 50)),
        P.POINTS_ELSEWHERE,
        {},
    ),
    "words of a stranger": (
        always(response("404 ", Server="<script>\x07" + "a" * 500)),
        P.POINTS_ELSEWHERE,
        {"server": "<script> " + "a" * 110 + "…"},
    ),
}


@pytest.mark.parametrize("which", ANSWERS)
def test_answer_over_good_tls(which: str, tmp_path: Path, trusted: Authority) -> None:
    answer, outcome, params = ANSWERS[which]
    with tls_server(trusted.context(NAME), answer) as port:
        found = seen(tmp_path, port, trusted)
    assert found.outcome is outcome
    assert found.params.items() >= params.items()


@pytest.mark.parametrize("days", [2, 13, 15])
def test_certificate_that_ends(days: int, tmp_path: Path, trusted: Authority) -> None:
    with tls_server(trusted.context(NAME, days=days), ours) as port:
        found = seen(tmp_path, port, trusted)
    assert (found.outcome, found.warning) == {
        2: (P.CERTIFICATE_SOON, 3),
        13: (P.CERTIFICATE_SOON, 14),
        15: (P.LIVE, None),
    }[days]


def test_certificate_of_another_name_says_whose_it_is(tmp_path: Path, trusted: Authority) -> None:
    with tls_server(trusted.context("*.hosting.example"), ours) as port:
        found = seen(tmp_path, port, trusted)
    assert found.outcome is P.CERTIFICATE_OTHER
    assert found.params["names"] == ["*.hosting.example"]


def test_certificate_that_ended(tmp_path: Path, trusted: Authority) -> None:
    with tls_server(trusted.context(NAME, days=-1), ours) as port:
        found = seen(tmp_path, port, trusted)
    assert found.outcome is P.CERTIFICATE_ENDED
    assert datetime.fromisoformat(found.params["ends"]) < datetime.now(UTC)


def test_certificate_of_an_unknown_authority(tmp_path: Path, trusted: Authority) -> None:
    with tls_server(authority(tmp_path, "Nobody's Authority").context(NAME), ours) as port:
        found = seen(tmp_path, port, trusted)
    assert found.outcome is P.CERTIFICATE_UNTRUSTED
    assert found.params["issuer"] == "Nobody's Authority"


def test_network_without_a_certificate_is_named_all_the_same(tmp_path: Path, trusted: Authority) -> None:
    with tls_server(trusted.context("other.test"), always(response("404 ", **NETWORK))) as port:
        assert seen(tmp_path, port, trusted).outcome is P.PROXIED


@pytest.mark.parametrize("chunk", [b"-199999999999999999999", b"7fffffffffffffff"])
def test_strange_chunk(chunk: bytes, tmp_path: Path, trusted: Authority) -> None:
    strange = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + chunk + b"\r\n"
    with tls_server(trusted.context(NAME), always(strange)) as port:
        assert seen(tmp_path, port, trusted).outcome in {P.EDGE_AWAY, P.POINTS_ELSEWHERE}


def test_closed_port(tmp_path: Path, trusted: Authority) -> None:
    assert seen(tmp_path, free_port(), trusted).outcome is P.REFUSED_PORT


def test_server_that_speaks_no_tls(tmp_path: Path, trusted: Authority) -> None:
    with tls_server(None, always(response())) as port:
        assert seen(tmp_path, port, trusted).outcome is P.TLS_BROKEN


@pytest.mark.parametrize("tls", [True, False])
def test_server_that_never_answers_costs_the_time_and_no_more(
    tls: bool, tmp_path: Path, trusted: Authority
) -> None:
    """Connected, and silent within TLS or before it, and one byte at a time."""
    over = threading.Event()

    def slow(_request: bytes) -> Iterator[bytes]:
        for byte in itertools.cycle(b"HTTP/1.1 200 OK\r\n"):
            over.wait(0.05)
            yield bytes([byte])

    with tls_server(trusted.context(NAME) if tls else None, slow) as port:
        try:
            # On a busy machine the handshake alone may take a while.
            found = seen(tmp_path, port, trusted, seconds=5)
        finally:
            over.set()
    assert found.outcome is (P.EDGE_AWAY if tls else P.TLS_BROKEN)


def test_address_without_a_way_to_it_is_silent(tmp_path: Path, trusted: Authority) -> None:
    """A server whose queue of connections is full, so that no packet is answered."""
    with socket.create_server(("127.0.0.1", 0), backlog=0) as listener:
        port = listener.getsockname()[1]
        waiting = []
        for _ in range(3):
            one = socket.socket()
            one.setblocking(False)
            one.connect_ex(("127.0.0.1", port))
            waiting.append(one)
        found = seen(tmp_path, port, trusted, seconds=0.5)
        for one in waiting:
            one.close()
    assert found.outcome is P.SILENT_PORT


def test_nothing_is_sent_to_a_private_address(tmp_path: Path, trusted: Authority) -> None:
    asked: list[bytes] = []

    def answer(request: bytes) -> Iterator[bytes]:
        asked.append(request)
        yield from ours(request)

    with tls_server(trusted.context(NAME), answer) as port:
        found = seen(tmp_path, port, trusted, dns_with("127.0.0.1", allowed=False))
    assert found.outcome is P.REFUSED_ADDRESS
    assert not asked


@pytest.mark.parametrize(
    "address",
    [
        "0.0.0.0",  # noqa: S104 - refused
        "10.0.0.1",
        "100.64.0.1",
        "169.254.169.254",
        "198.18.0.1",
        "224.0.0.1",
        "255.255.255.255",
        "::",
        "::1",
        "::127.0.0.1",
        "::ffff:127.0.0.1",
        "64:ff9b::7f00:1",
        "64:ff9b:1::7f00:1",
        "2001:0:7f00:1::80ff:fffe",
        "2002:7f00:1::1",
        "fd00:ec2::254",
        "fe80::1",
        "fec0::1",
        "ff02::1",
    ],
)
def test_no_way_of_writing_leads_to_a_network_of_ours(
    address: str, tmp_path: Path, trusted: Authority, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def connected(*_: object, **__: object) -> None:
        pytest.fail("a connection was tried")

    monkeypatch.setattr(asyncio, "open_connection", connected)
    found = seen(tmp_path, 443, trusted, dns_with(address, allowed=False))
    assert found.outcome is P.REFUSED_ADDRESS
    assert ipaddress.ip_address(found.params["address"]) == ipaddress.ip_address(address)


def test_name_without_an_address_and_resolver_that_is_silent(tmp_path: Path, trusted: Authority) -> None:
    assert seen(tmp_path, 443, trusted, dns_with()).outcome is P.UNRESOLVED
    for fault in (Fault.SILENT, Fault.SERVFAIL, Fault.HANGS):
        dns = dns_with("127.0.0.1")
        dns.recursive[0].fault = fault
        assert seen(tmp_path, 443, trusted, dns).outcome is P.NOT_ASKED


def test_second_resolver_is_asked_when_the_first_is_silent(tmp_path: Path, trusted: Authority) -> None:
    dns = MemoryDns(allow_networks=LOOPBACK, resolvers=2)
    dns.zone("acme.test", "ns1.acme.test", "ns2.acme.test").put(NAME, "A", "127.0.0.1")
    dns.recursive[0].fault = Fault.SILENT
    with tls_server(trusted.context(NAME), ours) as port:
        assert seen(tmp_path, port, trusted, dns).outcome is P.LIVE


def test_wait_for_a_silent_resolver_is_not_taken_from_the_visit(
    tmp_path: Path, trusted: Authority, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Else a resolver of ours that is away would make an edge that is a little slow look dead."""
    monkeypatch.setattr(addresses, "RESOLVER_SECONDS", 5.0)
    dns = MemoryDns(allow_networks=LOOPBACK, resolvers=2)
    dns.zone("acme.test", "ns1.acme.test", "ns2.acme.test").put(NAME, "A", "127.0.0.1")
    dns.recursive[0].fault = Fault.HANGS
    with tls_server(trusted.context(NAME), ours) as port:
        assert seen(tmp_path, port, trusted, dns, seconds=addresses.RESOLVER_SECONDS).outcome is P.LIVE


def test_alias_is_followed(tmp_path: Path, trusted: Authority) -> None:
    dns = MemoryDns(allow_networks=LOOPBACK)
    zone = dns.zone("acme.test", "ns1.acme.test", "ns2.acme.test")
    zone.put(NAME, "CNAME", "edge.acme.test")
    zone.put("edge.acme.test", "A", "127.0.0.1")
    with tls_server(trusted.context(NAME), ours) as port:
        assert seen(tmp_path, port, trusted, dns).outcome is P.LIVE


def test_live_takes_every_address(tmp_path: Path, trusted: Authority) -> None:
    with tls_server(trusted.context(NAME), ours) as port:
        found = seen(tmp_path, port, trusted, dns_with("127.0.0.1", "127.0.0.2", "::1"))
    assert found.outcome is P.REFUSED_PORT
    assert found.params == {"name": NAME, "address": "::1", "addresses": 3}


def test_address_map_leads_to_a_port_of_this_machine(tmp_path: Path, trusted: Authority) -> None:
    """And does not lift the filter."""
    with tls_server(trusted.context(NAME), ours) as port:
        lead: dict[str, Any] = {"probe_address_map": f"203.0.113.80/32=127.0.0.1:{port}"}
        dns = MemoryDns(allow_networks=[ipaddress.ip_network("203.0.113.80/32")])
        zone = dns.zone("acme.test", "ns1.acme.test", "ns2.acme.test")
        zone.put(NAME, "A", "203.0.113.80")
        found = seen(tmp_path, 443, trusted, dns, edge_target=["203.0.113.80"], **lead)
        assert found.outcome is P.LIVE
        assert found.params["edge"] is True
        refused = dns_with("203.0.113.80", allowed=False)
        assert seen(tmp_path, 443, trusted, refused, **lead).outcome is P.REFUSED_ADDRESS


def test_addresses_of_an_edge_that_is_an_alias_are_asked_for(tmp_path: Path) -> None:
    dns = dns_with("127.0.0.1", "::1")
    alias = make_settings(tmp_path, edge_target=[f"alias:Z35SXDOTRQ7X7K/{NAME}"])
    assert set(asyncio.run(edge_addresses(dns, alias))) == {"127.0.0.1", "::1"}
    dns.recursive[0].fault = Fault.SERVFAIL
    assert not asyncio.run(edge_addresses(dns, alias)), "they are not known, and are not none"
    written = make_settings(tmp_path, edge_target=["203.0.113.80"])
    assert asyncio.run(edge_addresses(dns, written)) == ["203.0.113.80"]


def test_authority_that_cannot_be_read_is_a_fault_of_ours(tmp_path: Path, trusted: Authority) -> None:
    with pytest.raises(OSError, match="No such file"):
        seen(tmp_path, free_port(), trusted, probe_authority=str(tmp_path / "missing.pem"))
