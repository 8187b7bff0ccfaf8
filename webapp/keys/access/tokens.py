"""What a key looks like: `npk_live_ab12cd34_` or `npk_test_ab12cd34_`, and 43 characters of base64url."""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets
import string
from dataclasses import dataclass, field

_TOKEN = re.compile(r"(npk_(?:live|test)_[a-z0-9]{8})_[A-Za-z0-9_-]{43}", re.ASCII)
_LETTERS = string.ascii_lowercase + string.digits


@dataclass(frozen=True)
class Token:
    """A new key. `secret` is all of it, and is shown once; `prefix` is the part that everybody may see."""

    prefix: str
    secret: str = field(repr=False)


def new_token(*, is_test: bool) -> Token:
    """A key with 256 random bits."""
    name = "".join(secrets.choice(_LETTERS) for _ in range(8))
    prefix = f"npk_{'test' if is_test else 'live'}_{name}"
    return Token(prefix, f"{prefix}_{secrets.token_urlsafe(32)}")


def prefix_in(token: str) -> str | None:
    """The visible part of a key; None for a text that is none. Base64url has underscores of its own."""
    found = _TOKEN.fullmatch(token)
    return found[1] if found else None


def hash_of(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


def is_same(token: str, secret_hash: str) -> bool:
    """Whether the key has this hash, in a time that does not tell how much of it is right."""
    return hmac.compare_digest(hash_of(token), secret_hash)
