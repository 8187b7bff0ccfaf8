"""A certificate authority of the tests, and servers with its certificates that answer with the test's own bytes."""

from __future__ import annotations

import contextlib
import ipaddress
import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

#: What a server sends for a request, piece by piece; it may take its time between them.
Answer = Callable[[bytes], Iterator[bytes]]


@dataclass(frozen=True)
class Authority:
    """`path`: its certificate, in PEM."""

    path: Path
    key: ec.EllipticCurvePrivateKey
    certificate: x509.Certificate

    def context(
        self, name: str, *, days: float = 90, life: float = 90, directory: Path | None = None
    ) -> ssl.SSLContext:
        """For a server with a certificate for `name` that ends in `days` and began `life` days before that."""
        ends = datetime.now(UTC) + timedelta(days=days)
        key = ec.generate_private_key(ec.SECP256R1())
        made = (
            _builder(name, self.certificate.subject, key, ends - timedelta(days=life), ends)
            .add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
            .sign(self.key, hashes.SHA256())
        )
        path = (directory or self.path.parent) / f"{name}-{made.serial_number}.pem"
        path.write_bytes(_pem(key) + made.public_bytes(serialization.Encoding.PEM))
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(path)
        return context


def authority(directory: Path, name: str = "Test Authority") -> Authority:
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.ORGANIZATION_NAME, name)])
    now = datetime.now(UTC)
    made = (
        _builder(name, subject, key, now - timedelta(days=1000), now + timedelta(days=1000))
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(key, hashes.SHA256())
    )
    path = directory / f"{name}.pem"
    path.write_bytes(made.public_bytes(serialization.Encoding.PEM))
    return Authority(path, key, made)


def _builder(
    name: str, issuer: x509.Name, key: ec.EllipticCurvePrivateKey, starts: datetime, ends: datetime
) -> x509.CertificateBuilder:
    parts = [x509.NameAttribute(NameOID.ORGANIZATION_NAME, name)]
    return (
        x509.CertificateBuilder()
        .subject_name(x509.Name(parts))
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(starts)
        .not_valid_after(ends)
    )


def _pem(key: ec.EllipticCurvePrivateKey) -> bytes:
    return key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )


@contextmanager
def tls_server(
    context: ssl.SSLContext | None, answer: Answer, address: str = "127.0.0.1", port: int = 0
) -> Iterator[int]:
    """The port of a server that does the same for every connection. Without a context it speaks no TLS. A connection
    that the test leaves open ends with the server. A `port` that is given may be one where nobody listens at other
    addresses.
    """
    family = socket.AF_INET6 if ipaddress.ip_address(address).version == 6 else socket.AF_INET
    with socket.create_server((address, port), family=family) as listener:
        over, open_ones = threading.Event(), list[socket.socket]()

        def serve() -> None:
            while not over.is_set():
                with contextlib.suppress(OSError):
                    raw, _ = listener.accept()
                    open_ones.append(raw)
                    threading.Thread(target=one, args=(raw,), daemon=True).start()

        def one(raw: socket.socket) -> None:
            with contextlib.suppress(OSError), raw:
                wire = context.wrap_socket(raw, server_side=True) if context else raw
                with wire:
                    for piece in answer(wire.recv(4096)):
                        if over.is_set():
                            return
                        wire.sendall(piece)

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        try:
            yield int(listener.getsockname()[1])
        finally:
            over.set()
            with contextlib.suppress(OSError):
                socket.create_connection(listener.getsockname()[:2], timeout=5).close()
            thread.join(timeout=5)
            for raw in open_ones:
                with contextlib.suppress(OSError):
                    raw.close()
