"""Certificates on demand: a name gets one in its first handshake."""

from __future__ import annotations

import ssl
import tempfile
from collections import OrderedDict
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from threading import Lock

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding

from webapp.sandbox.tls_edge.authority import NAME, Authority, private_text

#: Kept at the same time. Making one takes a millisecond.
MOST_KEPT = 200
#: One that ends sooner is made anew.
_ENOUGH = timedelta(days=10)


@dataclass(frozen=True)
class Served:
    """What one TLS connection is served with: the A-label name that was asked for, and its certificate."""

    name: str
    issuer: str
    not_after: datetime


class NamedContext(ssl.SSLContext):
    """The context of one name. It is how a connection tells, after the handshake, which name it was opened for."""

    served: Served


class Certificates:
    """All names share a key, which no file keeps."""

    def __init__(self, authority: Authority) -> None:
        self._authority = authority
        self._key = ec.generate_private_key(ec.SECP256R1())
        self._kept: OrderedDict[str, NamedContext] = OrderedDict()
        self._lock = Lock()

    def covers(self, name: str) -> bool:
        return self._authority.covers(name)

    def context(self, name: str) -> NamedContext:
        """For an A-label name in lower case that the authority covers."""
        with self._lock:
            found = self._kept.get(name)
            if found is None or found.served.not_after - datetime.now(UTC) < _ENOUGH:
                found = self._kept[name] = self._made(name)
            self._kept.move_to_end(name)
            while len(self._kept) > MOST_KEPT:
                self._kept.popitem(last=False)
            return found

    def _made(self, name: str) -> NamedContext:
        certificate = self._authority.issue(name, self._key.public_key())
        context = NamedContext(ssl.PROTOCOL_TLS_SERVER)
        context.minimum_version = ssl.TLSVersion.TLSv1_2
        context.set_alpn_protocols(["http/1.1"])
        # The ssl module reads certificates from files alone. This one is readable by us and gone at once.
        with tempfile.NamedTemporaryFile() as file:
            file.write(private_text(self._key) + certificate.public_bytes(Encoding.PEM))
            file.flush()
            context.load_cert_chain(file.name)
        context.served = Served(name, NAME, certificate.not_valid_after_utc)
        return context
