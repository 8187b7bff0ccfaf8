"""Whom a request is led to."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime

import pytest
from werkzeug.test import Client, TestResponse

from webapp.sandbox.assistant.app import create_assistant
from webapp.sandbox.tls_edge.certificates import Served
from webapp.sandbox.tls_edge.passage import SERVED, Passage
from webapp.sandbox.tls_edge.questions import AwayError, Nameplate, Passed, Route

NAME = "chat.acme.test"
ROUTE = Route("1234-5678-9012", "sales-assistant", "sales-assistant.1234-5678-9012.api.platform.example")
NONCE = "/.well-known/nameplate/abcdefghijklmnopqrstuv"


class Twin(Nameplate):
    """Knows one route, or is away, and remembers what was handed on to it."""

    def __init__(self) -> None:
        super().__init__("127.0.0.1", 1)
        self.known: Route | None = ROUTE
        self.away = False
        self.nobody = Passed(404, "text/html; charset=utf-8", b"<p>not connected</p>")
        self.handed: list[tuple[str, dict[str, str]]] = []

    def route(self, name: str) -> Route | None:
        self._must_be_there()
        return self.known if name == NAME else None

    def hand_on(self, path: str, headers: Mapping[str, str]) -> Passed:
        self._must_be_there()
        self.handed.append((path, dict(headers)))
        return self.nobody if path == "/edge/nobody" else Passed(200, "text/plain; charset=utf-8", b"proof\n")

    def _must_be_there(self) -> None:
        if self.away:
            raise AwayError("Nameplate is away.")


@pytest.fixture
def nameplate() -> Twin:
    return Twin()


def visit(
    nameplate: Twin, path: str = "/", *, host: str = NAME, method: str = "GET", **headers: str
) -> TestResponse:
    served = Served(NAME, "Nameplate sandbox edge", datetime(2027, 1, 2, 3, 4, tzinfo=UTC))
    client = Client(Passage(nameplate, create_assistant(lambda _seconds: None)))
    given = {"Host": host, "Accept": "text/html", **headers}
    return client.open(path, method=method, headers=given, environ_overrides={SERVED: served})


def test_visitors_reach_the_llm_client_which_knows_the_name_they_came_by(nameplate: Twin) -> None:
    page = visit(nameplate).text
    for said in (
        NAME,
        ROUTE.label,
        ROUTE.default_host,
        "Nameplate sandbox edge",
        "2 January 2027, 03:04 UTC",
    ):
        assert said in page
    assert nameplate.handed == []


@pytest.mark.parametrize(
    "host", ["chat.acme.test:8443", "CHAT.acme.test", "chat.acme.test.", "Chat.Acme.Test.:8443"]
)
def test_a_host_is_the_same_in_capitals_with_port_and_final_dot(nameplate: Twin, host: str) -> None:
    assert visit(nameplate, host=host).status_code == 200


@pytest.mark.parametrize(
    "host", ["", "other.acme.test", "chat.acme.test:http", "127.0.0.1:8443", "chat.acme.test.."]
)
def test_a_request_for_another_host_is_misdirected(nameplate: Twin, host: str) -> None:
    assert visit(nameplate, host=host).status_code == 421
    assert visit(nameplate, NONCE, host=host).status_code == 421
    assert nameplate.handed == []


def test_proofs_are_nameplates_to_answer_with_the_host_of_the_visitor(nameplate: Twin) -> None:
    answer = visit(nameplate, f"{NONCE}?a=b", Cookie="secret=1", Authorization="Bearer x")
    assert (answer.status_code, answer.text) == (200, "proof\n")
    assert nameplate.handed == [(f"{NONCE}?a=b", {"Host": NAME, "Accept": "text/html"})]
    assert visit(nameplate, NONCE, method="POST").status_code == 405
    assert len(nameplate.handed) == 1


def test_a_name_without_an_llm_client_shows_what_nameplate_says_of_it(nameplate: Twin) -> None:
    nameplate.known = None
    answer = visit(nameplate, "/anything")
    assert (answer.status_code, answer.text) == (404, "<p>not connected</p>")
    assert nameplate.handed == [("/edge/nobody", {"Host": NAME, "Accept": "text/html"})]

    nameplate.nobody = Passed(500, "text/html", b"a fault")
    answer = visit(nameplate)
    assert (answer.status_code, answer.mimetype) == (404, "text/plain")


def test_while_nameplate_is_away_it_is_neither_yes_nor_no(nameplate: Twin) -> None:
    nameplate.away = True
    for path in ("/", NONCE):
        answer = visit(nameplate, path)
        assert (answer.status_code, answer.text) == (503, "Nameplate is away.\n")
        assert answer.headers["Retry-After"] == "5"
