"""The edge as deploy/ ships it, on real nginx and Caddy: what it serves, how it streams, whom it believes, and that
known names are served while Nameplate's web nodes come and go.
"""

from __future__ import annotations

import json
import shutil
import signal
import subprocess
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
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
STATES = (DomainState.VERIFIED, DomainState.FAILING, DomainState.PENDING, DomainState.REMOVING)
PATIENCE_SECONDS = 60


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
        process = stack.enter_context(
            self.nameplate.web(name, port=self.behind.web[number], workers=1)
        )
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
    right, context = edges.certified(directory / "right", HOST.format(label="chat"))
    other, of_another = edges.certified(directory / "other", "somebody-else.example")
    _, unsigned = edges.certified(directory / "unsigned", HOST.format(label="stranger"))
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
        account = make_account()
        for label in LABELS:
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


@pytest.fixture(params=["nginx", "caddy"])
def edge(request: pytest.FixtureRequest, platform: Platform, tmp_path: Path) -> Iterator[int]:
    start = edges.nginx_edge if request.param == "nginx" else edges.caddy_edge
    with start(tmp_path, platform.behind) as port:
        yield port


def test_names_are_served_streamed_and_told_where_visitors_come_from(edge: int, platform: Platform) -> None:
    assert {name: status(edge, f"{name}.acme.test") for name in ("chat", "failing")} == {
        "chat": 200,
        "failing": 200,
    }
    refused = {name: status(edge, f"{name}.acme.test") for name in ("pending", "removing", "unknown")}
    assert set(refused.values()) <= {404, 0}

    forged = {"X-Forwarded-For": "203.0.113.9", "X-Forwarded-Host": "evil.test", "Nameplate-Default-Host": "evil.test"}
    with visit(edge, "chat.acme.test", **forged) as answer:
        heard = json.loads(answer.read())
    assert heard["host"].partition(":")[0] == host_of("chat")
    assert (heard["x-forwarded-for"], heard["x-forwarded-proto"]) == ("127.0.0.1", "https")
    assert heard["x-forwarded-host"] == "chat.acme.test"
    assert "evil.test" not in json.dumps(heard)

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
    with visit(edge, "chat.acme.test", "/socket", **upgrade) as answer:
        assert answer.status == 101
        for word in (b"one\n", b"two\n"):
            answer.connection_socket.sendall(word)
            assert answer.connection_socket.recv(100) == word


def test_certificate_of_another_or_of_nobody_is_refused(edge: int) -> None:
    assert status(edge, "chat.acme.test") == 200
    assert status(edge, "impostor.acme.test") == 502
    assert status(edge, "stranger.acme.test") == 502


class Asking:
    """Visits a name without a pause, from several threads, and counts the answers."""

    def __init__(self, port: int, name: str, threads: int = 2) -> None:
        self.answers: Counter[object] = Counter()
        self._over = threading.Event()
        self._port, self._name = port, name
        self._threads = [threading.Thread(target=self._ask, daemon=True) for _ in range(threads)]

    def _ask(self) -> None:
        while not self._over.is_set():
            try:
                found: object = status(self._port, self._name)
            except OSError as err:
                found = repr(err)
            self.answers[found] += 1
            time.sleep(0.01)

    def __enter__(self) -> Asking:
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        for thread in self._threads:
            thread.join()

    def again(self, times: int = 10) -> None:
        """Returns after so many more answers."""
        wanted = self.answers.total() + times
        eventually(lambda: self.answers.total() >= wanted)


def eventually(look: Callable[[], bool]) -> None:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not look():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def test_known_name_is_served_while_web_nodes_reload_end_and_are_killed(edge: int, platform: Platform) -> None:
    with Asking(edge, "chat.acme.test") as asking:
        asking.again()
        reload(platform, 0)
        asking.again()
        platform.stop(0, signal.SIGTERM)
        asking.again()
        platform.start(0)
        eventually(lambda: healthy(platform, 0))
        platform.stop(1, signal.SIGKILL)
        asking.again()
    assert set(asking.answers) == {200}


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


def test_while_all_is_away_nginx_serves_what_it_knows_and_says_so_of_the_rest(
    platform: Platform, tmp_path: Path
) -> None:
    with edges.nginx_edge(tmp_path, platform.behind) as edge:
        known = [f"{name}.acme.test" for name in ("chat", "failing")]
        assert [status(edge, name) for name in known] == [200, 200]
        assert status(edge, "pending.acme.test") == 404
        for number in (0, 1):
            platform.stop(number, signal.SIGTERM)
        with Asking(edge, "chat.acme.test") as asking:
            asking.again(20)
        assert set(asking.answers) == {200}
        with visit(edge, "new.acme.test") as answer:
            assert (answer.status, answer.headers["Retry-After"]) == (503, "5")
            assert "cannot be told" in answer.read().decode()
        assert status(edge, "pending.acme.test") == 503, "“no” is not kept"


def test_while_all_is_away_caddy_says_so(platform: Platform, tmp_path: Path) -> None:
    with edges.caddy_edge(tmp_path, platform.behind) as edge:
        assert status(edge, "chat.acme.test") == 200
        for number in (0, 1):
            platform.stop(number, signal.SIGTERM)
        with visit(edge, "chat.acme.test") as answer:
            assert answer.status in {502, 503}
            assert answer.headers["Retry-After"] == "5"
            assert "cannot be served at the moment" in answer.read().decode()
