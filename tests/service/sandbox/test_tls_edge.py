"""The sandbox's TLS edge before a running Nameplate: whom it serves, whom it refuses, and whom it survives."""

from __future__ import annotations

import contextlib
import http.client
import os
import shutil
import socket
import ssl
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import select

from tests.app_fixtures import make_app
from tests.factories import make_account, make_domain, make_llm_client
from tests.servers.programs import free_port, running
from tests.service.faults import eventually
from webapp.audit.log import COMMAND
from webapp.domains.lifecycle import remove
from webapp.domains.suspension import suspend
from webapp.edge.visitors.proof import PATH
from webapp.extensions import db
from webapp.models import DomainState, LLMClientCustomDomain
from webapp.sandbox.app import create_sandbox_app
from webapp.sandbox.assistant.app import create_assistant
from webapp.sandbox.aws.faults import Controls
from webapp.sandbox.aws.route53_zones import Account as AwsAccount
from webapp.sandbox.provider import records
from webapp.sandbox.provider.typed import Typed, read
from webapp.sandbox.shared.environment import EDGE_ADDRESS
from webapp.sandbox.shared.store import Store
from webapp.sandbox.tls_edge import server as edge_server
from webapp.sandbox.tls_edge.authority import CERTIFICATE_FILE, NAME
from webapp.sandbox.tls_edge.questions import AwayError, Nameplate
from webapp.sandbox.tls_edge.server import tls_edge
from webapp.sandbox.visits.visit import Edge

ROOT = Path(__file__).resolve().parents[3]
LOOPBACK = "127.0.0.1"
#: For an answer that comes, on a busy machine.
WAIT = 60
SERVED = (
    "chat.acme.test",
    "xn--mnchen-3ya.acme.test",
    "leaving.acme.test",
    "bad.acme.test",
    "failing.acme.test",
)
BARE, PENDING = "bare.acme.test", "pending.acme.test"
#: Who asks longer after the commit is told no, however long the machine takes to answer.
LAST_YES_SECONDS = 1.0


@dataclass
class Platform:
    """A Nameplate, the edge before it, and its authority."""

    app: Flask
    nameplate_port: int
    port: int
    authority: Path

    def handshake(self, name: str | None) -> ssl.SSLSocket:
        """Raises SSLError with the alert that ended it."""
        context = ssl.create_default_context(cafile=str(self.authority))
        if name is None:
            context.check_hostname = False
        raw = socket.create_connection((LOOPBACK, self.port), timeout=WAIT)
        try:
            return context.wrap_socket(raw, server_hostname=name)
        except OSError:
            raw.close()
            raise

    def get(self, name: str, path: str = "/", **headers: str) -> tuple[int, str]:
        """As a browser does. Raises SSLError."""
        connection = http.client.HTTPConnection(name)
        connection.sock = self.handshake(name)
        with contextlib.closing(connection):
            connection.request("GET", path, headers={"Accept": "text/html", **headers})
            answer = connection.getresponse()
            return answer.status, answer.read().decode()

    def refused(self, name: str | None, why: str = "TLSV1_UNRECOGNIZED_NAME") -> None:
        with pytest.raises(ssl.SSLError) as refusal:
            self.handshake(name)
        assert refusal.value.reason == why


@contextlib.contextmanager
def edge_service(directory: Path) -> Iterator[int]:
    """The port of Nameplate's edge service, which reads what the application here writes."""
    port = free_port()
    environment = {
        "PATH": os.environ["PATH"],
        "NAMEPLATE_INSTANCE": str(directory),
        "SECRET_KEY": "only-for-tests-0123456789",
        "DATABASE_URL": f"sqlite:///{directory / 'nameplate.sqlite'}",
    }

    def healthy() -> bool:
        try:
            return Nameplate(LOOPBACK, port).hand_on("/healthz", {}).status == 200
        except AwayError:
            return False

    command = [sys.executable, "-m", "webapp.edge", "--bind", f"{LOOPBACK}:{port}"]
    with running(command, log=directory / "edge.log", ready=healthy, cwd=ROOT, env=environment):
        yield port


@pytest.fixture(scope="module")
def platform(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Platform]:
    directory = tmp_path_factory.mktemp("tls-edge")
    shutil.copy(sqlite_template, directory / "nameplate.sqlite")
    app = make_app(directory, database_url=f"sqlite:///{directory / 'nameplate.sqlite'}")
    with app.app_context():
        account = make_account(number="1234-5678-9012")
        for name in SERVED:
            state = DomainState.FAILING if name.startswith("failing") else DomainState.VERIFIED
            make_llm_client(
                account, f"For {name}", deployed=True, custom_domain=make_domain(account, name, state)
            )
        make_domain(account, BARE, DomainState.VERIFIED)
        make_domain(account, PENDING)
        db.session.commit()
    with (
        edge_service(directory) as port,
        tls_edge(0, directory, Nameplate(LOOPBACK, port), create_assistant(lambda _seconds: None)) as edge,
    ):
        yield Platform(app, port, edge.port, directory / CERTIFICATE_FILE)


def changed(platform: Platform, name: str, change: Callable[[LLMClientCustomDomain], object]) -> float:
    """The time at which the change was committed."""
    with platform.app.app_context():
        domain = db.session.scalars(select(LLMClientCustomDomain).filter_by(domain_name=name)).one()
        change(domain)
        db.session.commit()
        return time.monotonic()


def answers(platform: Platform, name: str) -> bool:
    try:
        return platform.get(name)[0] == 200
    except OSError:
        return False


def test_a_verified_name_gets_a_certificate_in_its_first_handshake_and_its_llm_client(
    platform: Platform,
) -> None:
    for name in ("chat.acme.test", "failing.acme.test", "xn--mnchen-3ya.acme.test"):
        status, page = platform.get(name)
        assert status == 200
        assert f"data-host>{name}<" in page
    with platform.handshake("chat.acme.test") as connection:
        shown = connection.getpeercert()
        assert shown
        assert shown["subjectAltName"] == (("DNS", "chat.acme.test"),)
        assert shown["issuer"] == ((("commonName", NAME),),)
        assert connection.selected_alpn_protocol() is None


def test_capitals_and_the_port_make_no_difference(platform: Platform) -> None:
    with platform.handshake("chat.acme.test") as wire:
        wire.sendall(b"GET / HTTP/1.1\r\nHost: CHAT.Acme.test:8443\r\n\r\n")
        assert wire.recv(100).startswith(b"HTTP/1.1 200")
    lax = ssl.create_default_context(cafile=str(platform.authority))
    with (
        socket.create_connection((LOOPBACK, platform.port), timeout=WAIT) as raw,
        lax.wrap_socket(raw, server_hostname="CHAT.ACME.TEST") as wire,
    ):
        wire.sendall(b"GET / HTTP/1.1\r\nHost: chat.acme.test\r\n\r\n")
        assert wire.recv(100).startswith(b"HTTP/1.1 200")


@pytest.mark.parametrize("name", [PENDING, "unknown.acme.test", "chat.acme.com", "localhost", None])
def test_who_may_not_be_served_is_told_so_by_an_alert(platform: Platform, name: str | None) -> None:
    platform.refused(name)


def test_a_name_without_an_llm_client_is_nobodys(platform: Platform) -> None:
    status, page = platform.get(BARE)
    assert status == 404
    assert "This name leads here, but is not connected." in page
    for name, expected in ((BARE, 404), ("chat.acme.test", 200)):
        assert platform.get(name, f"{PATH}{'n' * 22}")[0] == expected


def test_a_request_for_another_host_on_the_connection_is_misdirected(platform: Platform) -> None:
    status, _ = platform.get("chat.acme.test", Host="failing.acme.test")
    assert status == 421


@pytest.mark.parametrize(
    ("name", "change"),
    [
        (
            "leaving.acme.test",
            lambda domain: remove(domain, actor=COMMAND, now=datetime.now(UTC)),
        ),
        (
            "bad.acme.test",
            lambda domain: suspend(domain, actor=COMMAND, reason="phishing", now=datetime.now(UTC)),
        ),
    ],
    ids=["removed", "suspended"],
)
def test_who_was_served_is_refused_within_a_second(
    platform: Platform, name: str, change: Callable[[LLMClientCustomDomain], object]
) -> None:
    """On a connection of before as well: each request is asked for."""
    assert platform.get(name)[0] == 200
    with platform.handshake(name) as before:
        committed_at = changed(platform, name, change)
        asked_at = time.monotonic()
        while answers(platform, name):
            assert asked_at < committed_at + LAST_YES_SECONDS
            asked_at = time.monotonic()
        platform.refused(name)
        before.sendall(f"GET / HTTP/1.1\r\nHost: {name}\r\n\r\n".encode())
        assert before.recv(100).startswith(b"HTTP/1.1 404")


def test_garbage_strangers_and_who_hangs_up_do_no_harm(
    platform: Platform, capfd: pytest.CaptureFixture[str]
) -> None:
    for garbage in (b"", b"GET / HTTP/1.1\r\n\r\n", b"\x16\x03\x01\x02", bytes(range(256)) * 40):
        with socket.create_connection((LOOPBACK, platform.port), timeout=WAIT) as stranger:
            stranger.sendall(garbage)
            if garbage and garbage[0] != 0x16:
                with contextlib.suppress(ConnectionError):
                    while stranger.recv(1000):
                        pass
    for garbage in (b"", b"\x00" * 100 + b"\r\n\r\n", b"GET", b"GET / HTTP/9.9\r\n\r\n", b"x" * 70_000):
        with contextlib.suppress(OSError), platform.handshake("chat.acme.test") as stranger_within:
            stranger_within.sendall(garbage)
            stranger_within.settimeout(0.2)
            stranger_within.recv(1000)
    with platform.handshake("chat.acme.test") as gone:
        gone.sendall(b"GET /?question=hello HTTP/1.1\r\nHost: chat.acme.test\r\nAccept: text/html\r\n\r\n")
    assert platform.get("chat.acme.test")[0] == 200
    assert "Traceback" not in "".join(capfd.readouterr())


def test_who_is_silent_is_left(platform: Platform, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(edge_server, "HANDSHAKE_SECONDS", 0.1)
    with socket.create_connection((LOOPBACK, platform.port), timeout=WAIT) as silent:
        assert silent.recv(1) == b""
    monkeypatch.undo()
    monkeypatch.setattr(edge_server._Handler, "timeout", 0.1)
    with platform.handshake("chat.acme.test") as silent_within:
        assert is_left(silent_within, b"GET / HTTP/1.1\r\nHost:")


def is_left(wire: socket.socket, last_words: bytes) -> bool:
    """Perhaps before they have come, which a busy machine may keep back for as long as that: then they break it."""
    try:
        wire.sendall(last_words)
        return wire.recv(1) == b""
    except ConnectionError:
        return True


def test_more_than_there_are_places_for_are_not_taken(
    platform: Platform, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(edge_server, "MOST_CONNECTIONS", 2)
    nameplate = Nameplate(LOOPBACK, platform.nameplate_port)
    with tls_edge(0, tmp_path, nameplate, create_assistant()) as edge:
        small = Platform(platform.app, platform.nameplate_port, edge.port, tmp_path / CERTIFICATE_FILE)
        with contextlib.ExitStack() as held:
            for _ in range(2):
                held.enter_context(socket.create_connection((LOOPBACK, edge.port), timeout=WAIT))
            third = held.enter_context(socket.create_connection((LOOPBACK, edge.port), timeout=WAIT))
            assert third.recv(1) == b""
        eventually(lambda: answers(small, "chat.acme.test"), "no place was given back")


def test_while_nameplate_is_away_it_is_neither_yes_nor_no(tmp_path: Path) -> None:
    port = free_port()
    with tls_edge(0, tmp_path, Nameplate(LOOPBACK, port), create_assistant()) as edge:
        away = Platform(Flask("none"), port, edge.port, tmp_path / CERTIFICATE_FILE)
        away.refused("chat.acme.test", "TLSV1_ALERT_INTERNAL_ERROR")


def test_a_page_shows_the_visit_and_a_frame_in_it_what_is_there(platform: Platform, tmp_path: Path) -> None:
    with contextlib.closing(Store(tmp_path / "sandbox.sqlite")) as store:
        for name in ("chat.acme.test", PENDING, BARE):
            records.add(store, read(Typed(name, "A", "60", EDGE_ADDRESS)))
        records.add(store, read(Typed("chat.acme.com", "A", "60", EDGE_ADDRESS)))
        edge = Edge(platform.port, platform.authority)
        web = create_sandbox_app(AwsAccount(store, Controls()), edge).test_client()

        page = web.get("/visit?name=CHAT.acme.test").text
        assert "with a certificate from <span data-issuer>Nameplate sandbox edge</span>" in page
        assert 'data-status="200"' in page
        assert 'src="/visit/at/chat.acme.test/"' in page
        assert edge.curl("chat.acme.test") in page
        with web.get("/visit/at/chat.acme.test/?question=Hello") as frame:
            assert "Hello" in frame.get_data(as_text=True)
            assert frame.headers["Content-Security-Policy"].startswith("sandbox allow-forms;")
        with web.get("/visit/at/chat.acme.test/static/assistant.css") as looks:
            assert (looks.status_code, looks.mimetype) == (200, "text/css")

        assert 'data-status="404"' in web.get(f"/visit?name={BARE}").text
        assert "Nameplate says that the name is not verified" in web.get(f"/visit?name={PENDING}").text
        foreign = web.get("/visit?name=chat.acme.com").text
        assert "makes certificates for names below .test alone" in foreign

        nowhere = create_sandbox_app(AwsAccount(store, Controls()), Edge(1, platform.authority)).test_client()
        assert "The edge takes no connection" in nowhere.get("/visit?name=chat.acme.test").text
        stranger = Edge(platform.port, _other_authority(tmp_path))
        distrusting = create_sandbox_app(AwsAccount(store, Controls()), stranger).test_client()
        assert "The handshake failed" in distrusting.get("/visit?name=chat.acme.test").text


def _other_authority(directory: Path) -> Path:
    with tls_edge(0, directory, Nameplate(LOOPBACK, 1), create_assistant()):
        return directory / CERTIFICATE_FILE
