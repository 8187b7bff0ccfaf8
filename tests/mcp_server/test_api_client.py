"""Asking the API in process: whose request it is, which context it has, and what its refusals become."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from typing import Any

import pytest
from flask import Flask, has_app_context

from webapp.mcp_server.api_client import ApiClient, ApiError, Caller

SENDER = Caller("Bearer key", "1234-5678-9012", "192.0.2.7", "198.51.100.1")


def answering(
    status: str,
    body: object,
    seen: list[dict[str, Any]] | None = None,
    headers: tuple[tuple[str, str], ...] = (),
) -> ApiClient:
    """A client of an API that answers everything so."""

    def app(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        if seen is not None:
            seen.append({**environ, "body": environ["wsgi.input"].read(), "in_context": has_app_context()})
        start_response(status, [("Content-Type", "application/json"), *headers])
        return [body if isinstance(body, bytes) else json.dumps(body).encode()]

    return ApiClient("https://nameplate.example", app)


def test_request_carries_key_account_and_sender() -> None:
    seen: list[dict[str, Any]] = []
    answering("200 OK", {}, seen).get(SENDER, "/domains", name_contains="a&b", cursor=None)
    [asked] = seen
    assert (asked["REQUEST_METHOD"], asked["PATH_INFO"]) == ("GET", "/api/v1/domains")
    assert asked["QUERY_STRING"] == "name_contains=a%26b"
    assert asked["HTTP_AUTHORIZATION"] == "Bearer key"
    assert asked["HTTP_NAMEPLATE_ACCOUNT"] == "1234-5678-9012"
    assert (asked["REMOTE_ADDR"], asked["HTTP_X_FORWARDED_FOR"]) == ("192.0.2.7", "198.51.100.1")
    assert (asked["wsgi.url_scheme"], asked["HTTP_HOST"]) == ("https", "nameplate.example")


def test_body_goes_out_as_json() -> None:
    seen: list[dict[str, Any]] = []
    client = answering("201 Created", {"id": 1}, seen)
    assert client.post(SENDER, "/domains", {"domain_name": "bücher.example"}) == ({"id": 1}, 201)
    assert client.post(SENDER, "/domains/1/checks") == ({"id": 1}, 201)
    assert json.loads(seen[0]["body"]) == {"domain_name": "bücher.example"}
    assert json.loads(seen[1]["body"]) == {}
    assert seen[0]["CONTENT_TYPE"] == "application/json"


def test_request_has_no_part_in_the_context_of_the_command(app: Flask) -> None:
    """It would share the command's database session, which nobody ends while the command serves."""
    assert has_app_context()
    seen: list[dict[str, Any]] = []
    answering("200 OK", {}, seen).get(SENDER, "/account")
    assert seen[0]["in_context"] is False


def test_problem_becomes_an_error_with_its_code() -> None:
    problem = {"code": "too-many-requests", "detail": "Wait.", "status": 429, "request_id": "abc"}
    client = answering("429 Too Many Requests", problem, headers=(("Retry-After", "7"),))
    with pytest.raises(ApiError) as raised:
        client.get(SENDER, "/domains")
    assert (raised.value.code, raised.value.detail) == ("too-many-requests", "Wait.")
    assert raised.value.problem["retry_after_seconds"] == "7"
    assert client.status(SENDER, "/account") == 429


@pytest.mark.parametrize("body", [b"<html>Bad gateway</html>", b"[1]", b"", b'"text"'])
def test_answer_of_somebody_else_is_said_to_be_none(body: bytes) -> None:
    with pytest.raises(ApiError) as raised:
        answering("502 Bad Gateway", body).get(SENDER, "/domains")
    assert raised.value.code is None
    assert "502" in raised.value.detail
