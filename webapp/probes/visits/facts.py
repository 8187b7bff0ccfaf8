"""What a probe has measured, before anybody judges it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class Reached(StrEnum):
    """How far a visit to one address came."""

    #: The address filter refused it, so that nothing was sent.
    FILTERED = "filtered"
    #: This machine has no way there, or no IPv6: nothing is known.
    UNASKED = "unasked"
    CLOSED = "closed"
    SILENT = "silent"
    #: Connected, and no TLS came of it.
    NO_TLS = "no-tls"
    #: TLS was spoken. Whether anything answered is told by `Visit.reply`.
    CONNECTED = "connected"


class Trust(StrEnum):
    """What a visitor's browser makes of the certificate."""

    TRUSTED = "trusted"
    ENDED = "ended"
    OTHER_NAME = "other-name"
    UNTRUSTED = "untrusted"


@dataclass(frozen=True)
class CertificateSeen:
    """`names`: the first of those that it is for. Texts are bounded and on one line; strangers chose them."""

    issuer: str
    names: tuple[str, ...]
    starts_at: datetime
    ends_at: datetime


@dataclass(frozen=True)
class Reply:
    """An HTTP answer. `ours`: it is the proof of this claim for the nonce that was sent. `nobody`: it is our page for
    names that are not connected. `network`: the content delivery network that its headers name, or empty.
    """

    status: int
    ours: bool = False
    nobody: bool = False
    location: str = ""
    server: str = ""
    network: str = ""


@dataclass(frozen=True)
class Visit:
    """One address, visited once. `milliseconds`: from the first packet to the answer."""

    address: str
    reached: Reached
    trust: Trust | None = None
    certificate: CertificateSeen | None = None
    reply: Reply | None = None
    milliseconds: int = 0


@dataclass(frozen=True)
class Facts:
    """`path`: what was asked for. `resolved`: whether a resolver has answered; without it there are no visits."""

    name: str
    path: str
    resolved: bool
    visits: tuple[Visit, ...] = ()
