"""How passwords of releases before 0015 were hashed, for as long as somebody has not signed in since."""

from __future__ import annotations

import base64
import hashlib
import hmac
from typing import Any, ClassVar

from passlib.hash import argon2  # type: ignore[import-untyped]

PREFIX = "$salted-argon2$"


class SaltedArgon2:
    """Argon2 over an HMAC-SHA-512 of the password, as Flask-Security makes it with a SECURITY_PASSWORD_SALT.

    The salt was derived from SECRET_KEY, so that another key made every password worthless. It stands in the hash
    now: `$salted-argon2$SALT$argon2id$…`. passlib only verifies these; a right password gets a plain Argon2 hash.
    """

    name = "salted_argon2"
    setting_kwds: ClassVar[tuple[str, ...]] = ()
    context_kwds: ClassVar[tuple[str, ...]] = ()

    @classmethod
    def identify(cls, stored: str | bytes) -> bool:
        return _text(stored).startswith(PREFIX)

    @classmethod
    def verify(cls, password: str | bytes, stored: str | bytes) -> bool:
        salt, dollar, inner = _text(stored).removeprefix(PREFIX).partition("$")
        signed = hmac.new(salt.encode(), _text(password).encode(), hashlib.sha512).digest()
        return bool(argon2.verify(base64.b64encode(signed), dollar + inner))

    @classmethod
    def using(cls, **_settings: Any) -> type[SaltedArgon2]:
        """passlib wants a class of its own for each of its contexts."""
        return type(cls.__name__, (cls,), {})

    @classmethod
    def needs_update(cls, _stored: str, **_more: Any) -> bool:
        return True

    @classmethod
    def hash(cls, _password: str | bytes, **_settings: Any) -> str:
        raise NotImplementedError("New passwords are hashed by Argon2 alone.")


def _text(value: str | bytes) -> str:
    return value.decode() if isinstance(value, bytes) else value
