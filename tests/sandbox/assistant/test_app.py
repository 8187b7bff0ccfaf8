"""The demo LLM client: its page and its API."""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any

import pytest
from werkzeug.test import Client, TestResponse

from tests.page_lint import lint
from webapp.sandbox.assistant.app import create_assistant
from webapp.sandbox.assistant.visitor import Visitor, arriving

VISITOR = Visitor(
    "xn--mnchen-3ya.acme.test",
    "1234-5678-9012",
    "sales-assistant",
    "sales-assistant.1234-5678-9012.api.platform.example",
    "Nameplate sandbox edge",
    datetime(2027, 1, 2, tzinfo=UTC),
)
ASKED = {"role": "user", "content": "Are you <open>?"}


@pytest.fixture
def slept() -> list[float]:
    return []


@pytest.fixture
def client(slept: list[float]) -> Client:
    app = create_assistant(slept.append)
    app.testing = True

    def behind_the_edge(environ: Any, start: Any) -> Iterable[bytes]:
        return app(arriving(environ, VISITOR), start)

    return Client(behind_the_edge)


def page(client: Client, question: str = "") -> TestResponse:
    return client.get("/", query_string={"question": question}, headers={"Accept": "text/html,*/*;q=0.8"})


def ask(client: Client, **document: Any) -> TestResponse:
    return client.post("/v1/chat/completions", json=document)


def test_the_page_is_valid_says_whose_it_is_and_allows_no_script(client: Client) -> None:
    answer = page(client)
    assert lint(answer.text) == []
    assert "<h1>Sales assistant</h1>" in answer.text
    assert "data-host>xn--mnchen-3ya.acme.test<" in answer.text
    assert 'id="answer"' not in answer.text
    assert "script-src" not in answer.headers["Content-Security-Policy"]
    assert answer.headers["Content-Security-Policy"].startswith("default-src 'none'")
    assert answer.headers["Cache-Control"] == "no-store"


def test_a_question_is_answered_word_by_word_and_stays_text(client: Client, slept: list[float]) -> None:
    answer = page(client, "Are you <open>?")
    assert lint(answer.text) == []
    assert "Are you &lt;open&gt;?" in answer.text
    assert "<open>" not in answer.text
    assert len(slept) > 10


def test_the_page_comes_in_pieces_as_the_answer_is_made(client: Client) -> None:
    pieces = list(page(client, "Hello").iter_encoded())
    assert len(pieces) > 10


def test_a_terminal_gets_text(client: Client) -> None:
    answer = client.get("/", headers={"Accept": "*/*"})
    assert answer.mimetype == "text/plain"
    assert VISITOR.default_host in answer.text
    assert answer.text.endswith("}\n")
    document = json.loads(answer.text.splitlines()[-1])
    assert ask(client, **document).status_code == 200


def test_the_api_answers_whole_or_streamed_and_says_the_same(client: Client) -> None:
    whole = ask(client, messages=[{"role": "system", "content": "Be kind."}, ASKED]).get_json()
    said = whole["choices"][0]["message"]["content"]
    assert "Are you <open>?" in said

    streamed = ask(client, messages=[ASKED], stream=True)
    assert streamed.mimetype == "text/event-stream"
    *events, end, nothing = streamed.text.split("\n\n")
    assert (end, nothing) == ("data: [DONE]", "")
    documents = [json.loads(event.removeprefix("data: "))["choices"][0] for event in events]
    assert "".join(one["delta"].get("content", "") for one in documents) == said
    assert [one["finish_reason"] for one in documents] == [None] * (len(documents) - 1) + ["stop"]


@pytest.mark.parametrize(
    "document",
    [
        [],
        {},
        {"messages": "hello"},
        {"messages": []},
        {"messages": [{"role": "system", "content": "x"}]},
        {"messages": [{"role": "user", "content": " "}]},
        {"messages": [{"role": "user", "content": [1]}]},
        {"messages": [ASKED], "stream": "yes"},
    ],
)
def test_what_is_no_question_is_a_sentence(client: Client, document: Any) -> None:
    answer = client.post("/v1/chat/completions", json=document)
    assert answer.status_code == 400
    assert answer.get_json()["error"]["message"]


def test_what_is_no_json_or_too_much_is_a_sentence(client: Client) -> None:
    assert client.post("/v1/chat/completions", data=b"\xff{").status_code == 400
    answer = client.post("/v1/chat/completions", data=b" " * 70_000)
    assert answer.status_code == 413
    assert answer.get_json()["error"]["message"]
    assert client.get("/v1/chat/completions").get_json()["error"]["message"]


def test_a_path_that_is_not_there_is_a_line(client: Client) -> None:
    answer = client.get("/nowhere")
    assert (answer.status_code, answer.mimetype) == (404, "text/plain")


@pytest.mark.parametrize("name", ["assistant.css", "icon.svg"])
def test_the_page_brings_its_own_looks(client: Client, name: str) -> None:
    assert f'href="static/{name}"' in page(client).text
    with client.get(f"/static/{name}") as answer:
        assert answer.status_code == 200
