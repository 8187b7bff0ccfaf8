"""What only our edge can answer for a claim, by which a probe knows that it has reached it."""

from __future__ import annotations

import hashlib
import hmac
import re

#: Below it stands the nonce of a probe. RFC 8615 keeps these paths for questions about a host.
PATH = "/.well-known/nameplate/"
_NONCE = re.compile(r"[A-Za-z0-9_-]{22,64}")
_PURPOSE = b"nameplate.edge.proof"


def is_nonce(text: str) -> bool:
    return _NONCE.fullmatch(text) is not None


def proof(secret_key: str, domain_id: int, name: str, nonce: str) -> str:
    """64 hexadecimal digits, made from the claim and the nonce with a key of their own, so that no answer of before
    and none for another claim can be given again.

    `name` is an A-label name in lower case. HMAC-SHA-256 (RFC 2104).
    """
    key = hmac.digest(secret_key.encode(), _PURPOSE, hashlib.sha256)
    return hmac.new(key, f"{domain_id}\n{name}\n{nonce}".encode(), hashlib.sha256).hexdigest()
