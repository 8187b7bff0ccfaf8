"""Secrets of endpoints: made, shown once, and kept encrypted, because they have to sign."""

from __future__ import annotations

import base64
import secrets
from collections.abc import Sequence
from datetime import datetime, timedelta

from cryptography.fernet import Fernet, InvalidToken, MultiFernet

from webapp.config.keys import derived
from webapp.models import WebhookEndpoint

PREFIX = "whsec_"
#: For so long after a rotation the former secret signs as well.
BOTH_SIGN = timedelta(hours=24)
_BYTES = 32


def new_secret() -> str:
    """In the form of Standard Webhooks."""
    return PREFIX + base64.b64encode(secrets.token_bytes(_BYTES)).decode()


def encrypted(secret: str, secret_keys: Sequence[str]) -> str:
    return _fernet(secret_keys).encrypt(secret.encode()).decode()


def signing(endpoint: WebhookEndpoint, now: datetime, secret_keys: Sequence[str]) -> list[str]:
    """The secrets that sign now, the present one first. None where SECRET_KEY and its fallbacks cannot read them."""
    kept = [endpoint.secret]
    if endpoint.former_secret and endpoint.former_until is not None and now < endpoint.former_until:
        kept.append(endpoint.former_secret)
    found = (_decrypted(one, secret_keys) for one in kept)
    return [one for one in found if one is not None]


def renewed(kept: str, secret_keys: Sequence[str]) -> str | None:
    """Encrypted with the newest key; None when no key of ours reads it."""
    try:
        return _fernet(secret_keys).rotate(kept.encode()).decode()
    except InvalidToken:
        return None


def _decrypted(kept: str, secret_keys: Sequence[str]) -> str | None:
    try:
        return _fernet(secret_keys).decrypt(kept.encode()).decode()
    except InvalidToken:
        return None


def _fernet(secret_keys: Sequence[str]) -> MultiFernet:
    """Encrypts with the first key, and reads what any of them encrypted."""
    keys = (bytes.fromhex(derived(key, "webhook-secrets")) for key in secret_keys)
    return MultiFernet([Fernet(base64.urlsafe_b64encode(key)) for key in keys])
