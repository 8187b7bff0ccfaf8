"""Messages over real sockets: receivers that verify, lie, are slow or gone, and names that lead elsewhere."""

from __future__ import annotations

import asyncio
import ipaddress
import itertools
import json
import socket
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import time_machine
from standardwebhooks import Webhook

from tests.app_fixtures import make_settings
from tests.servers.programs import free_port
from tests.servers.tls import Answer, Authority, authority, tls_server
from tests.twins.dns import Fault, MemoryDns
from webapp.dns.resolver import Answer as DnsAnswer
from webapp.models import utcnow
from webapp.outbound.exchange import Exchange, Request, Stage
from webapp.webhooks import secret
from webapp.webhooks.delivery import post
from webapp.webhooks.delivery.post import Parcel, Sent, send
from webapp.webhooks.outcomes import Outcome, sentence_of

pytestmark = pytest.mark.service
O = Outcome  # noqa: E741 - as in the tests of probes

NAME = "hooks.acme.test"
NOON = datetime(2026, 11, 27, 12, 0, tzinfo=UTC)
BODY = json.dumps(
    {"type": "domain.verified", "timestamp": "2026-11-27T12:00:00+00:00", "data": {"id": 7, "ü": "é"}},
    ensure_ascii=False,
)
LOOPBACK = "127.0.0.0/8,::1/128"
SECRET = secret.new_secret()


@pytest.fixture(scope="module")
def trusted(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return authority(tmp_path_factory.mktemp("authority"))


def dns_with(*addresses: str) -> MemoryDns:
    dns = MemoryDns()
    zone = dns.zone("acme.test", "ns1.acme.test")
    for rdtype in ("A", "AAAA"):
        of_type = [one for one in addresses if (":" in one) == (rdtype == "AAAA")]
        if of_type:
            zone.put(NAME, rdtype, *of_type)
    return dns


def sent(
    directory: Path,
    url: str,
    dns: MemoryDns | None = None,
    *,
    authority: Authority | None = None,
    seconds: float = 60,
    secrets: tuple[str, ...] = (SECRET,),
    allowed: str = LOOPBACK,
) -> Sent:
    chosen = make_settings(
        directory,
        webhook_allow_networks=allowed,
        webhook_authority=str(authority.path) if authority else "",
    )
    parcel = Parcel(1, 1, utcnow(), url, "msg_0123456789abcdef", BODY, secrets)
    return asyncio.run(send(parcel, dns or dns_with("127.0.0.1"), chosen, seconds=seconds))


def answering(status: str = "200 OK", body: bytes = b"", *headers: str) -> Answer:
    lines = [f"HTTP/1.1 {status}", f"Content-Length: {len(body)}", *headers, "", ""]
    return lambda _request: iter(["\r\n".join(lines).encode() + body])


def headers_of(request: bytes) -> tuple[str, dict[str, str], bytes]:
    head, _, body = request.partition(b"\r\n\r\n")
    first, *lines = head.decode().split("\r\n")
    return first, dict(line.split(": ", 1) for line in lines), body


def test_the_librarys_receiver_verifies_what_is_sent(tmp_path: Path, trusted: Authority) -> None:
    got: list[bytes] = []

    def receive(request: bytes) -> Iterator[bytes]:
        got.append(request)
        yield from answering("204 No Content")(request)

    with tls_server(trusted.context(NAME), receive) as port:
        found = sent(tmp_path, f"https://{NAME}:{port}/in?a=1", authority=trusted)
    assert (found.outcome, found.status, found.address) == (O.DELIVERED, 204, "127.0.0.1")
    first, headers, body = headers_of(got[0])
    assert first == "POST /in?a=1 HTTP/1.1"
    assert headers["Host"] == f"{NAME}:{port}"
    assert headers["webhook-id"] == "msg_0123456789abcdef"
    assert Webhook(SECRET).verify(body, headers) == json.loads(BODY)
    with pytest.raises(Exception, match="No matching signature"):
        Webhook(secret.new_secret()).verify(body, headers)
    with pytest.raises(Exception, match="No matching signature"):
        Webhook(SECRET).verify(body.replace(b"7", b"8"), headers)


def test_either_secret_verifies_while_one_rotates(tmp_path: Path) -> None:
    got: list[bytes] = []
    new = secret.new_secret()

    def receive(request: bytes) -> Iterator[bytes]:
        got.append(request)
        yield from answering()(request)

    with tls_server(None, receive) as port:
        assert sent(tmp_path, f"http://127.0.0.1:{port}/", secrets=(new, SECRET)).outcome is O.DELIVERED
    _, headers, body = headers_of(got[0])
    assert len(headers["webhook-signature"].split(" ")) == 2
    for one in (new, SECRET):
        assert Webhook(one).verify(body, headers)["data"]["id"] == 7


ANSWERS: dict[str, tuple[Answer, Outcome, dict[str, Any]]] = {
    "200": (answering("200 OK", b"thanks"), O.DELIVERED, {"status": 200}),
    "in chunks": (
        lambda _: iter([b"HTTP/1.1 202 \r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n"]),
        O.DELIVERED,
        {"status": 202},
    ),
    "204 and the connection left open": (
        lambda _: itertools.chain([b"HTTP/1.1 204 No Content\r\n\r\n"], _never()),
        O.DELIVERED,
        {"status": 204},
    ),
    "500": (
        answering("500 Internal Server Error", b"<script>alert(1)</script>"),
        O.ANSWERED,
        {"status": 500},
    ),
    "404": (answering("404 Not Found"), O.ANSWERED, {"status": 404}),
    "410": (answering("410 Gone"), O.GONE, {"status": 410}),
    "redirect": (
        answering("301 Moved", b"", "Location: http://169.254.169.254/latest/meta-data"),
        O.REDIRECTED,
        {"status": 301},
    ),
    "redirect that keeps the method": (
        answering("307 ", b"", "Location: /other"),
        O.REDIRECTED,
        {"status": 307},
    ),
    "garbage": (lambda _: iter([b"\x00\xff" * 300]), O.NO_HTTP, {}),
    "HTTP/0.9": (lambda _: iter([b"<html>hello</html>"]), O.NO_HTTP, {}),
    "nothing": (lambda _: iter([]), O.NO_HTTP, {}),
    "half a head": (lambda _: iter([b"HTTP/1.1 200 OK\r\nContent-Le"]), O.NO_HTTP, {}),
    "a status of no kind": (lambda _: iter([b"HTTP/1.1 2x0 OK\r\n\r\n"]), O.NO_HTTP, {}),
    "endless headers": (
        lambda _: (f"X-{number}: {'x' * 50}\r\n".encode() for number in itertools.count()),
        O.NO_HTTP,
        {},
    ),
    "endless body": (
        lambda _: itertools.chain([b"HTTP/1.1 200 OK\r\n\r\n"], itertools.repeat(b"x" * 65536)),
        O.DELIVERED,
        {"status": 200},
    ),
    "a status that is none of an answer": (answering("101 Switching"), O.ANSWERED, {"status": 101}),
    "NUL": (answering("400 Bad", b"a\0b"), O.ANSWERED, {"status": 400}),
}


def _never() -> Iterator[bytes]:
    """Keeps the connection open until the test is over."""
    threading.Event().wait(300)
    yield b""


@pytest.mark.parametrize("which", ANSWERS)
def test_what_comes_back(which: str, tmp_path: Path) -> None:
    answer, outcome, params = ANSWERS[which]
    with tls_server(None, answer) as port:
        found = sent(tmp_path, f"http://127.0.0.1:{port}/")
    assert found.outcome is outcome
    assert found.params == params
    assert sentence_of(found.message).endswith(".")
    assert len(found.answer or "") <= post.MOST_KEPT
    assert "\0" not in (found.answer or "")


@pytest.mark.parametrize("head", [b"", b"HTTP/1.1 200", b"HTTP/1.1 200 OK\r\nX: 1\r\n"])
def test_a_receiver_that_drips_bytes_is_ended(head: bytes, tmp_path: Path) -> None:
    over = threading.Event()

    def drip(_request: bytes) -> Iterator[bytes]:
        yield head
        while not over.wait(0.05):
            yield b"x"

    with tls_server(None, drip) as port:
        found = sent(tmp_path, f"http://127.0.0.1:{port}/", seconds=1)
        over.set()
    assert (found.outcome, found.params) == (O.SILENT, {"seconds": 1})


def test_silence_in_every_step_is_ended(tmp_path: Path, trusted: Authority) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
        for url in (f"https://{NAME}:{port}/", f"http://127.0.0.1:{port}/"):
            assert sent(tmp_path, url, authority=trusted, seconds=0.5).outcome is O.SILENT


def test_a_closed_port(tmp_path: Path) -> None:
    port = free_port()
    found = sent(tmp_path, f"http://127.0.0.1:{port}/")
    assert (found.outcome, found.params) == (O.UNREACHABLE, {"address": "127.0.0.1", "port": port})


def test_the_next_address_is_tried_where_one_takes_no_connection(tmp_path: Path) -> None:
    """Addresses are tried in their order, of which 127.0.0.1 is the first."""
    with tls_server(None, answering(), "127.0.0.2", free_port()) as port:
        found = sent(tmp_path, f"http://{NAME}:{port}/", dns_with("127.0.0.1", "127.0.0.2"))
    assert (found.outcome, found.address) == (O.DELIVERED, "127.0.0.2")


def test_an_address_that_took_the_message_is_the_last(tmp_path: Path) -> None:
    """Whatever it answers: another one would get the message a second time."""
    with tls_server(None, answering("500 Oops")) as port:
        found = sent(tmp_path, f"http://{NAME}:{port}/", dns_with("127.0.0.1", "127.0.0.2"))
    assert (found.outcome, found.address) == (O.ANSWERED, "127.0.0.1")


def test_a_name_with_many_addresses_is_tried_at_a_few(tmp_path: Path) -> None:
    many = [f"127.0.0.{number}" for number in range(1, post.MOST_ADDRESSES + 2)]
    with tls_server(None, answering(), many[-1], free_port()) as port:
        found = sent(tmp_path, f"http://{NAME}:{port}/", dns_with(*many))
    assert (found.outcome, found.address) == (O.UNREACHABLE, many[-2])


def test_a_silent_address_leaves_time_for_the_next_and_little_is_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[tuple[Request, float]] = []

    async def silent(request: Request, _where: object, *, connect_by: float) -> Exchange:
        asked.append((request, connect_by))
        return Exchange(Stage.CONNECT, TimeoutError())

    monkeypatch.setattr(post, "exchange", silent)
    found = sent(tmp_path, f"http://{NAME}/", dns_with("127.0.0.1", "127.0.0.2"), seconds=600)
    assert found.outcome is O.SILENT
    (request, first), (_, last) = asked
    assert last == request.deadline
    assert request.deadline - first >= 600 - post.CONNECT_SECONDS - 60, "the first one may take a few seconds"
    assert request.most_bytes == post.MOST_BYTES == 8192


@pytest.mark.parametrize("wrong", ["name", "authority", "ended"])
def test_a_wrong_certificate_gets_nothing(wrong: str, tmp_path: Path, trusted: Authority) -> None:
    got: list[bytes] = []

    def receive(request: bytes) -> Iterator[bytes]:
        got.append(request)
        yield from answering()(request)

    made = authority(tmp_path, "Nobody") if wrong == "authority" else trusted
    context = made.context(
        "other.acme.test" if wrong == "name" else NAME, days=-1 if wrong == "ended" else 90
    )
    with tls_server(context, receive) as port:
        found = sent(tmp_path, f"https://{NAME}:{port}/", authority=trusted)
    assert found.outcome is O.UNTRUSTED
    assert found.params["why"]
    assert [one for one in got if one] == []


def test_no_tls_where_there_should_be(tmp_path: Path, trusted: Authority) -> None:
    with tls_server(None, answering()) as port:
        assert sent(tmp_path, f"https://{NAME}:{port}/", authority=trusted).outcome is O.NO_TLS


@pytest.mark.parametrize(
    "address",
    ["127.0.0.1", "10.0.0.8", "192.168.1.1", "169.254.169.254", "100.64.0.1", "0.0.0.0",  # noqa: S104
     "::1", "fe80::1", "fd00::1", "::ffff:127.0.0.1", "64:ff9b::7f00:1", "fd00:ec2::254"],
)  # fmt: skip
def test_a_name_that_leads_inside_gets_nothing(address: str, tmp_path: Path) -> None:
    found = sent(tmp_path, f"https://{NAME}/", dns_with(address), allowed="", seconds=3)
    assert found.outcome is O.REFUSED_ADDRESS
    assert found.params == {"host": NAME, "address": str(ipaddress.ip_address(address))}


def test_without_tls_nothing_is_sent_to_public_addresses(tmp_path: Path) -> None:
    found = sent(tmp_path, f"http://{NAME}/", dns_with("45.76.10.1"))
    assert found.outcome is O.REFUSED_ADDRESS


def test_a_name_that_changes_after_the_look_leads_nowhere_else(tmp_path: Path) -> None:
    """DNS rebinding: the second answer would lead inside."""
    dns, asked = dns_with("127.0.0.1"), []
    resolve = dns.resolve

    async def rebinding(name: str, rdtype: str, **more: Any) -> DnsAnswer:
        asked.append((name, rdtype))
        found = await resolve(name, rdtype, **more)
        dns.zone("acme.test", "ns1.acme.test").put(NAME, "A", "10.0.0.8")
        return found

    dns.resolve = rebinding  # type: ignore[method-assign]
    with tls_server(None, answering()) as port:
        found = sent(tmp_path, f"http://{NAME}:{port}/", dns)
    assert (found.outcome, found.address) == (O.DELIVERED, "127.0.0.1")
    assert sorted(asked) == [(NAME, "A"), (NAME, "AAAA")], "it is asked for once"


def test_what_cannot_be_asked_is_not_what_is_not_there(tmp_path: Path) -> None:
    assert sent(tmp_path, f"https://{NAME}/", dns_with()).outcome is O.UNRESOLVED
    silent = dns_with("45.76.10.1")
    silent.server("ns1.acme.test").fault = Fault.SERVFAIL
    found = sent(tmp_path, f"https://{NAME}/", silent)
    assert found.outcome is O.NOT_ASKED
    assert O.NOT_ASKED.facts.ours


@pytest.mark.parametrize(
    ("value", "seconds"),
    [("120", 120), ("0", None), ("-5", None), ("soon", None), ("9" * 30, 30 * 86400), ("", None)],
)
def test_retry_after_is_read(value: str, seconds: int | None, tmp_path: Path) -> None:
    with tls_server(None, answering("503 Busy", b"", f"Retry-After: {value}")) as port:
        found = sent(tmp_path, f"http://127.0.0.1:{port}/")
    assert found.retry_after == (timedelta(seconds=seconds) if seconds else None)


@pytest.mark.parametrize(
    ("date", "hours"),
    [
        ("Fri, 27 Nov 2026 14:00:00 GMT", 2),
        ("Fri, 27 Nov 2026 14:00:00 -0000", 2),
        ("Fri, 27 Nov 2026 12:00:00 GMT", None),
        ("Fri, 27 Nov 2026 11:00:00 GMT", None),
        ("Fri, 27 Nov 2048 11:00:00 GMT", 30 * 24),
    ],
)
def test_retry_after_may_be_a_date(date: str, hours: int | None, tmp_path: Path) -> None:
    head = f"HTTP/1.1 503 Busy\r\nContent-Length: 0\r\nRetry-After: {date}\r\n\r\n".encode()
    with tls_server(None, lambda _: iter([head])) as port, time_machine.travel(NOON, tick=False):
        found = sent(tmp_path, f"http://127.0.0.1:{port}/")
    assert found.retry_after == (timedelta(hours=hours) if hours else None)


def test_an_unreadable_secret_or_authority_sends_nothing(tmp_path: Path, trusted: Authority) -> None:
    with tls_server(None, answering()) as port:
        url = f"http://127.0.0.1:{port}/"
        assert sent(tmp_path, url, secrets=()).outcome is O.NO_SECRET
    gone = Authority(tmp_path / "gone.pem", trusted.key, trusted.certificate)
    assert sent(tmp_path, f"https://{NAME}/", authority=gone).outcome is O.FAULT
    assert sent(tmp_path, "https://10.0.0.1/").outcome is O.REFUSED_URL
