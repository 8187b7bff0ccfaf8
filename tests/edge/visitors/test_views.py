"""What is answered at customers' names: the proof that this edge is ours, and nobody's page."""

from __future__ import annotations

import hashlib
import json
import re
from base64 import b64encode
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from tests.factories import make_account, make_domain, make_llm_client
from tests.page_lint import lint
from tests.statements import statements
from webapp.edge.visitors import nobody
from webapp.edge.visitors.proof import proof
from webapp.extensions import db
from webapp.models import Account, DomainState, LLMClientCustomDomain, utcnow

NONCE = "0123456789abcdefghijkl"
NAME = "chat.acme.test"


def visit(
    client: FlaskClient, host: str, nonce: str = NONCE, method: str = "GET", **headers: str
) -> TestResponse:
    """`host` in UTF-8, as a server has it: every byte of a header is a character (PEP 3333)."""
    return client.open(
        f"/.well-known/nameplate/{nonce}",
        method=method,
        headers=headers,
        environ_overrides={"HTTP_HOST": host.encode().decode("latin-1")},
    )


class Stranger(FlaskClient):
    """As the tests' `Browser`, without its lint, which knows no page that has its style inside."""

    def open(self, *args: Any, **kwargs: Any) -> TestResponse:
        with self.application.app_context():
            return super().open(*args, **{"buffered": True, **kwargs})


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    return Stranger(app, app.response_class, use_cookies=False)


@pytest.fixture
def served(account: Account) -> LLMClientCustomDomain:
    domain = make_domain(account, NAME, DomainState.VERIFIED)
    make_llm_client(account, deployed=True, custom_domain=domain)
    db.session.commit()
    return domain


def is_nobodys(response: TestResponse) -> bool:
    return (response.status_code, response.headers["Nameplate-Answer"], response.text) == (
        404,
        "nobody",
        nobody.TEXT,
    )


@pytest.mark.parametrize(
    "host", [NAME, "CHAT.Acme.Test", f"{NAME}.", f"{NAME}:443", f"{NAME}.:8443", f"{NAME}:"]
)
def test_served_name_has_its_proof(
    app: Flask, client: FlaskClient, served: LLMClientCustomDomain, host: str
) -> None:
    response = visit(client, host)
    assert response.status_code == 200
    assert response.text == proof(app.extensions["settings"].secret_key, served.id, NAME, NONCE) + "\n"
    assert (response.mimetype, response.headers["Nameplate-Answer"]) == ("text/plain", "proof")


def test_name_in_its_own_letters_is_the_encoded_one(client: FlaskClient, account: Account) -> None:
    domain = make_domain(account, "chat.xn--bcher-kva.test", DomainState.VERIFIED)
    make_llm_client(account, deployed=True, custom_domain=domain)
    db.session.commit()
    encoded = visit(client, "chat.xn--bcher-kva.test")
    assert encoded.status_code == 200
    assert visit(client, "chat.bücher.test").text == encoded.text


@pytest.mark.parametrize("state", list(DomainState))
def test_only_verified_names_are_proved_and_all_others_are_nobodys(
    client: FlaskClient, account: Account, state: DomainState
) -> None:
    make_llm_client(account, deployed=True, custom_domain=make_domain(account, NAME, state))
    db.session.commit()
    response = visit(client, NAME)
    if state.is_verified:
        assert response.status_code == 200
    else:
        assert is_nobodys(response)


def test_suspended_deleted_undeployed_and_unknown_are_nobodys(client: FlaskClient) -> None:
    suspended, deleted, undeployed = (make_account(name) for name in ("Suspended", "Deleted", "Undeployed"))
    for account in (suspended, deleted, undeployed):
        domain = make_domain(account, f"{account.name.lower()}.test", DomainState.VERIFIED)
        make_llm_client(account, deployed=account is not undeployed, custom_domain=domain)
        if account is suspended:
            domain.held_at = utcnow()
    deleted.deleted_at = utcnow()
    db.session.commit()
    for name in ("suspended.test", "deleted.test", "undeployed.test", "never.test"):
        assert is_nobodys(visit(client, name)), name


@pytest.mark.parametrize(
    "nonce", ["short", "a" * 21, "a" * 65, "a" * 21 + "!", f"{NONCE}/more", f"{NONCE}%20", "%ff" * 22]
)
def test_path_without_a_nonce_is_nobodys(
    client: FlaskClient, served: LLMClientCustomDomain, nonce: str
) -> None:
    with statements() as seen:
        assert is_nobodys(visit(client, NAME, nonce))
    assert seen == []


@pytest.mark.parametrize(
    "host",
    [
        *(
            "",
            "localhost",
            "192.0.2.1",
            "[2001:db8::1]",
            "[2001:db8::1]:443",
            "chat..acme.test",
            f"{NAME}:443:443",
        ),
        *(
            f"{NAME}:0x1bb",
            f" {NAME}",
            f"{NAME}, evil.test",
            f"user@{NAME}",
            f"{NAME}/path",
            "a" * 64 + ".test",
        ),
        *("a." * 130 + "test", "a" * 5000, "ÿþ.test", "%00", "chat.acme.test%"),
    ],
)
def test_host_that_is_no_name_is_nobodys(
    client: FlaskClient, served: LLMClientCustomDomain, host: str
) -> None:
    assert is_nobodys(visit(client, host))


def test_host_in_bytes_that_are_no_text_is_nobodys(
    client: FlaskClient, served: LLMClientCustomDomain
) -> None:
    path = f"/.well-known/nameplate/{NONCE}"
    assert is_nobodys(client.get(path, environ_overrides={"HTTP_HOST": f"ÿ{NAME}"}))


def test_one_look_up_by_name(client: FlaskClient, served: LLMClientCustomDomain) -> None:
    with statements() as seen:
        assert visit(client, NAME).status_code == 200
    assert len(seen) == 1
    assert "domain_name = " in seen[0]


def test_silent_database_proves_nothing_and_denies_nothing(client: FlaskClient) -> None:
    db.drop_all()
    response = visit(client, NAME)
    assert (response.status_code, response.mimetype, response.text.count("\n")) == (503, "text/plain", 1)
    assert "Nameplate-Answer" not in response.headers
    assert is_nobodys(client.get("/edge/nobody"))


@pytest.mark.parametrize("path", ["/edge/nobody", f"/.well-known/nameplate/{NONCE}"])
def test_answers_bind_no_visitor_to_us(client: FlaskClient, served: LLMClientCustomDomain, path: str) -> None:
    """No cookie, nothing kept, and no promise for a host that is the customer's."""
    response = client.get(path, headers={"Host": NAME}, base_url="https://localhost")
    assert response.headers["Cache-Control"] == "no-store"
    assert {"Set-Cookie", "Strict-Transport-Security", "Permissions-Policy"} & set(
        response.headers.keys()
    ) == set()


def test_nobodys_page_is_the_same_for_every_host(client: FlaskClient) -> None:
    for host in (NAME, "", "nobody.test", "[::1]", "a..b"):
        assert is_nobodys(client.get("/edge/nobody?a=b", environ_overrides={"HTTP_HOST": host})), host


def test_head_is_answered_like_get(client: FlaskClient, served: LLMClientCustomDomain) -> None:
    assert visit(client, NAME, method="HEAD").status_code == 200
    assert visit(client, "other.test", method="HEAD").status_code == 404
    assert client.head("/edge/nobody").status_code == 404


BROWSER = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"


@pytest.mark.parametrize(
    ("accept", "mimetype"),
    [
        (BROWSER, "text/html"),
        ("*/*", "text/plain"),
        ("", "text/plain"),
        ("text/plain", "text/plain"),
        ("application/json", "application/json"),
        ("application/problem+json", "application/problem+json"),
        ("application/json, text/event-stream", "application/json"),
        ("image/avif,image/webp,*/*;q=0.8", "text/plain"),
        ("image/png", "text/plain"),
        ("text/html;q=0", "text/plain"),
        ("nonsense", "text/plain"),
    ],
)
def test_page_is_what_the_visitor_reads(client: FlaskClient, accept: str, mimetype: str) -> None:
    response = client.get("/edge/nobody", headers={"Accept": accept})
    assert response.mimetype == mimetype
    assert "Accept" in response.vary
    assert nobody.TITLE in response.text
    if "json" in mimetype:
        assert json.loads(response.data)["status"] == 404


def test_page_loads_nothing_and_runs_nothing(client: FlaskClient) -> None:
    response = client.get("/edge/nobody", headers={"Accept": BROWSER})
    policy = response.headers["Content-Security-Policy"]
    (style,) = re.findall(r"<style>(.*?)</style>", response.text, flags=re.DOTALL)
    assert f"'sha256-{b64encode(hashlib.sha256(style.encode()).digest()).decode()}'" in policy
    assert policy.startswith("default-src 'none'; ")
    assert lint(response.text) == ["a style element"]
    assert (
        re.search(r"<(script|img|link|form|iframe|a)\b|url\(|@import|style=|\son\w+=", response.text) is None
    )
