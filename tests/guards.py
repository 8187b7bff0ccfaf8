"""What a unit test must not do: open a socket, or send a mail that nobody expected."""

from __future__ import annotations

import socket
from typing import Any, NoReturn

import pytest
from flask_mailman import EmailMessage

_INTERNET = {-1, socket.AF_INET, socket.AF_INET6}
_open_socket = socket.socket.__init__


def _guarded(self: socket.socket, family: int = -1, *args: Any, **options: Any) -> None:
    # asyncio's loop wakes itself through a pair of Unix sockets, which reach nobody else.
    if family in _INTERNET:
        _refuse("open a socket")
    _open_socket(self, family, *args, **options)


def _no_lookup(*_args: Any, **_options: Any) -> NoReturn:
    _refuse("look up a host name")


def _refuse(what: str) -> NoReturn:
    pytest.fail(
        f"A unit test tried to {what}. Use a twin (MemoryDns, MemoryRoute53), or move the test to tests/service/."
    )


@pytest.fixture(autouse=True)
def no_network(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    if any(request.node.get_closest_marker(ring) for ring in ("service", "browser")):
        return
    monkeypatch.setattr(socket.socket, "__init__", _guarded)
    monkeypatch.setattr(socket, "getaddrinfo", _no_lookup)


@pytest.fixture
def outbox(monkeypatch: pytest.MonkeyPatch) -> list[EmailMessage]:
    """The mails that were sent, in their order; none leaves the process."""
    sent: list[EmailMessage] = []

    def keep(message: EmailMessage, fail_silently: bool = False) -> int:
        message.message()  # refuses headers that no server would take
        sent.append(message)
        return 1

    monkeypatch.setattr(EmailMessage, "send", keep)
    return sent


@pytest.fixture
def broken_mail(monkeypatch: pytest.MonkeyPatch, no_unexpected_mail: None) -> None:
    """No mail server answers."""

    def broken(message: EmailMessage, fail_silently: bool = False) -> NoReturn:
        raise ConnectionRefusedError("no mail server")

    monkeypatch.setattr(EmailMessage, "send", broken)


@pytest.fixture(autouse=True)
def no_unexpected_mail(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    if {"outbox", "mailbox"} & set(request.fixturenames) or request.node.get_closest_marker("browser"):
        return

    def refuse(message: EmailMessage, fail_silently: bool = False) -> NoReturn:
        pytest.fail(
            f"A mail to {', '.join(message.to)} was sent, which the test does not expect: “{message.subject}”."
            " If it should, ask for the fixture “outbox” and look into it."
        )

    monkeypatch.setattr(EmailMessage, "send", refuse)
