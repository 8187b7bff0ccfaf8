"""How an attempt can end: stable codes, what each says of the endpoint, and its sentence."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Self

from webapp.models import Message


@dataclass(frozen=True)
class Facts:
    """`sentence` has the parameters of the message. `ours`: it says nothing of the endpoint."""

    sentence: str
    delivered: bool = False
    ours: bool = False


class Outcome(StrEnum):
    facts: Facts

    DELIVERED = "delivered", Facts("It answered {status}.", delivered=True)
    ANSWERED = "answered", Facts("It answered {status}, not 2xx.")
    GONE = "gone", Facts("It answered 410 Gone, so that the endpoint was switched off.")
    REDIRECTED = (
        "redirected",
        Facts(
            "It answered {status}, a redirect. Redirects are not followed; enter the URL that they lead to."
        ),
    )
    SILENT = "silent", Facts("No answer came within {seconds} seconds.")
    UNREACHABLE = "unreachable", Facts("No connection to {address} port {port} could be made.")
    UNTRUSTED = "untrusted", Facts("The certificate does not hold: {why}.")
    NO_TLS = "no-tls", Facts("TLS failed: {why}.")
    NO_HTTP = "no-http", Facts("What came back is no HTTP answer.")
    UNRESOLVED = "unresolved", Facts("{host} has no address in DNS.")
    REFUSED_ADDRESS = (
        "refused-address",
        Facts("{host} leads to {address}, which is not a public address. Nothing was sent."),
    )
    REFUSED_URL = "refused-url", Facts("The URL is not one that is sent to any more. Nothing was sent.")
    NOT_ASKED = (
        "not-asked",
        Facts("Our DNS resolver could not be asked for {host}. Nothing was sent.", ours=True),
    )
    NO_SECRET = (
        "no-secret",
        Facts("The secret cannot be read any more, because our key was replaced. Rotate the secret."),
    )
    FAULT = "fault", Facts("Something went wrong on our side. Nothing may have been sent.", ours=True)

    def __new__(cls, value: str, facts: Facts | None = None) -> Self:
        if facts is None:
            raise TypeError(f"the outcome {value} has no facts")
        member = str.__new__(cls, value)
        member._value_ = value
        member.facts = facts
        return member


def sentence_of(said: Message) -> str:
    """Of a newer release's code, too."""
    if said.code not in set(Outcome):
        return f"It ended with “{said.code}”."
    return Outcome(said.code).facts.sentence.format(**said.params)
