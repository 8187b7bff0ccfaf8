"""What the tools answer over the real API, by the SDK's own client in this process."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from mcp import Client
from mcp.server.mcpserver import MCPServer
from mcp_types import CallToolResult, TextContent
from sqlalchemy import update

from tests.factories import make_account, make_domain, make_key, make_llm_client, make_zone
from webapp.extensions import db
from webapp.mcp_server.api_client import ApiClient, Caller
from webapp.mcp_server.tools import add_tools
from webapp.models import Account, ApiKey, Check, CheckStatus, utcnow

Call = Callable[..., CallToolResult]


def assistant(app: Flask, token: str, account: str | None = None) -> Call:
    """Calls a tool with this key."""
    server: MCPServer[Any] = MCPServer("nameplate")
    caller = Caller(f"Bearer {token}", account)
    add_tools(server, ApiClient("http://localhost", app), lambda _context: caller)

    def call(tool: str, **arguments: object) -> CallToolResult:
        async def asked() -> CallToolResult:
            async with Client(server) as client:
                return await client.call_tool(tool, arguments)

        db.session.commit()
        answer = asyncio.run(asked())
        db.session.expire_all()
        return answer

    return call


def said(answer: CallToolResult) -> str:
    assert isinstance(answer.content[0], TextContent)
    return answer.content[0].text


def told(answer: CallToolResult) -> dict[str, Any]:
    assert answer.is_error is False, said(answer)
    assert isinstance(answer.structured_content, dict)
    return answer.structured_content


def refused(answer: CallToolResult) -> str | None:
    """The code of the refusal."""
    assert answer.is_error is True, said(answer)
    assert answer.structured_content is not None
    code: str | None = answer.structured_content["code"]
    assert f"(code: {code})" in said(answer)
    return code


@pytest.fixture
def key(account: Account) -> tuple[ApiKey, str]:
    return make_key(account, scopes=["write"])


@pytest.fixture
def call(app: Flask, key: tuple[ApiKey, str]) -> Call:
    return assistant(app, key[1])


def test_domains_are_listed_in_pieces(call: Call, account: Account) -> None:
    for number in range(30):
        make_domain(account, f"chat{number}.acme.test")
    first = told(call("list_domains"))
    rest = told(call("list_domains", cursor=first["next_cursor"]))
    assert [len(one["domains"]) for one in (first, rest)] == [25, 5]
    assert rest["next_cursor"] is None
    names = {one["domain_name"] for one in first["domains"] + rest["domains"]}
    assert len(names) == 30
    named = told(call("list_domains", name_contains="chat7"))["domains"]
    assert [one["domain_name"] for one in named] == ["chat7.acme.test"]
    assert told(call("list_domains", needs_action=True))["domains"] == []


def test_domain_is_shown_with_its_next_step(call: Call, account: Account) -> None:
    make_domain(account, "xn--bcher-kva.example")
    answer = call("get_domain", domain_name="Bücher.example.")
    found = told(answer)
    assert found["domain_name"] == "xn--bcher-kva.example"
    assert found["state"] == "pending"
    assert said(answer).startswith("bücher.example")
    assert found["headline"] in said(answer)


def test_structured_content_stands_in_the_text_as_well(call: Call, account: Account) -> None:
    """For clients of the time before there was structured content."""
    make_domain(account)
    answer = call("get_domain", domain_name="chat.acme.test")
    assert isinstance(answer.content[1], TextContent)
    assert '"domain_name":"chat.acme.test"' in answer.content[1].text


def test_domain_of_another_account_is_like_one_that_never_was(call: Call) -> None:
    make_domain(make_account("Other"), "other.acme.test")
    for name in ("other.acme.test", "never.acme.test"):
        answer = call("get_domain", domain_name=name)
        assert refused(answer) == "not-found"
        assert said(answer).replace(name, "") == said(call("get_domain", domain_name="x.test")).replace(
            "x.test", ""
        )


def test_text_that_is_no_host_name_is_said_to_be_none(call: Call) -> None:
    answer = call("get_domain", domain_name="chat..acme.test")
    assert answer.is_error is True
    assert "chat..acme.test" in said(answer)


def test_scope_that_is_missing_is_named(app: Flask, account: Account) -> None:
    make_domain(account)
    reader = assistant(app, make_key(account, scopes=["events:read"])[1])
    answer = reader("get_domain", domain_name="chat.acme.test")
    assert refused(answer) == "scope-missing"
    assert "domains:read" in said(answer)
    assert "Next: " in said(answer)


def test_revoked_key_ends_in_mid_session(call: Call, key: tuple[ApiKey, str], account: Account) -> None:
    make_domain(account)
    assert told(call("list_domains"))["domains"]
    key[0].revoked_at = utcnow()
    assert refused(call("list_domains")) == "key-wrong"


def test_key_of_the_platform_acts_for_the_account_that_it_was_started_for(
    app: Flask, account: Account
) -> None:
    make_domain(account)
    make_domain(make_account("Other"), "other.acme.test")
    secret = make_key(None)[1]
    listed = told(assistant(app, secret, account.number)("list_domains"))
    assert [one["domain_name"] for one in listed["domains"]] == ["chat.acme.test"]


def test_test_key_sees_test_names_alone(app: Flask, account: Account) -> None:
    make_domain(account, "chat.acme.com")
    make_domain(account, "chat.acme.test")
    tester = assistant(app, make_key(account, scopes=["write"], test=True)[1])
    assert [one["domain_name"] for one in told(tester("list_domains"))["domains"]] == ["chat.acme.test"]
    assert refused(tester("get_domain", domain_name="chat.acme.com")) == "not-found"


@pytest.mark.usefixtures("queued")
def test_registration_leads_to_the_llm_client_and_is_done_once(call: Call, account: Account) -> None:
    row = make_llm_client(account, "Sales")
    [client] = told(call("list_llm_clients"))["llm_clients"]
    assert client == {"id": row.id, "name": "Sales"}
    first = told(call("register_domain", domain_name="Chat.acme.test", llm_client_id=row.id))
    assert (first["existing"], first["domain"]["domain_name"]) == (False, "chat.acme.test")
    assert first["domain"]["llm_client"] == client["name"]
    again = told(call("register_domain", domain_name="chat.acme.test"))
    assert (again["existing"], again["domain"]["id"]) == (True, first["domain"]["id"])


@pytest.mark.usefixtures("queued")
def test_refusal_of_a_name_says_why(call: Call) -> None:
    answer = call("register_domain", domain_name="co.uk")
    assert refused(answer)
    assert "co.uk" in said(answer)


@pytest.mark.usefixtures("queued")
def test_check_that_takes_longer_goes_on_and_a_second_one_is_told_to_wait(
    call: Call, account: Account
) -> None:
    domain = make_domain(account)
    make_zone(domain)
    first = call("check_domain", domain_name="chat.acme.test", wait_seconds=0)
    assert told(first)["finished"] is False
    assert said(first).startswith("The check goes on")
    db.session.execute(update(Check).values(status=CheckStatus.DONE, finished_at=utcnow()))
    answer = call("check_domain", domain_name="chat.acme.test", wait_seconds=0)
    assert refused(answer)
    assert answer.structured_content is not None
    assert int(answer.structured_content["retry_after_seconds"]) > 0
    assert "Try again after" in said(answer)


def test_wait_is_bounded(call: Call, account: Account) -> None:
    make_domain(account)
    answer = call("check_domain", domain_name="chat.acme.test", wait_seconds=3600)
    assert answer.is_error is True
    assert "less than or equal to 60" in said(answer)


def test_no_tool_removes_anything(app: Flask, account: Account) -> None:
    server: MCPServer[Any] = MCPServer("nameplate")
    add_tools(server, ApiClient("http://localhost", app), lambda _context: Caller(""))
    tools = asyncio.run(server.list_tools())
    assert len(tools) == 7
    for tool in tools:
        assert tool.annotations is not None
        assert tool.annotations.destructive_hint is False, tool.name
        assert tool.output_schema is not None, tool.name
        assert tool.annotations.read_only_hint is tool.name.startswith(("get_", "list_")), tool.name
