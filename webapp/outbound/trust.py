"""Which certificates of other servers are trusted."""

from __future__ import annotations

import ssl
from functools import lru_cache
from pathlib import Path


def trusting(authority: str) -> ssl.SSLContext:
    """As a browser: the machine's authorities, and those in the file `authority` if one is named. Raises OSError when
    that file cannot be read or holds no certificate.
    """
    return _trusting(authority, Path(authority).stat().st_mtime_ns if authority else 0)


@lru_cache(maxsize=4)
def _trusting(authority: str, _changed: int) -> ssl.SSLContext:
    context = ssl.create_default_context()
    if authority:
        context.load_verify_locations(authority)
    context.set_alpn_protocols(["http/1.1"])
    return context


@lru_cache(maxsize=1)
def curious() -> ssl.SSLContext:
    """Takes any certificate, to say whose it is. What comes over it counts for nothing but that."""
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    context.set_alpn_protocols(["http/1.1"])
    return context
