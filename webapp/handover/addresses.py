"""The address of a link: its code, signed."""

from __future__ import annotations

from webapp.auth.links import code_in, signed
from webapp.models import HandoverLink

_PURPOSE = "hand-over"


def token_of(link: HandoverLink) -> str:
    return signed(_PURPOSE, link.code)


def code_of(token: str) -> str | None:
    """None for a token that is not ours or is for another purpose."""
    return code_in(_PURPOSE, token)
