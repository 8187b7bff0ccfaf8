"""The pages of help over HTTP, without a sign-in, and what programs look for at well-known addresses."""

from __future__ import annotations

from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient

from tests.app_fixtures import make_app, sign_in
from tests.page_lint import elements, lint, parse, text_of, with_id
from webapp.dns.delegation import Verdict
from webapp.help_pages.glossary import TERMS
from webapp.models import User

PAGES = ["/help", "/help/providers", "/help/providers/cloudflare", "/help/providers/other", "/help/verdicts"]


@pytest.mark.parametrize("path", [*PAGES, *(f"/help/verdicts/{one.value}" for one in Verdict)])
def test_page_is_sound_and_needs_no_sign_in(client: FlaskClient, path: str) -> None:
    answer = client.get(path)
    assert answer.status_code == 200
    assert lint(answer.text) == []


def test_help_says_what_it_takes_and_explains_each_word(client: FlaskClient) -> None:
    text = client.get("/help").text
    assert "A domain that you own" in text
    assert "Ten minutes" in text
    page = parse(text)
    for term in TERMS:
        assert term.word in text_of(with_id(page, term.id))


@pytest.mark.parametrize(("most", "often"), [(48, "every 6 to 48 hours"), (6, "every 6 hours")])
def test_help_says_how_often_this_installation_checks(tmp_path: Path, most: int, often: str) -> None:
    text = make_app(tmp_path, live_check_hours_max=most).test_client().get("/help").text
    assert f"We check them again {often}, and e-mail you before anything stops." in text


def test_provider_is_one_click_away(client: FlaskClient) -> None:
    page = parse(client.get("/help/providers/hetzner").text)
    there = {text_of(link): link for link in elements(page, "a") if link.get("rel") == "noreferrer"}
    assert there["Open Hetzner"].get("href") == "https://console.hetzner.com/"
    assert there["Instructions of Hetzner"].get("href") == "https://docs.hetzner.com/networking/dns"
    others = parse(client.get("/help/providers/other").text)
    assert [link for link in elements(others, "a") if "data-panel" in link.attrib] == []


def test_verdict_has_one_address(client: FlaskClient) -> None:
    assert client.get("/help/verdicts/ns-mistyped").location == "/help/verdicts/NS_MISTYPED"
    assert client.get("/help/verdicts/NOTHING").status_code == 404
    assert "dig NS chat.acme.com" in client.get("/help/verdicts/NS_MISTYPED").text


def test_guide_shows_the_methods_that_are_offered(tmp_path: Path) -> None:
    app = make_app(tmp_path)
    text = app.test_client().get("/help/providers/cloudflare").text
    assert "Four NS records" in text
    assert "A TXT record and a CNAME record" not in text


@pytest.mark.parametrize("path", ["/help", "/help/verdicts/TOKEN_MISSING", "/help/providers/cloudflare"])
def test_txt_record_has_the_label_of_the_installation(tmp_path: Path, path: str) -> None:
    chosen = {"methods": ["records"], "challenge_label": "_acme-proof"}
    app = make_app(tmp_path)
    app.extensions["settings"] = app.extensions["settings"].model_copy(update=chosen)
    text = app.test_client().get(path).text
    assert "_acme-proof.chat" in text
    assert "_nameplate-challenge" not in text
    assert "{label}" not in text


def test_problems_of_the_api_keep_their_addresses(client: FlaskClient) -> None:
    assert client.get("/help/problems/too-soon").status_code == 200
    assert client.get("/help/problems").status_code == 200
    assert "/help/problems" in client.get("/help").text


def test_robots_see_help_and_nothing_of_anybodys(client: FlaskClient) -> None:
    answer = client.get("/robots.txt")
    assert answer.mimetype == "text/plain"
    lines = answer.text.splitlines()
    assert lines[0] == "User-agent: *"
    assert "Allow: /help" in lines
    assert lines[-1] == "Disallow: /"
    assert not any("domains" in line for line in lines)


def test_programs_are_led_to_the_page_that_changes_a_password(client: FlaskClient, customer: User) -> None:
    answer = client.get("/.well-known/change-password")
    assert (answer.status_code, answer.location) == (302, "/account/password")
    sign_in(client, customer)
    assert client.get(answer.location).status_code == 200


def test_security_txt_tells_whom_to_write_to(tmp_path: Path, client: FlaskClient) -> None:
    assert client.get("/.well-known/security.txt").status_code == 404
    app = make_app(tmp_path, support_contact="help@acme.net", public_url="https://nameplate.example")
    text = app.test_client().get("/.well-known/security.txt").text
    fields = dict(line.split(": ", 1) for line in text.splitlines())
    assert fields["Contact"] == "mailto:help@acme.net"
    assert fields["Expires"].endswith("T00:00:00Z")
    assert fields["Canonical"] == "https://nameplate.example/.well-known/security.txt"


@pytest.mark.parametrize(
    ("contact", "link"),
    [
        ("help@acme.net", 'href="mailto:help@acme.net"'),
        ("https://acme.net/help?a=1&b=2", 'href="https://acme.net/help?a=1&amp;b=2"'),
    ],
)
def test_contact_stands_below_every_page(tmp_path: Path, contact: str, link: str) -> None:
    app: Flask = make_app(tmp_path, support_contact=contact)
    for path in ("/", "/login", "/help", "/nowhere"):
        assert link in app.test_client().get(path).text
