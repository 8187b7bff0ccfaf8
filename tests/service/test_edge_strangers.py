"""What strangers on the network send to the edge service, byte by byte, which Flask's test client cannot."""

from __future__ import annotations

import resource
import socket
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.service.edge_service import EdgeService, database_with, edge_service

WAIT = 60
TOKEN = "a-token-for-the-edge-0123456789"
ROUTE = "/edge/route?domain=chat.acme.test"
#: More than a worker of Granian takes without being told.
CONNECTIONS = 1100


@pytest.fixture(scope="module")
def database_url(tmp_path_factory: pytest.TempPathFactory, sqlite_template: Path) -> str:
    return database_with("chat.acme.test", sqlite_template, tmp_path_factory.mktemp("strangers"))


@pytest.fixture(scope="module")
def alone(database_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[EdgeService]:
    """No proxy stands before it."""
    directory = tmp_path_factory.mktemp("alone")
    with edge_service(directory, DATABASE_URL=database_url, EDGE_TOKEN=TOKEN) as edge:
        yield edge


@pytest.fixture(scope="module")
def behind_a_proxy(database_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[EdgeService]:
    directory = tmp_path_factory.mktemp("behind")
    with edge_service(
        directory,
        DATABASE_URL=database_url,
        TRUSTED_PROXIES="1",
        EDGE_NETWORKS="10.0.0.0/8",
        EDGE_TOKEN=TOKEN,
    ) as edge:
        yield edge


def status(edge: EdgeService, path: str, *lines: str, version: str = "1.1") -> int:
    """The status that a request of these header lines gets."""
    text = "\r\n".join((f"GET {path} HTTP/{version}", "Connection: close", *lines, "", ""))
    with socket.create_connection(("127.0.0.1", edge.port), timeout=WAIT) as connection:
        connection.sendall(text.encode("latin-1"))
        return int(connection.makefile("rb").readline().split()[1])


@pytest.mark.parametrize("path", [ROUTE, "/edge/traefik", "/readyz", "/metrics"])
def test_proxy_on_this_machine_is_not_this_machine(alone: EdgeService, path: str) -> None:
    """nginx speaks HTTP/1.0, unless told otherwise, and adds no header."""
    here = "Host: 127.0.0.1"
    assert status(alone, path, here) == 200
    assert status(alone, path, here, version="1.0") == 401
    assert status(alone, path, "Host: chat.acme.test") == 401
    assert status(alone, path, version="1.0") == 401
    for header in ("X-Forwarded-For: 127.0.0.1", "x_forwarded_for: 127.0.0.1", "Via: \xff", "Forwarded:"):
        assert status(alone, path, here, header) == 401, header


@pytest.mark.parametrize("path", [ROUTE, "/edge/traefik", "/readyz", "/metrics"])
def test_nobody_names_himself(behind_a_proxy: EdgeService, path: str) -> None:
    """The server takes `X_Forwarded_For` for the header that proxies replace, and prefers it."""
    theirs = ("X-Forwarded-For: 203.0.113.9", "X_Forwarded_For: 10.0.0.1", "X-Forwarded_For: 10.0.0.1")
    for lines in (theirs[:1], theirs[1:2], theirs[:2], (theirs[0], theirs[2]), (theirs[1], theirs[0])):
        assert status(behind_a_proxy, path, "Host: edge.example", *lines) == 401, lines


@pytest.mark.parametrize("hops", [0, 1])
def test_proxy_that_the_server_might_hide_is_seen(tmp_path: Path, database_url: str, hops: int) -> None:
    """Where this machine may ask: who says HTTP/1.0 may be nginx; and a header's name with underscores may be a
    visitor's own.
    """
    chosen = {"EDGE_NETWORKS": "10.0.0.0/8,127.0.0.1/32", "TRUSTED_PROXIES": str(hops), "EDGE_TOKEN": TOKEN}
    here = "Host: 127.0.0.1"
    with edge_service(tmp_path, 1, DATABASE_URL=database_url, **chosen) as edge:
        assert status(edge, ROUTE, here) == 200
        assert status(edge, ROUTE, here, version="1.0") == 401
        for name in ("X-Forwarded-For", "X_Forwarded_For", "x-forwarded-for"):
            for path in (ROUTE, "/readyz", "/metrics", "/edge/traefik"):
                assert status(edge, path, here, f"{name}: 10.0.0.1") == 401, (name, path)
        both = ("X-Forwarded-For: 203.0.113.9", "X_Forwarded_For: 10.0.0.1")
        assert status(edge, ROUTE, here, *both) == 401
        assert status(edge, ROUTE, "Host: edge.example", *both, f"Authorization: Bearer {TOKEN}") == 200


def test_token_is_right_or_wrong_whatever_bytes_it_has(alone: EdgeService) -> None:
    right = f"Authorization: Bearer {TOKEN}"
    assert status(alone, ROUTE, "Host: edge.example", right) == 200
    for wrong in (
        "Authorization: Bearer \xe9\xff",
        "Authorization: Bearer schl\xc3\xbcssel",
        "Authorization:",
    ):
        assert status(alone, ROUTE, "Host: edge.example", wrong) == 401, wrong
    assert status(alone, ROUTE, "Host: edge.example", "Authorization: Bearer x", right) == 401


def test_connections_that_say_nothing_keep_nobody_out(alone: EdgeService) -> None:
    """Proxies keep connections for questions to come, and strangers open some that they never use."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(hard, max(soft, 4 * CONNECTIONS)), hard))
    try:
        with ExitStack() as stack:
            for _ in range(CONNECTIONS):
                connection = socket.create_connection(("127.0.0.1", alone.port), timeout=WAIT)
                stack.enter_context(connection)
            # Before the silent ones are closed, which leaves places whatever the number of them.
            asked = socket.create_connection(("127.0.0.1", alone.port), timeout=20)
            with asked:
                asked.sendall(b"GET /healthz HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n")
                assert asked.recv(1000).startswith(b"HTTP/1.1 200 ")
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
