"""Nameplate behind a real nginx and a real Caddy, as docs/operations.md configures them."""

from __future__ import annotations

import html
import http.client
import re
import shutil
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from http.cookies import SimpleCookie
from pathlib import Path
from urllib.parse import urlencode

import pytest

from tests.servers import proxies
from tests.service.nameplate import Nameplate

FEW = 3
#: For an answer that comes, on a busy machine.
PATIENCE_SECONDS = 60
TOKEN = "only-for-tests-edge-token"
HEADING, INSIDE = "### Behind a proxy", "#### Two proxies"
PUBLIC_URL = "https://nameplate.example"
FORGED = {
    "X-Forwarded-For": "203.0.113.9",
    "X-Real-IP": "203.0.113.9",
    "Forwarded": "for=203.0.113.9;proto=https;host=evil.test",
    "X-Forwarded-Host": "evil.test",
    "X-Client-IP": "203.0.113.9",
    "Client-IP": "203.0.113.9",
}
#: What tells more than yes or no.
CLOSED = ("/metrics", "/readyz", "/edge/traefik", "/edge/route?domain=chat.acme.test")


@dataclass
class Client:
    """A browser on a machine of its own: every 127.0.0.x is an address of this one."""

    port: int
    source: str = "127.0.0.1"
    https: bool = True
    headers: dict[str, str] = field(default_factory=dict)
    cookies: SimpleCookie = field(default_factory=SimpleCookie)

    def ask(
        self, method: str, path: str, body: str | None = None, **headers: str
    ) -> tuple[int, http.client.HTTPMessage, str]:
        sent = {"Referer": f"{PUBLIC_URL}/login", **self.headers, **headers}
        sent["Cookie"] = "; ".join(f"{name}={one.value}" for name, one in self.cookies.items())
        if body is not None:
            sent["Content-Type"] = "application/x-www-form-urlencoded"
        connection = self._connection()
        try:
            connection.request(method, path, body, sent)
            answer = connection.getresponse()
            for value in answer.headers.get_all("Set-Cookie") or ():
                self.cookies.load(value)
            return answer.status, answer.headers, answer.read().decode()
        finally:
            connection.close()

    def _connection(self) -> http.client.HTTPConnection:
        if not self.https:
            return http.client.HTTPConnection("localhost", self.port, PATIENCE_SECONDS, (self.source, 0))
        return http.client.HTTPSConnection(
            "localhost",
            self.port,
            timeout=PATIENCE_SECONDS,
            source_address=(self.source, 0),
            context=proxies.trusting(),
        )

    def wrong_password(self, **headers: str) -> int:
        """The status of a sign-in with an address that nobody has tried."""
        page = self.ask("GET", "/login", **headers)[2]
        token = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', page)
        assert token, page
        form = {
            "csrf_token": html.unescape(token[1]),
            "email": f"{next(_names)}@acme.test",
            "password": "x" * 12,
        }
        return self.ask("POST", "/login", urlencode(form), **headers)[0]

    def is_on_https(self, **headers: str) -> bool:
        """Whether the web takes the request for one over HTTPS, where a form has to come from a page of ours."""
        return self.wrong_password(Referer="https://evil.test/login", **headers) == 400


_names = (f"nobody{number}" for number in range(10**6))


@pytest.fixture(scope="module", params=[0, 1, 2], ids=["trusting none", "trusting one", "trusting two"])
def trusted(request: pytest.FixtureRequest) -> int:
    return int(request.param)


@pytest.fixture(scope="module")
def running_web(
    trusted: int, sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Nameplate]:
    nameplate = installed(tmp_path_factory.mktemp("web"), sqlite_template, trusted)
    with nameplate.web():
        yield nameplate


def installed(directory: Path, sqlite_template: Path, trusted: int, **more: str) -> Nameplate:
    shutil.copy(sqlite_template, directory / "nameplate.sqlite")
    settings = {
        "SECRET_KEY": "only-for-tests-0123456789",
        "PUBLIC_URL": PUBLIC_URL,
        "TRUSTED_PROXIES": str(trusted),
        "SIGN_IN_ATTEMPTS_PER_ADDRESS_PER_HOUR": str(FEW),
        "EDGE_TOKEN": TOKEN,
    }
    return Nameplate(directory, **{**settings, **more})


@pytest.fixture
def web(running_web: Nameplate) -> Nameplate:
    """Nobody has tried anything yet."""
    (running_web.directory / "limits.sqlite").unlink(missing_ok=True)
    return running_web


#: nginx as people write it who read no document: it tells nothing of the visitor. Over HTTP/1.1 nothing shows it.
BARE = """
server {
    listen 443 ssl;
    ssl_certificate /etc/ssl/nameplate.example.pem;
    ssl_certificate_key /etc/ssl/nameplate.example.key;
    location / { proxy_pass http://127.0.0.1:8000; }
}
"""
BARE_1_1 = BARE.replace("location / {", "location / { proxy_http_version 1.1;")
#: nginx that appends to what the visitor wrote.
APPENDING = proxies.snippet("operations.md", "nginx", HEADING).replace(
    "X-Forwarded-For   $remote_addr", "X-Forwarded-For   $proxy_add_x_forwarded_for"
)
assert "$proxy_add_x_forwarded_for" in APPENDING


@pytest.fixture(params=["nginx", "nginx that appends", "caddy"])
def port(request: pytest.FixtureRequest, web: Nameplate, trusted: int, tmp_path: Path) -> Iterator[int]:
    """As many proxies as are trusted, and one where none is."""
    if request.param == "caddy":
        start, config = proxies.caddy, proxies.snippet("operations.md", "caddyfile", HEADING)
    elif request.param == "nginx":
        start, config = proxies.nginx, proxies.snippet("operations.md", "nginx", HEADING)
    else:
        start, config = proxies.nginx, APPENDING
    with ExitStack() as stack:
        behind = web.port
        if trusted == 2:
            inner, language = (
                (proxies.caddy, "caddyfile") if request.param == "caddy" else (proxies.nginx, "nginx")
            )
            (tmp_path / "inner").mkdir()
            config_inside = proxies.snippet("operations.md", language, INSIDE)
            behind = stack.enter_context(inner(tmp_path / "inner", config_inside, web.port))
        yield stack.enter_context(start(tmp_path, config, behind))


def test_two_clients_have_two_limits_and_no_header_makes_a_third(port: int, trusted: int) -> None:
    first, second = Client(port, "127.0.0.2"), Client(port, "127.0.0.3")
    assert [first.wrong_password() for _ in range(FEW)] == [200] * FEW
    assert first.wrong_password() == 429
    for name, value in FORGED.items():
        assert first.wrong_password(**{name: value}) == 429, name
    assert second.wrong_password() == (200 if trusted else 429)

    status, headers, _ = second.ask("GET", "/login")
    assert status == 200
    assert "Strict-Transport-Security" in headers
    assert second.is_on_https() is bool(trusted), "the scheme is the proxy's word, if trusted"


def test_what_tells_more_than_yes_or_no_is_closed_to_visitors(port: int, web: Nameplate) -> None:
    visitor = Client(port)
    for path in CLOSED:
        assert visitor.ask("GET", path)[0] == 401, path
        for name, value in {**FORGED, "X-Forwarded-For": "127.0.0.1"}.items():
            assert visitor.ask("GET", path, **{name: value})[0] == 401, (path, name)
        assert Client(web.port, https=False).ask("GET", path)[0] == 401, "as a proxy that tells nothing"
    assert visitor.ask("GET", "/edge/ask?domain=chat.acme.test")[0] == 404
    assert visitor.ask("GET", "/healthz")[0] == 200
    authorization = {"Authorization": f"Bearer {TOKEN}"}
    assert visitor.ask("GET", "/edge/traefik", **authorization)[0] == 200


def test_proxy_that_tells_nothing_is_not_taken_for_this_machine(web: Nameplate, tmp_path: Path) -> None:
    for config in (BARE, BARE_1_1):
        with proxies.nginx(tmp_path, config, web.port) as port:
            for path in CLOSED:
                assert Client(port).ask("GET", path)[0] == 401, path
                assert Client(port).ask("GET", path, Host="localhost")[0] == 401, path


def test_programs_of_this_machine_are_told_from_a_proxys_visitors(
    sqlite_template: Path, tmp_path: Path
) -> None:
    """With EDGE_NETWORKS, and with each proxy that docs/operations.md configures."""
    web = installed(tmp_path, sqlite_template, 1, EDGE_NETWORKS="127.0.0.1/32")
    proxied = [
        (proxies.nginx, proxies.snippet("operations.md", "nginx", HEADING)),
        (proxies.caddy, proxies.snippet("operations.md", "caddyfile", HEADING)),
    ]
    with web.web():
        for path in CLOSED:
            assert Client(web.port, https=False).ask("GET", path)[0] in {200, 404, 503}, path
        for start, config in proxied:
            with start(tmp_path, config, web.port) as port:
                for path in CLOSED:
                    assert Client(port, "127.0.0.2").ask("GET", path, Host="localhost")[0] == 401, path


def test_scheme_is_what_the_trusted_proxy_says_in_one_header(web: Nameplate, trusted: int) -> None:
    """Nobody else's word is taken: gunicorn would believe these headers of any program on its machine."""
    near = Client(web.port, https=False)
    for header, value in {"Proto": "https", "Protocol": "ssl", "Ssl": "on"}.items():
        believed = bool(trusted) and header == "Proto"
        assert near.is_on_https(**{f"X-Forwarded-{header}": value}) is believed, header
