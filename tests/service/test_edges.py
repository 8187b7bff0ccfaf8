"""The edge as deploy/ ships it, on real nginx and Caddy: what it serves, how it streams, whom it believes, and that
known names are served while Nameplate's web nodes come and go.
"""

from __future__ import annotations

import json
import shutil
import signal
import sqlite3
import subprocess
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, closing
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest

from tests.app_fixtures import make_app
from tests.factories import make_account, make_domain, make_llm_client
from tests.servers import edges
from tests.servers.edges import TOKENS, LlmClients, status, visit
from tests.servers.programs import free_port
from tests.service.nameplate import Nameplate, Visitor
from webapp.extensions import db
from webapp.models import Account, DomainState

TOKEN = "only-for-tests-edge-token"
HOST = "{label}.1234-5678-9012.api.platform.example"
#: An LLM client whose certificate is another's, and one whose certificate nobody has signed.
LABELS = ("chat", "impostor", "stranger")
SERVED = ("chat", "failing", "leaving")
STATES = (DomainState.VERIFIED, DomainState.FAILING, DomainState.PENDING, DomainState.REMOVING)
PATIENCE_SECONDS = 60
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


@dataclass
class Platform:
    """Two web nodes of Nameplate, the LLM clients, and what an edge has to know of them."""

    nameplate: Nameplate
    clients: LlmClients
    behind: edges.Behind
    stack: ExitStack = field(default_factory=ExitStack)
    nodes: dict[int, tuple[ExitStack, subprocess.Popen[bytes]]] = field(default_factory=dict)

    def start(self, number: int) -> subprocess.Popen[bytes]:
        """What a node of before has printed stays in a file of its own."""
        stack = ExitStack()
        name = f"web{number}-{sum(1 for _ in self.nameplate.directory.glob(f'web{number}-*'))}"
        process = stack.enter_context(self.nameplate.web(name, port=self.behind.web[number], workers=1))
        self.nodes[number] = stack, process
        return process

    def stop(self, number: int, by: signal.Signals) -> None:
        stack, process = self.nodes.pop(number)
        process.send_signal(by)
        process.wait(PATIENCE_SECONDS)
        stack.close()

    def all_nodes(self) -> None:
        for number in {0, 1} - set(self.nodes):
            self.start(number)


@pytest.fixture(scope="module")
def shared(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Platform]:
    directory = tmp_path_factory.mktemp("platform")
    shutil.copy(sqlite_template, directory / "nameplate.sqlite")
    url = f"sqlite:///{directory / 'nameplate.sqlite'}"
    make_names(directory, url)
    right, context = edges.certified(directory / "right", *map(host_of, SERVED))
    other, of_another = edges.certified(directory / "other", "somebody-else.example")
    _, unsigned = edges.certified(directory / "unsigned", host_of("stranger"))
    contexts = dict(zip(map(host_of, LABELS), (context, of_another, unsigned), strict=True))
    with ExitStack() as stack:
        clients, port = stack.enter_context(edges.llm_clients(contexts))
        behind = edges.Behind(
            web=(free_port(), free_port()),
            client=port,
            dns=stack.enter_context(edges.resolver()),
            authority=edges.authority_of(directory / "authority.pem", right, other),
            token=TOKEN,
        )
        settings = {"SECRET_KEY": "only-for-tests-0123456789", "EDGE_TOKEN": TOKEN, "DATABASE_URL": url}
        nameplate = Nameplate(directory, **settings, PUBLIC_URL="https://nameplate.example")
        platform = Platform(nameplate, clients, behind)
        try:
            yield platform
        finally:
            for started, _ in platform.nodes.values():
                started.close()


def host_of(label: str) -> str:
    return HOST.format(label=label)


def make_names(directory: Path, url: str) -> None:
    app = make_app(directory, database_url=url)
    with app.app_context():
        account = make_account(number="1234-5678-9012")
        for label in {*LABELS, "leaving"}:
            serve(account, label, f"{label}.acme.test", DomainState.VERIFIED)
        for state in STATES[1:]:
            serve(account, state.value, f"{state.value}.acme.test", state)
        db.session.commit()
        db.engine.dispose()


def serve(account: Account, label: str, name: str, state: DomainState) -> None:
    make_llm_client(account, label, deployed=True, custom_domain=make_domain(account, name, state))


@pytest.fixture
def platform(shared: Platform) -> Platform:
    shared.all_nodes()
    shared.clients.go_on.clear()
    return shared


Start = Callable[[Path, edges.Behind], AbstractContextManager[int]]
EDGES: dict[str, Start] = {"nginx": edges.nginx_edge, "caddy": edges.caddy_edge}


@pytest.fixture(scope="module")
def directories(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    return {name: tmp_path_factory.mktemp(name) for name in EDGES}


@pytest.fixture(scope="module")
def ports(shared: Platform, directories: dict[str, Path]) -> Iterator[dict[str, int]]:
    """Of every edge."""
    with ExitStack() as stack:
        yield {
            name: stack.enter_context(start(directories[name], shared.behind))
            for name, start in EDGES.items()
        }


@pytest.fixture(params=EDGES)
def edge(request: pytest.FixtureRequest, platform: Platform, ports: dict[str, int]) -> int:
    return ports[request.param]


def test_names_are_served_streamed_and_told_where_visitors_come_from(edge: int, platform: Platform) -> None:
    assert {name: status(edge, f"{name}.acme.test") for name in ("chat", "failing")} == {
        "chat": 200,
        "failing": 200,
    }
    refused = {name: status(edge, f"{name}.acme.test") for name in ("pending", "removing", "unknown")}
    assert set(refused.values()) <= {404, 0}

    for address in ("127.0.0.1", "::1"):
        with visit(edge, "chat.acme.test", address=address, **FORGED) as answer:
            heard = json.loads(answer.read())
        assert heard["host"].partition(":")[0] == host_of("chat")
        assert (heard["x-forwarded-for"], heard["x-forwarded-proto"]) == (address, "https")
        assert heard["x-real-ip"] == address
        assert heard["x-forwarded-host"] == "chat.acme.test"
        assert {name for name, value in heard.items() if value in FORGED.values()} == set()

    for content_type in ("text/event-stream", "application/x-ndjson", "text/plain"):
        with visit(edge, "chat.acme.test", f"/tokens/{content_type}") as answer:
            for token in TOKENS:
                assert answer.read1(len(token)).decode() == token
                platform.clients.go_on.set()
            assert answer.read() == b""
    says_everything_back(edge)


def says_everything_back(edge: int) -> None:
    """A websocket: after the protocol has changed, each side says something when it likes."""
    upgrade = {
        "Connection": "Upgrade",
        "Upgrade": "websocket",
        "Sec-WebSocket-Version": "13",
        "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==",
    }
    with edges.connected(edge, "chat.acme.test") as wire:
        lines = [f"{name}: {value}" for name, value in {"Host": "chat.acme.test", **upgrade}.items()]
        wire.sendall("\r\n".join(["GET /socket HTTP/1.1", *lines, "", ""]).encode())
        heard = b""
        while not heard.endswith(b"\r\n\r\n"):
            heard += wire.recv(1)
        assert heard.startswith(b"HTTP/1.1 101 ")
        for word in (b"one\n", b"two\n"):
            wire.sendall(word)
            assert wire.recv(100) == word


def test_what_asks_nameplate_leads_to_nothing_else(
    platform: Platform, ports: dict[str, int], directories: dict[str, Path]
) -> None:
    """A question that comes this way is, to Nameplate, one of this machine."""
    for name, inner in {name: edges.inner_ports(directories[name]) for name in ports}.items():
        assert len(inner) == {"nginx": 2, "caddy": 1}[name]
        for port in inner:
            visitor = Visitor(f"http://127.0.0.1:{port}")
            assert visitor.status("/edge/ask?domain=chat.acme.test") == 200, name
            for path in ("/", "/login", "/metrics", "/healthz", "/edge/traefik", "/static/theme.css"):
                assert visitor.status(path) == 404, (name, path)


def test_certificate_of_another_or_of_nobody_is_refused(edge: int) -> None:
    assert status(edge, "chat.acme.test") == 200
    assert status(edge, "impostor.acme.test") == 502
    assert status(edge, "stranger.acme.test") == 502


@pytest.mark.parametrize("start", EDGES.values(), ids=EDGES)
def test_edge_with_a_wrong_token_is_at_fault_and_says_no_to_nobody(
    start: Start, platform: Platform, tmp_path: Path
) -> None:
    with start(tmp_path, replace(platform.behind, token="another-token-0123456789")) as port:
        assert said_of(port, "chat.acme.test") == (503, "5", True)


class Asking:
    """Visits a name at every edge without a pause, and counts the answers."""

    def __init__(self, ports: dict[str, int], name: str) -> None:
        self.answers: dict[str, Counter[object]] = {edge: Counter() for edge in ports}
        self._over = threading.Event()
        self._threads = [
            threading.Thread(target=self._ask, args=(edge, port, name), daemon=True)
            for edge, port in ports.items()
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


def eventually(look: Callable[[], bool]) -> None:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not look():
        assert time.monotonic() < deadline
        time.sleep(0.05)


def test_known_name_is_served_while_web_nodes_reload_end_and_are_killed(
    ports: dict[str, int], platform: Platform
) -> None:
    with Asking(ports, "chat.acme.test") as asking:
        asking.again()
        reload(platform, 0)
        asking.again()
        platform.stop(0, signal.SIGTERM)
        asking.again()
        platform.start(0)
        eventually(lambda: healthy(platform, 0))
        platform.stop(1, signal.SIGKILL)
        asking.again()
    assert {edge: set(found) for edge, found in asking.answers.items()} == {"nginx": {200}, "caddy": {200}}


def reload(platform: Platform, number: int) -> None:
    """HUP, and until the new worker answers for the old one."""
    _, process = platform.nodes[number]
    before = children(process.pid)
    process.send_signal(signal.SIGHUP)
    eventually(lambda: bool(children(process.pid)) and not before & children(process.pid))
    eventually(lambda: healthy(platform, number))


def children(pid: int) -> set[str]:
    return set(Path(f"/proc/{pid}/task/{pid}/children").read_text().split())


def healthy(platform: Platform, number: int) -> bool:
    try:
        return Visitor(f"http://127.0.0.1:{platform.behind.web[number]}").status("/healthz") == 200
    except OSError:
        return False


def test_while_all_is_away_nginx_serves_what_it_knows_for_an_hour_and_both_say_so(
    shared: Platform, ports: dict[str, int], tmp_path: Path
) -> None:
    if not shared.nodes:
        shared.start(0)
    with edges.nginx_edge(tmp_path, shared.behind, kept_seconds=1) as soon:
        for name in ("chat.acme.test", "failing.acme.test"):
            assert {edge: status(port, name) for edge, port in ports.items()} == {"nginx": 200, "caddy": 200}
        assert status(soon, "chat.acme.test") == 200
        kept = b"".join(path.read_bytes() for path in (tmp_path / "answers").rglob("*") if path.is_file())
        assert b"chat.acme.test" in kept
        assert TOKEN.encode() not in kept
        assert status(ports["nginx"], "pending.acme.test") == 404
        a_no_takes_the_place_of_a_yes(shared.nameplate, ports["nginx"])
        for number in list(shared.nodes):
            shared.stop(number, signal.SIGTERM)
        with Asking({"nginx": ports["nginx"]}, "chat.acme.test") as asking:
            eventually(lambda: status(soon, "chat.acme.test") == 503)
            asking.again()
        assert set(asking.answers["nginx"]) == {200}
        assert said_of(ports["nginx"], "new.acme.test") == (503, "5", True)
        for name in ("pending.acme.test", "leaving.acme.test"):
            assert said_of(ports["nginx"], name) == (503, "5", True), (
                "“no” is not kept, nor the “yes” before it"
            )
        assert said_of(ports["caddy"], "chat.acme.test") in {(502, "5", True), (503, "5", True)}


def a_no_takes_the_place_of_a_yes(nameplate: Nameplate, port: int) -> None:
    """What was served, and was refused before all web nodes went away, must not come back. While they are there, the
    “no” holds for no moment longer than Nameplate says it.
    """
    for _ in range(2):
        decide(nameplate, "leaving.acme.test", DomainState.VERIFIED)
        assert status(port, "leaving.acme.test") == 200
        decide(nameplate, "leaving.acme.test", DomainState.LAPSED)
        eventually(lambda: status(port, "leaving.acme.test") == 404)


def decide(nameplate: Nameplate, name: str, state: DomainState) -> None:
    with (
        closing(sqlite3.connect(nameplate.directory / "nameplate.sqlite", timeout=20)) as connection,
        connection,
    ):
        connection.execute(
            "UPDATE llm_client_custom_domain SET state = ?, is_verified = ? WHERE domain_name = ?",
            (state.value, state is DomainState.VERIFIED, name),
        )


def said_of(port: int, name: str) -> tuple[int, str | None, bool]:
    """Status, when to ask again, and whether there is a sentence."""
    with visit(port, name) as answer:
        return (
            answer.status,
            answer.headers["Retry-After"],
            answer.read().decode().endswith("Try again soon.\n"),
        )
