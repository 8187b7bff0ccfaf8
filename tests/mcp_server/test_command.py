"""`flask mcp` before it serves: where the key comes from, and which addresses it takes."""

from __future__ import annotations

import subprocess
import sys

import pytest
from click.testing import Result
from flask import Flask

from webapp.commands.output import Exit
from webapp.mcp_server import serving
from webapp.mcp_server.api_client import ApiClient, Caller

KEY = {"NAMEPLATE_API_KEY": "npk_live_abcdefgh_secret"}


@pytest.fixture
def served(monkeypatch: pytest.MonkeyPatch) -> list[tuple[object, ...]]:
    """What would be served, instead of serving it."""
    calls: list[tuple[object, ...]] = []
    monkeypatch.setattr(serving, "over_stdio", lambda *arguments: calls.append(arguments))
    monkeypatch.setattr(serving, "over_http", lambda *arguments: calls.append(arguments))
    return calls


def run(app: Flask, *words: str, **env: str) -> Result:
    environment = {"NAMEPLATE_API_KEY": None, "NAMEPLATE_ACCOUNT": None, **env}
    return app.test_cli_runner().invoke(args=["mcp", *words], env=environment)


def test_key_comes_from_the_environment(app: Flask, served: list[tuple[object, ...]]) -> None:
    assert run(app, NAMEPLATE_ACCOUNT="1234-5678-9012", **KEY).exit_code == 0
    [(client, caller)] = served
    assert isinstance(client, ApiClient)
    assert caller == Caller("Bearer npk_live_abcdefgh_secret", "1234-5678-9012")


def test_without_a_key_it_says_where_one_comes_from(app: Flask, served: list[tuple[object, ...]]) -> None:
    done = run(app)
    assert done.exit_code == Exit.USAGE
    assert "NAMEPLATE_API_KEY" in done.stderr
    assert not served


def test_key_is_no_argument(app: Flask) -> None:
    """Every user of the machine can read the arguments of a program."""
    assert "key" not in [one.name for one in app.cli.commands["mcp"].params]
    assert run(app, "--key", "npk_live_abcdefgh_secret").exit_code == Exit.USAGE


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (["--http", "8005"], ("127.0.0.1", 8005, ["127.0.0.1:*", "localhost:*", "[::1]:*"])),
        (["--http", "[::1]:8005"], ("::1", 8005, ["127.0.0.1:*", "localhost:*", "[::1]:*"])),
        (["--http", "8005", "--allowed-host", "mcp.example"], ("127.0.0.1", 8005, ["mcp.example"])),
        (["--http", "0.0.0.0:8005", "--allowed-host", "a:1"], ("0.0.0.0", 8005, ["a:1"])),  # noqa: S104
    ],
)
def test_http_listens_here_and_answers_to_known_names(
    app: Flask, served: list[tuple[object, ...]], words: list[str], expected: tuple[object, ...]
) -> None:
    assert run(app, *words).exit_code == 0
    assert served[0][1:] == expected


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--http", "0.0.0.0:8005"], "--allowed-host"),
        (["--http", "nameplate.example:8005"], "--allowed-host"),
        (["--http", "8005x"], "8005x"),
        (["--http", "0"], "port"),
        (["--http", "70000"], "port"),
        (["--allowed-host", "mcp.example"], "--http"),
        (["--url", "http://nameplate.example"], "https://"),
        (["--url", "nameplate.example"], "--url"),
        (["--url", "https://nameplate.example/api/v1"], "--url"),
    ],
)
def test_wrong_usage_ends_with_a_sentence(
    app: Flask, served: list[tuple[object, ...]], words: list[str], said: str
) -> None:
    done = run(app, *words, **KEY)
    assert done.exit_code == Exit.USAGE
    assert said in done.stderr
    assert not served


@pytest.mark.parametrize(
    "url", ["https://nameplate.example", "https://nameplate.example/", "http://127.0.0.1:8000"]
)
def test_another_installation_is_asked_over_https(
    app: Flask, served: list[tuple[object, ...]], url: str
) -> None:
    assert run(app, "--url", url, **KEY).exit_code == 0
    assert served


def test_pages_workers_and_commands_load_no_sdk() -> None:
    """In a process of its own, since other tests here do load it."""
    script = (
        "import sys, webapp.worker, webapp.wsgi\n"
        "print([name for name in sys.modules if name.partition('.')[0] in {'mcp', 'starlette', 'uvicorn', 'httpx2'}])"
    )
    environment = {
        "SECRET_KEY": "only-for-tests-0123456789",
        "PATH": "",
        "NAMEPLATE_INSTANCE": "/nonexistent",
    }
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, env=environment, check=True
    )
    assert done.stdout.strip() == "[]"
