"""`flask mcp`: serves assistants over standard input and output, or over HTTP."""

# ruff: noqa: PLC0415 - the SDK and what it brings are of no use to any other command.

from __future__ import annotations

import os
from ipaddress import ip_address
from urllib.parse import urlsplit

import click
from flask.cli import ScriptInfo

from webapp.commands.output import Command, Exit, Stop
from webapp.runtime.public_url import own_address

KEY, ACCOUNT = "NAMEPLATE_API_KEY", "NAMEPLATE_ACCOUNT"


@click.command("mcp", cls=Command)
@click.option(
    "--http", "bind", metavar="[HOST:]PORT", help="Serve HTTP, at /mcp, to clients with keys of their own."
)
@click.option(
    "--allowed-host",
    "names",
    multiple=True,
    metavar="NAME",
    help="A name, with its port if it has one, by which HTTP clients reach this server; may be repeated.",
)
@click.option("--url", metavar="URL", help="Use the API of the installation there, and not of this one.")
@click.pass_obj
def mcp(info: ScriptInfo, /, *, bind: str | None, names: tuple[str, ...], url: str | None) -> None:
    """Serve assistants by MCP, the Model Context Protocol, over standard input and output.

    The key comes from the environment, as NAMEPLATE_API_KEY, and for a key of the platform the number of the account
    as NAMEPLATE_ACCOUNT. With --http each request brings its own key, as it does to the API.
    """
    from webapp.mcp_server import serving
    from webapp.mcp_server.api_client import ApiClient, Caller

    app = info.load_app()
    client = (
        ApiClient(_usable(url)) if url else ApiClient(own_address(app.extensions["settings"]), app.wsgi_app)
    )
    if bind is not None:
        host, port = _address(bind)
        serving.over_http(client, host, port, _reached_as(host, names))
        return
    if names:
        raise Stop(Exit.USAGE, "--allowed-host goes with --http.")
    key = os.environ.pop(KEY, "")
    if not key:
        raise Stop(
            Exit.USAGE, f"Put an API key into the environment as {KEY}; the page of your account makes one."
        )
    serving.over_stdio(client, Caller(f"Bearer {key}", os.environ.get(ACCOUNT) or None))


def _usable(url: str) -> str:
    parts = urlsplit(url)
    if parts.scheme not in {"http", "https"} or not parts.hostname or parts.path.strip("/") or parts.query:
        raise Stop(Exit.USAGE, f"--url is an address such as https://nameplate.example, and not {url}.")
    if parts.scheme == "http" and not _is_loopback(parts.hostname):
        raise Stop(
            Exit.USAGE, f"--url has to begin with https://, or everybody on the way to {url} reads the key."
        )
    return url


def _address(bind: str) -> tuple[str, int]:
    host, _, port = bind.rpartition(":")
    host = host.removeprefix("[").removesuffix("]") or "127.0.0.1"
    if not (port.isascii() and port.isdecimal() and 0 < int(port) < 65536):
        raise Stop(
            Exit.USAGE, f"--http is a port, or an address with one such as 127.0.0.1:8005, and not {bind}."
        )
    return host, int(port)


def _reached_as(host: str, names: tuple[str, ...]) -> list[str]:
    """Values of `Host` that are answered. A page that has its own name lead here (DNS rebinding) sends another."""
    if names:
        return [*names]
    if _is_loopback(host):
        return ["127.0.0.1:*", "localhost:*", "[::1]:*"]
    raise Stop(
        Exit.USAGE,
        f"Say by --allowed-host by which name clients reach {host}. Their keys travel with each request, so that a"
        " proxy with TLS has to stand before it.",
    )


def _is_loopback(host: str) -> bool:
    try:
        return host == "localhost" or ip_address(host).is_loopback
    except ValueError:
        return False
