"""What tells more than yes or no answers this machine, the operator's networks, and whoever has the token."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from flask.testing import FlaskClient

from tests.app_fixtures import make_app
from webapp.extensions import db
from webapp.health.doctor.diagnosis import Health
from webapp.health.doctor.visitors import edge_health, proxies_health
from webapp.runtime.requests.askers import FORWARDING_HEADERS

TOKEN = "a-token-for-the-edge-0123456789"
CLOSED = ("/edge/traefik", "/edge/route?domain=chat.acme.test", "/readyz", "/metrics")
OPEN = ("/edge/ask?domain=chat.acme.test", "/healthz")
FAR = {"REMOTE_ADDR": "203.0.113.9"}


@contextmanager
def served(directory: Path, **settings: object) -> Iterator[FlaskClient]:
    app = make_app(directory, database_url=f"sqlite:///{directory / 'nameplate.sqlite'}", **settings)
    with app.app_context():
        db.create_all()
        yield app.test_client()
        db.session.remove()
        db.engine.dispose()


def answers(browser: FlaskClient, path: str, where: dict[str, str], **headers: str) -> bool:
    status = browser.get(path, environ_overrides=where, headers=headers).status_code
    assert status in {200, 401, 404, 503}
    return status != 401


@pytest.fixture
def browser(tmp_path: Path) -> Iterator[FlaskClient]:
    with served(tmp_path) as browser:
        yield browser


@pytest.mark.parametrize("path", [*CLOSED, *OPEN])
def test_strangers_get_no_more_than_yes_or_no(browser: FlaskClient, path: str) -> None:
    assert answers(browser, path, FAR) is (path in OPEN)
    assert answers(browser, path, FAR, Authorization="Bearer ") is (path in OPEN)
    assert answers(browser, path, {}), "this machine"
    assert answers(browser, path, {"REMOTE_ADDR": "::1"})
    assert answers(browser, path, {"REMOTE_ADDR": "::ffff:127.0.0.1"})
    assert answers(browser, path, {"REMOTE_ADDR": ""}) is (path in OPEN)


@pytest.mark.parametrize("path", CLOSED)
def test_proxy_on_this_machine_is_not_this_machine(browser: FlaskClient, path: str) -> None:
    for header in FORWARDING_HEADERS:
        assert not answers(browser, path, {}, **{header: "127.0.0.1"}), header
    assert not answers(browser, path, {"SERVER_PROTOCOL": "HTTP/1.0"}), "nginx, unless told otherwise"
    assert not answers(browser, path, {}, Host="nameplate.example"), "a proxy that keeps the visitor's Host"
    for host in ("127.0.0.1:8000", "[::1]:8000", "localhost", "LOCALHOST:80"):
        assert answers(browser, path, {}, Host=host), host


PROXIED = [
    {"public_url": "https://nameplate.example"},
    {"public_url": "HTTPS://nameplate.example"},
    {"public_url": "https://nameplate.example", "trusted_proxies": 1},
    {"trusted_proxies": 1},
]


@pytest.mark.parametrize("settings", PROXIED)
def test_behind_a_proxy_nobody_is_this_machine_by_the_address_alone(
    tmp_path: Path, settings: dict[str, object]
) -> None:
    """A proxy here that passes bytes on shows nothing of its visitors, who may write any Host."""
    with served(tmp_path, **settings) as browser:
        for path in CLOSED:
            for host in ("127.0.0.1:8000", "localhost", "nameplate.example"):
                assert not answers(browser, path, {}, Host=host), (path, host)
        assert all(answers(browser, path, {}) for path in OPEN)


@pytest.mark.parametrize("settings", PROXIED)
def test_operator_opens_to_the_programs_of_this_machine(tmp_path: Path, settings: dict[str, object]) -> None:
    chosen = {**settings, "edge_networks": "127.0.0.1/32", "edge_token": TOKEN}
    with served(tmp_path, **chosen) as browser:
        for path in CLOSED:
            assert answers(browser, path, {}, Host="127.0.0.1:8000"), path
            assert not answers(browser, path, {"SERVER_PROTOCOL": "HTTP/1.0"}, Host="127.0.0.1:8000"), path
            assert not answers(browser, path, {}, Host="nameplate.example"), path
            assert not answers(browser, path, {}, Via="1.1 somebody"), path
            assert not answers(browser, path, {}, **{"X-Forwarded-For": "203.0.113.9"}), path
        for path in CLOSED[:3]:
            assert answers(browser, path, {}, Host="edge.example", Authorization=f"Bearer {TOKEN}"), path


@pytest.mark.parametrize("path", CLOSED[:3])
def test_token_opens_from_anywhere(tmp_path: Path, path: str) -> None:
    with served(tmp_path, edge_token=TOKEN) as browser:
        assert answers(browser, path, FAR, Authorization=f"Bearer {TOKEN}")
        assert answers(browser, path, {})
        for wrong in ("Bearer wrong", f"Basic {TOKEN}", TOKEN, "Bearer schlüssel", ""):
            assert not answers(browser, path, FAR, Authorization=wrong), wrong


@pytest.mark.parametrize("path", CLOSED)
def test_networks_of_the_operator_read_without_a_token(tmp_path: Path, path: str) -> None:
    with served(tmp_path, edge_networks="10.0.0.0/8, 2001:db8::/64") as browser:
        for address in ("10.1.2.3", "2001:db8::7", "::ffff:10.0.0.1"):
            assert answers(browser, path, {"REMOTE_ADDR": address}), address
        for address in ("11.0.0.1", "2001:db8:1::7", "127.0.0.1.evil"):
            assert not answers(browser, path, {"REMOTE_ADDR": address}), address
        through = {"X-Forwarded-For": "10.9.9.9"}
        assert not answers(browser, path, {"REMOTE_ADDR": "10.1.2.3"}, **through), (
            "a proxy there, for anybody"
        )
        assert not answers(browser, path, FAR, **through), "anybody can write that"


@pytest.mark.parametrize("path", CLOSED)
def test_networks_see_the_visitor_that_trusted_proxies_name(tmp_path: Path, path: str) -> None:
    with served(tmp_path, edge_networks="10.0.0.0/8", trusted_proxies=2) as browser:
        proxy = {"REMOTE_ADDR": "10.1.2.3"}
        assert answers(browser, path, proxy, **{"X-Forwarded-For": "10.9.9.9, 10.2.2.2"})
        assert answers(browser, path, proxy, **{"X-Forwarded-For": "1.2.3.4, 10.9.9.9, 10.2.2.2"})
        assert not answers(browser, path, proxy, **{"X-Forwarded-For": "10.9.9.9, 1.2.3.4, 10.2.2.2"})
        assert not answers(browser, path, proxy, **{"X-Forwarded-For": "10.9.9.9"}), "one proxy was passed by"
        assert not answers(browser, path, proxy, Via="1.1 somebody"), "of whom we know nothing"


@pytest.mark.parametrize(
    ("values", "health", "words"),
    [
        ({}, Health.OK, "No proxy is trusted"),
        ({"public_url": "https://nameplate.example"}, Health.WRONG, "TRUSTED_PROXIES is 0"),
        ({"public_url": "https://nameplate.example", "trusted_proxies": 1}, Health.OK, "1 proxy is trusted"),
        ({"trusted_proxies": 2}, Health.OK, "2 proxies are trusted"),
    ],
)
def test_doctor_judges_the_proxies(
    tmp_path: Path, values: dict[str, object], health: Health, words: str
) -> None:
    found = proxies_health(make_app(tmp_path, **values).extensions["settings"])
    assert (found.health, words in found.sentence) == (health, True)


@pytest.mark.parametrize(
    ("values", "health", "words"),
    [
        ({}, Health.OK, "answer this machine alone"),
        ({"edge_token": TOKEN}, Health.OK, "answer this machine and whoever sends EDGE_TOKEN."),
        ({"edge_networks": "10.0.0.0/8"}, Health.OK, "answer this machine and 10.0.0.0/8."),
        ({"edge_networks": "0.0.0.0/0"}, Health.WRONG, "0.0.0.0/0"),
        ({"edge_networks": "10.0.0.0/8,::/0"}, Health.WRONG, "::/0"),
        ({"edge_networks": "203.0.113.7/32"}, Health.OK, "203.0.113.7/32"),
        ({"trusted_proxies": 1}, Health.OK, "answer nobody: a proxy stands before Nameplate"),
        (
            {"public_url": "https://nameplate.example", "edge_networks": "127.0.0.1/32"},
            Health.OK,
            "answer 127.0.0.1/32.",
        ),
        (
            {"trusted_proxies": 1, "edge_networks": "127.0.0.1/32", "edge_token": TOKEN},
            Health.OK,
            "answer 127.0.0.1/32 and whoever sends EDGE_TOKEN.",
        ),
    ],
)
def test_doctor_judges_who_may_ask(
    tmp_path: Path, values: dict[str, object], health: Health, words: str
) -> None:
    found = edge_health(make_app(tmp_path, **values).extensions["settings"])
    assert (found.health, words in found.sentence) == (health, True)
    assert TOKEN not in found.sentence
