"""Values of TXT records: the text in them, and whether it is the token. Pure."""

from __future__ import annotations

import hmac
import re
from collections.abc import Iterable

#: A character-string in zone-file presentation, in quotes or without (RFC 1035, 5.1).
_STRING = re.compile(r'"((?:[^"\\]|\\.)*)"|((?:[^\s"\\]|\\.)+)', re.DOTALL)
_ESCAPE = re.compile(rb"\\(\d{3}|.)", re.DOTALL)
#: What people paste around a value, or a form adds: quotes of every kind, white space, and marks without a width.
_AROUND = "\"'`“”„‟‘’‚‛«»‹›\u200b\u200e\u200f\u2060\ufeff"
#: The most letters of a stranger's value that are kept.
LONGEST = 300


def text_of(value: str) -> str:
    """The text of one TXT record: its character-strings one after the other, without what stands around them.

    Several strings are one value: a form splits a long one wherever it likes.
    """
    strings = (match[1] if match[1] is not None else match[2] for match in _STRING.finditer(value))
    return bare(b"".join(map(_octets, strings)).decode(errors="replace"))


def bare(text: str) -> str:
    """A text without the quotes and spaces around it, in whatever order they stand."""
    while (stripped := text.strip().strip(_AROUND)) != text:
        text = stripped
    return text


def texts_of(values: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(map(text_of, values)))


def is_token(text: str, token: str) -> bool:
    """Compares whole values, in constant time."""
    return hmac.compare_digest(text.encode(), token.encode())


def has_token(texts: Iterable[str], token: str) -> bool:
    """Whether one of the records is the token. Beside it may stand others, of other claims on the same name."""
    return sum(is_token(text, token) for text in texts) > 0


def shown(text: str) -> str:
    """A stranger's text as it is kept: not longer than a sentence can be, and without what cannot be seen."""
    visible = " ".join("".join(char if char.isprintable() else " " for char in text[:LONGEST]).split())
    return f"{visible}…" if len(text) > LONGEST else visible


def _octets(string: str) -> bytes:
    return _ESCAPE.sub(_octet, string.encode())


def _octet(escape: re.Match[bytes]) -> bytes:
    code = int(escape[1]) if len(escape[1]) == 3 else None
    return bytes([code]) if code is not None and code < 256 else escape[1]
