"""What the edge tells the LLM client behind it of a visitor."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from wsgiref.types import WSGIEnvironment

_KEY = "sandbox.visitor"


@dataclass(frozen=True)
class Visitor:
    """`name` is the host name that was visited, an A-label name, and the certificate is the one that it was shown."""

    name: str
    account: str
    label: str
    default_host: str
    issuer: str
    not_after: datetime


def arriving(environ: WSGIEnvironment, visitor: Visitor) -> WSGIEnvironment:
    """The request as it arrives at `default_host`, as a proxy rewrites it."""
    forwarded = {"HTTP_X_FORWARDED_HOST": visitor.name, "HTTP_X_FORWARDED_PROTO": "https"}
    return {**environ, **forwarded, "HTTP_HOST": visitor.default_host, _KEY: visitor}


def visitor_of(environ: WSGIEnvironment) -> Visitor:
    found: Visitor = environ[_KEY]
    return found
