"""The page that shows a visit, as far as it comes without a connection; tests/service has the rest."""

from __future__ import annotations

from pathlib import Path

import html5lib
import pytest
from flask.testing import FlaskClient

from tests.page_lint import lint, text_of
from webapp.sandbox.app import create_sandbox_app
from webapp.sandbox.aws.route53_zones import Account
from webapp.sandbox.provider import records
from webapp.sandbox.provider.typed import Typed, read
from webapp.sandbox.shared.store import Store
from webapp.sandbox.visits.visit import Edge


@pytest.fixture
def web(account: Account, tmp_path: Path) -> FlaskClient:
    return create_sandbox_app(account, Edge(8443, tmp_path / "edge-authority.pem")).test_client()


def said(web: FlaskClient, name: str, status: int = 200) -> str:
    answer = web.get("/visit", query_string={"name": name})
    assert answer.status_code == status
    page = html5lib.parse(answer.text, namespaceHTMLElements=False)
    return text_of(page.find(".//main"))


def typed(store: Store, name: str, kind: str, value: str, *, proxied: bool = False) -> None:
    records.add(store, read(Typed(name, kind, "60", value, proxied)))


def test_without_a_name_it_asks_for_one_and_the_list_of_domains_leads_there(web: FlaskClient) -> None:
    page = web.get("/visit").text
    assert "<h1>Visit a name</h1>" in page
    assert "What happened" not in page
    assert lint(page) == []
    assert 'href="/visit"' in web.get("/").text


def test_without_an_edge_nothing_can_be_visited(account: Account) -> None:
    web = create_sandbox_app(account).test_client()
    assert web.get("/visit").status_code == 404
    assert "visit" not in web.get("/").text


def test_a_name_that_does_not_exist(web: FlaskClient) -> None:
    assert "NXDOMAIN: the name does not exist." in said(web, "chat.acme.test")
    assert lint(web.get("/visit?name=chat.acme.test").text) == []


def test_a_name_is_shown_in_its_own_letters(web: FlaskClient) -> None:
    assert said(web, "https://BÜCHER.acme.test/").startswith(
        "Your domains at the DNS provider A visit to bücher.acme.test"
    )


def test_a_name_whose_target_is_gone(web: FlaskClient, store: Store) -> None:
    typed(store, "chat.acme.test", "CNAME", "gone.sandbox-edge.test")
    shown = said(web, "Chat.Acme.Test.")
    assert "CNAME gone.sandbox-edge.test" in shown
    assert "NXDOMAIN: the name leads to gone.sandbox-edge.test, which does not exist." in shown


def test_a_name_without_an_address(web: FlaskClient, store: Store) -> None:
    typed(store, "_nameplate-challenge.chat.acme.test", "TXT", "token")
    assert "No A record: visitors find no address." in said(web, "chat.acme.test")


def test_a_name_that_leads_elsewhere(web: FlaskClient, store: Store) -> None:
    typed(store, "chat.acme.test", "A", "203.0.113.7")
    assert "A 203.0.113.7 This is not the platform’s edge, which is at 203.0.113.80" in said(
        web, "chat.acme.test"
    )


def test_a_name_behind_a_proxy(web: FlaskClient, store: Store) -> None:
    typed(store, "chat.acme.test", "A", "203.0.113.80", proxied=True)
    assert "addresses of the DNS provider’s proxy" in said(web, "chat.acme.test")


def test_a_name_whose_servers_are_dead(web: FlaskClient, store: Store) -> None:
    typed(store, "chat.acme.test", "NS", "ns-1.awsdns-00.com")
    assert "SERVFAIL: no name server of the zone answers for the name." in said(web, "chat.acme.test")


@pytest.mark.parametrize("name", ["chat_acme!", "a..b", "https://"])
def test_what_is_no_host_name_is_said_and_kept(web: FlaskClient, name: str) -> None:
    assert said(web, name, 422)
    page = web.get("/visit", query_string={"name": name}).text
    assert 'aria-invalid="true"' in page
    assert "<title>Please correct: Visit a name" in page


def test_the_frame_of_what_is_no_host_name_says_so(web: FlaskClient) -> None:
    assert web.get("/visit/at/a..b/").status_code == 422


def test_the_frame_of_a_name_that_answers_nothing_says_so(web: FlaskClient) -> None:
    answer = web.get("/visit/at/chat.acme.test/")
    assert (answer.status_code, answer.text) == (502, "Nothing answers.\n")


def test_the_frame_may_do_less_than_the_page_around_it(web: FlaskClient) -> None:
    frame = web.get("/visit/at/chat.acme.test/").headers["Content-Security-Policy"]
    assert frame.startswith("sandbox allow-forms; default-src 'none'")
    assert "frame-ancestors 'self'" in frame
    for path in ("/", "/visit"):
        assert "frame-ancestors 'none'" in web.get(path).headers["Content-Security-Policy"]


def test_the_line_for_a_terminal_is_safe_to_copy(tmp_path: Path) -> None:
    line = Edge(8443, Path("/my files/edge-authority.pem")).curl("chat.acme.test")
    assert line == (
        "curl --resolve chat.acme.test:8443:127.0.0.1 --cacert '/my files/edge-authority.pem'"
        " https://chat.acme.test:8443/"
    )
