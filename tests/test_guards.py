"""That the guards of the unit ring hold."""

from __future__ import annotations

import asyncio
import socket

import pytest
from flask import Flask
from flask_mailman import EmailMessage

from tests.servers.programs import MissingProgramError, find


def test_a_unit_test_cannot_open_a_socket() -> None:
    with pytest.raises(pytest.fail.Exception, match="A unit test tried to open a socket"):
        socket.socket()


def test_a_unit_test_cannot_look_up_a_name() -> None:
    with pytest.raises(pytest.fail.Exception, match="A unit test tried to look up a host name"):
        socket.getaddrinfo("localhost", 9)


def test_asyncio_works_without_a_network() -> None:
    async def answer() -> int:
        return 42

    assert asyncio.run(answer()) == 42


def test_an_unexpected_mail_is_a_fault(app: Flask) -> None:
    with pytest.raises(pytest.fail.Exception, match=r"A mail to a@acme.test was sent, .*: “Hello”"):
        EmailMessage("Hello", "Text", to=["a@acme.test"]).send()


def test_an_expected_mail_is_in_the_outbox(app: Flask, outbox: list[EmailMessage]) -> None:
    EmailMessage("Hello", "Text", to=["a@acme.test"]).send()
    assert [message.subject for message in outbox] == ["Hello"]


def test_a_missing_program_is_an_error_with_its_package() -> None:
    with pytest.raises(MissingProgramError, match=r"“no-such-program” is not installed. .* package knot;"):
        find("no-such-program", "knot")
