"""The edge as deploy/ ships it, on real nginx and Caddy: what it serves, how it streams, whom it believes, what a
name that is not verified gets, and that known names are served while Nameplate's edge services come and go.
"""

from __future__ import annotations

import json
import shutil
import signal
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack
from dataclasses import replace
from pathlib import Path

import pytest

from tests.servers import edges
from tests.servers.edges import NO_CERTIFICATE, TOKENS, Answer, Edge, answer, plain_answer, status, visit
from tests.service.edge_platform import NOBODYS, SECRET_KEY, TOKEN, Platform, eventually, host_of, platform_in
from tests.service.nameplate import Visitor
from webapp.edge.visitors import nobody
from webapp.edge.visitors.proof import proof
from webapp.models import DomainState

#: What a visitor may write of itself and of the proxies before it.
FORGED = {
    "Forwarded": "for=203.0.113.9;host=evil.test;proto=http",
    "Nameplate-Default-Host": "evil.test",
    "X-Client-IP": "203.0.113.9",
    "X-Forwarded-For": "203.0.113.9",
    "X-Forwarded-Host": "evil.test",
    "X-Forwarded-Port": "4711",
    "X-Forwarded-Prefix": "/evil",
    "X-Forwarded-Proto": "http",
    "X-Forwarded-Server": "evil.test",
    "X-Forwarded-Ssl": "off",
    "X-Real-IP": "203.0.113.9",
}
NONCE = "0123456789abcdefghijkl"
PROOF = f"/.well-known/nameplate/{NONCE}"
BROWSER = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"

Start = Callable[[Path, edges.Behind], AbstractContextManager[Edge]]
EDGES: dict[str, Start] = {"nginx": edges.nginx_edge, "caddy": edges.caddy_edge}


@pytest.fixture(scope="module")
def shared(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Platform]:
    directory = tmp_path_factory.mktemp("platform")
    shutil.copy(sqlite_template, directory / "nameplate.sqlite")
    with platform_in(directory, f"sqlite:///{directory / 'nameplate.sqlite'}") as platform:
        yield platform


@pytest.fixture
def platform(shared: Platform) -> Platform:
    shared.all_nodes()
    shared.clients.go_on.clear()
    return shared


@pytest.fixture(scope="module")
def directories(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    return {name: tmp_path_factory.mktemp(name) for name in EDGES}


@pytest.fixture(scope="module")
def both(shared: Platform, directories: dict[str, Path]) -> Iterator[dict[str, Edge]]:
    """Every edge."""
    with ExitStack() as stack:
        yield {
            name: stack.enter_context(start(directories[name], shared.behind))
            for name, start in EDGES.items()
        }


@pytest.fixture(params=EDGES)
def edge(request: pytest.FixtureRequest, platform: Platform, both: dict[str, Edge]) -> Edge:
    return both[request.param]


def test_names_are_served_streamed_and_told_where_visitors_come_from(edge: Edge, platform: Platform) -> None:
    for address in ("127.0.0.1", "::1"):
        with visit(edge.https, "chat.acme.test", "/v1/chat?a=b", address=address, **FORGED) as found:
            heard = json.loads(found.read())
        assert heard["host"].partition(":")[0] == host_of("chat")
        assert (heard["x-forwarded-for"], heard["x-forwarded-proto"]) == (address, "https")
        assert heard["x-real-ip"] == address
        assert heard["x-forwarded-host"] == "chat.acme.test"
        assert (heard[":method"], heard[":path"], heard[":body"]) == ("GET", "/v1/chat?a=b", "")
        assert {name for name, value in heard.items() if value in FORGED.values()} == set()

    with visit(edge.https, "chat.acme.test", body="a question", Authorization="Bearer mine") as found:
        heard = json.loads(found.read())
    assert (heard[":method"], heard[":body"], heard["authorization"]) == ("POST", "a question", "Bearer mine")

    for content_type in ("text/event-stream", "application/x-ndjson", "text/plain"):
        with visit(edge.https, "chat.acme.test", f"/tokens/{content_type}") as found:
            for token in TOKENS:
                assert found.read1(len(token)).decode() == token
                platform.clients.go_on.set()
            assert found.read() == b""
    says_everything_back(edge)


def says_everything_back(edge: Edge) -> None:
    """A websocket: after the protocol has changed, each side says something when it likes."""
    with edges.connected(edge.https, "chat.acme.test") as wire:
        wire.sendall(websocket_for("chat.acme.test"))
        heard = b""
        while not heard.endswith(b"\r\n\r\n"):
            heard += wire.recv(1)
        assert heard.startswith(b"HTTP/1.1 101 ")
        for word in (b"one\n", b"two\n"):
            wire.sendall(word)
            assert wire.recv(100) == word


def websocket_for(name: str) -> bytes:
    upgrade = {
        "Connection": "Upgrade",
        "Upgrade": "websocket",
        "Sec-WebSocket-Version": "13",
        "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==",
    }
    lines = [f"{header}: {value}" for header, value in {"Host": name, **upgrade}.items()]
    return "\r\n".join(["GET /socket HTTP/1.1", *lines, "", ""]).encode()


@pytest.mark.parametrize(
    "name",
    ["chat.acme.test", "failing.acme.test", "CHAT.Acme.Test", "chat.acme.test.", "chat.xn--strae-oqa.test"],
)
def test_verified_name_is_served_proved_and_led_to_https_however_it_is_spelled(
    edge: Edge, platform: Platform, name: str
) -> None:
    assert status(edge.https, name) == 200
    known = name.lower().removesuffix(".")
    proved = answer(edge.https, name, PROOF)
    assert (proved.status, proved.text) == (200, proof(SECRET_KEY, platform.ids[known], known, NONCE) + "\n")
    assert proved.headers["Nameplate-Answer"] == "proof"
    led = plain_answer(edge.http, name, "/v1/chat?a=b")
    assert led.status == 308
    assert led.headers["Location"].lower().removesuffix("/") in {
        f"https://{host}/v1/chat?a=b" for host in (known, f"{known}.")
    }


def is_nobodys(found: Answer, text: str = nobody.TEXT) -> bool:
    return (found.status, found.headers.get("Nameplate-Answer"), found.text) == (404, "nobody", text)


@pytest.mark.parametrize("name", NOBODYS)
def test_visitor_of_a_name_that_is_not_served_gets_nobodys_page(
    platform: Platform, both: dict[str, Edge], name: str
) -> None:
    """The same for all of them. Over HTTPS Caddy gets no certificate for them, but for one that is verified and has
    no LLM client yet.
    """
    for edge in both.values():
        assert is_nobodys(plain_answer(edge.http, name, "/v1/chat?a=b"))
        assert is_nobodys(plain_answer(edge.http, name, Accept=BROWSER), nobody.HTML)
    for path in ("/", "/edge/ask", PROOF):
        assert is_nobodys(answer(both["nginx"].https, name, path))
        found = answer(both["caddy"].https, name, path)
        assert is_nobodys(found) if name == "clientless.acme.test" else found == NO_CERTIFICATE
    page = answer(both["nginx"].https, name, Accept=BROWSER, Cookie="session=mine")
    assert is_nobodys(page, nobody.HTML)
    assert page.headers["Content-Security-Policy"] == nobody.POLICY
    assert {"Set-Cookie", "Strict-Transport-Security"} & set(page.headers) == set()


def test_name_that_was_served_is_nobodys_as_soon_as_it_is_suspended_or_removed(
    edge: Edge, platform: Platform
) -> None:
    """Caddy has its certificate by now."""
    name = "leaving.acme.test"

    def refused() -> bool:
        return is_nobodys(answer(edge.https, name)) and is_nobodys(answer(edge.https, name, PROOF))

    assert status(edge.https, name) == 200
    platform.decide(name, DomainState.REMOVED)
    eventually(refused)
    platform.decide(name, DomainState.VERIFIED)
    eventually(lambda: status(edge.https, name) == 200)
    platform.decide(name, DomainState.VERIFIED, suspended=True)
    eventually(refused)
    with visit(edge.https, name, body="a question") as found:
        assert (found.status, found.read().decode()) == (404, nobody.TEXT)
    with edges.connected(edge.https, name) as wire:
        wire.sendall(websocket_for(name))
        assert wire.recv(12) == b"HTTP/1.1 404"
    platform.decide(name, DomainState.VERIFIED)
    eventually(lambda: status(edge.https, name) == 200)


@pytest.mark.parametrize(
    "host", ["a..b", "localhost", "127.0.0.1", "chat.acme.test&domain=evil.test", "%", "x" * 300]
)
def test_host_that_is_no_name_of_ours_leads_nowhere(edge: Edge, host: str) -> None:
    """Whatever it is, it is no fault of ours, and the LLM client of the handshake's name does not hear of it."""
    assert plain_answer(edge.http, host).status in {400, 404}
    found = answer(edge.https, "chat.acme.test", Host=host)
    assert found.status in {400, 404}
    assert not is_nobodys(found) or found.text == nobody.TEXT


def test_what_asks_nameplate_leads_to_nothing_else(platform: Platform, both: dict[str, Edge]) -> None:
    """A question that comes this way is, to Nameplate, one of this machine."""
    for name, edge in both.items():
        for port in edge.inner:
            visitor = Visitor(f"http://127.0.0.1:{port}")
            assert visitor.status("/edge/ask?domain=chat.acme.test") == 200, name
            for path in ("/", "/login", "/metrics", "/healthz", "/edge/traefik", "/static/theme.css"):
                assert visitor.status(path) == 404, (name, path)


def test_certificate_of_another_or_of_nobody_is_refused(edge: Edge) -> None:
    assert status(edge.https, "chat.acme.test") == 200
    assert status(edge.https, "impostor.acme.test") == 502
    assert status(edge.https, "stranger.acme.test") == 502


@pytest.mark.parametrize("start", EDGES.values(), ids=EDGES)
def test_edge_with_a_wrong_token_is_at_fault_and_says_no_to_nobody(
    start: Start, platform: Platform, tmp_path: Path
) -> None:
    with start(tmp_path, replace(platform.behind, token="another-token-0123456789")) as edge:
        assert is_away(answer(edge.https, "chat.acme.test"))
        assert is_away(plain_answer(edge.http, "chat.acme.test"))


def is_away(found: Answer) -> bool:
    """Neither yes nor no, with a sentence, and when to ask again."""
    says_so = found.text.endswith("Try again soon.\n") and found.headers["Retry-After"] == "5"
    return found.status in {502, 503} and says_so


class Asking:
    """Visits a name at every edge without a pause, and counts the answers."""

    def __init__(self, both: dict[str, Edge], name: str) -> None:
        self.answers: dict[str, Counter[object]] = {edge: Counter() for edge in both}
        self._over = threading.Event()
        self._threads = [
            threading.Thread(target=self._ask, args=(edge, where.https, name), daemon=True)
            for edge, where in both.items()
        ]

    def _ask(self, edge: str, port: int, name: str) -> None:
        while not self._over.wait(0.05):
            try:
                found: object = status(port, name)
            except OSError as err:
                found = repr(err)
            self.answers[edge][found] += 1

    def __enter__(self) -> Asking:
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        for thread in self._threads:
            thread.join()

    def again(self, times: int = 10) -> None:
        """Returns after so many more answers of each."""
        wanted = {edge: found.total() + times for edge, found in self.answers.items()}
        eventually(lambda: all(self.answers[edge].total() >= wanted[edge] for edge in wanted))


def test_known_name_is_served_while_services_reload_end_and_are_killed(
    both: dict[str, Edge], platform: Platform
) -> None:
    with Asking(both, "chat.acme.test") as asking:
        asking.again()
        reload(platform, 0)
        asking.again()
        platform.stop(0, signal.SIGTERM)
        asking.again()
        platform.start(0)
        eventually(lambda: platform.healthy(0))
        platform.stop(1, signal.SIGKILL)
        asking.again()
    assert {edge: set(found) for edge, found in asking.answers.items()} == {"nginx": {200}, "caddy": {200}}


def reload(platform: Platform, number: int) -> None:
    """HUP, and until the new worker answers for the old one."""
    _, process = platform.nodes[number]
    before = children(process.pid)
    process.send_signal(signal.SIGHUP)
    eventually(lambda: bool(children(process.pid)) and not before & children(process.pid))
    eventually(lambda: platform.healthy(number))


def children(pid: int) -> set[str]:
    return set(Path(f"/proc/{pid}/task/{pid}/children").read_text().split())


def test_while_the_database_is_away_what_is_known_is_served_and_nobody_is_told_no(
    both: dict[str, Edge], platform: Platform
) -> None:
    for port in platform.behind.services:
        known = Visitor(f"http://127.0.0.1:{port}").get(
            "/edge/route?domain=chat.acme.test", Authorization=f"Bearer {TOKEN}"
        )
        assert known.status == 200
    with platform.without_database():
        for edge in both.values():
            assert is_away(plain_answer(edge.http, "new.acme.test"))
            assert [status(edge.https, "chat.acme.test") for _ in range(4)] == [200] * 4
            assert answer(edge.https, "chat.acme.test", PROOF).status == 200
        assert answer(both["nginx"].https, "pending.acme.test", PROOF).status == 503
        assert is_away(answer(both["nginx"].https, "pending.acme.test"))
        assert answer(both["caddy"].https, "new.acme.test") == NO_CERTIFICATE
    for edge in both.values():
        eventually(lambda: is_nobodys(plain_answer(edge.http, "new.acme.test")))  # noqa: B023 - called at once


def test_names_that_nobody_knows_take_no_service_out_that_knows_others(
    platform: Platform, tmp_path: Path
) -> None:
    """nginx keeps no answer yet, and one service alone knows the names. Both say 503 of all others."""
    platform.stop(1, signal.SIGTERM)
    platform.start(1)
    eventually(lambda: platform.healthy(1))
    known = ("chat.acme.test", "failing.acme.test", "chat.xn--strae-oqa.test")
    first = Visitor(f"http://127.0.0.1:{platform.behind.services[0]}")
    assert {first.status(f"/edge/ask?domain={name}") for name in known} == {200}
    with edges.nginx_edge(tmp_path, platform.behind) as nginx, platform.without_database():
        for name in known:
            for number in range(4):
                assert is_away(plain_answer(nginx.http, f"new{number}.{name}"))
                assert answer(nginx.https, f"new{number}.{name}", PROOF).status == 503
                assert answer(nginx.https, name, PROOF).status == 200
            assert status(nginx.https, name) == 200
    assert "no live upstreams" not in (tmp_path / "nginx.log").read_text()


def test_while_all_is_away_nginx_serves_what_it_knows_for_an_hour_and_both_say_so(
    platform: Platform, both: dict[str, Edge], tmp_path: Path
) -> None:
    nginx, caddy = both["nginx"], both["caddy"]
    with edges.nginx_edge(tmp_path, platform.behind, kept_seconds=1) as soon:
        for name in ("chat.acme.test", "failing.acme.test"):
            assert {status(edge.https, name) for edge in both.values()} == {200}
        assert status(soon.https, "chat.acme.test") == 200
        kept = b"".join(path.read_bytes() for path in (tmp_path / "answers").rglob("*") if path.is_file())
        assert b"chat.acme.test" in kept
        assert TOKEN.encode() not in kept
        assert status(nginx.https, "pending.acme.test") == 404
        a_no_takes_the_place_of_a_yes(platform, nginx)
        for number in list(platform.nodes):
            platform.stop(number, signal.SIGTERM)
        with Asking({"nginx": nginx}, "chat.acme.test") as asking:
            eventually(lambda: is_away(answer(soon.https, "chat.acme.test")))
            asking.again()
        assert set(asking.answers["nginx"]) == {200}
        assert is_away(answer(nginx.https, "new.acme.test"))
        assert is_away(answer(nginx.https, "chat.acme.test", PROOF))
        for name in ("pending.acme.test", "leaving.acme.test"):
            assert is_away(answer(nginx.https, name)), "“no” is not kept, nor the “yes” before it"
        assert is_away(answer(caddy.https, "chat.acme.test"))
        assert is_away(answer(caddy.https, "chat.acme.test", PROOF))


def a_no_takes_the_place_of_a_yes(platform: Platform, edge: Edge) -> None:
    """What was served, and was refused before all services went away, must not come back. While they are there, the
    “no” holds for no moment longer than Nameplate says it.
    """
    for _ in range(2):
        platform.decide("leaving.acme.test", DomainState.VERIFIED)
        assert status(edge.https, "leaving.acme.test") == 200
        platform.decide("leaving.acme.test", DomainState.LAPSED)
        eventually(lambda: status(edge.https, "leaving.acme.test") == 404)
