"""The certificate authority of the sandbox's edge, which nobody trusts but who is told to.

Its certificate may be imported into a browser: it is limited to names below .test (RFC 5280 4.2.1.10), so that
whoever gets hold of the key can forge no name of the Internet.
"""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from webapp.sandbox.shared.environment import AUTHORITY_FILE
from webapp.sandbox.shared.store import StoreError

#: Beside everything else that a run keeps. The first may be handed to others, the second is its owner's alone.
CERTIFICATE_FILE, KEY_FILE = AUTHORITY_FILE, "edge-authority.key"
NAME = "Nameplate sandbox edge"
#: The one suffix that it makes certificates for; it is nobody's (RFC 6761).
SUFFIX = "test"
_COVERED = re.compile(rf"(?:[a-z0-9_-]{{1,63}}\.)+{SUFFIX}")

_YEARS = 10
#: One that ends sooner is made anew: a run may go on for months.
_ENOUGH = timedelta(days=365)
_LEAF_DAYS = 30
#: For clocks that are behind ours.
_BEFORE = timedelta(hours=1)


@dataclass(frozen=True)
class Authority:
    certificate: x509.Certificate
    key: ec.EllipticCurvePrivateKey

    def covers(self, name: str) -> bool:
        return _COVERED.fullmatch(name) is not None

    def issue(self, name: str, public_key: ec.EllipticCurvePublicKey) -> x509.Certificate:
        """A server certificate for an A-label name that this authority covers."""
        now = datetime.now(UTC)
        issuer = self.certificate.extensions.get_extension_for_class(x509.SubjectKeyIdentifier).value
        builder = (
            x509.CertificateBuilder()
            .subject_name(x509.Name([]))
            .issuer_name(self.certificate.subject)
            .public_key(public_key)
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - _BEFORE)
            .not_valid_after(now + timedelta(days=_LEAF_DAYS))
            # Critical, because the subject is empty (RFC 5280 4.2.1.6): a common name has room for 64 characters.
            .add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=True)
            .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
            .add_extension(_usage(digital_signature=True), critical=True)
            .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
            .add_extension(
                x509.AuthorityKeyIdentifier.from_issuer_subject_key_identifier(issuer), critical=False
            )
        )
        return builder.sign(self.key, SHA256())


def kept_authority(directory: Path) -> Authority:
    """The one that is kept in `directory`, or a new one. Raises `StoreError`."""
    try:
        kept = _read(directory)
        if kept is None:
            kept = _new()
            _write(directory / KEY_FILE, private_text(kept.key), 0o600)
            _write(directory / CERTIFICATE_FILE, kept.certificate.public_bytes(Encoding.PEM), 0o644)
    except OSError as err:
        raise StoreError(
            f"The authority of the sandbox’s edge cannot be kept in {directory}: {err}."
        ) from err
    return kept


def private_text(key: ec.EllipticCurvePrivateKey) -> bytes:
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())


def _read(directory: Path) -> Authority | None:
    """None when there is none, or it is broken, ends soon, or its files do not belong together."""
    try:
        certificate = x509.load_pem_x509_certificate((directory / CERTIFICATE_FILE).read_bytes())
        key = load_pem_private_key((directory / KEY_FILE).read_bytes(), password=None)
    except (FileNotFoundError, ValueError, TypeError):
        return None
    if not isinstance(key, ec.EllipticCurvePrivateKey) or key.public_key() != certificate.public_key():
        return None
    left = certificate.not_valid_after_utc - datetime.now(UTC)
    return Authority(certificate, key) if left > _ENOUGH else None


def _new() -> Authority:
    key = ec.generate_private_key(ec.SECP256R1())
    now = datetime.now(UTC)
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, NAME)])
    constraints = x509.NameConstraints(permitted_subtrees=[x509.DNSName(SUFFIX)], excluded_subtrees=None)
    builder = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - _BEFORE)
        .not_valid_after(now + timedelta(days=365 * _YEARS))
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(_usage(key_cert_sign=True, crl_sign=True), critical=True)
        .add_extension(constraints, critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
    )
    return Authority(builder.sign(key, SHA256()), key)


def _usage(
    *, digital_signature: bool = False, key_cert_sign: bool = False, crl_sign: bool = False
) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=digital_signature,
        key_cert_sign=key_cert_sign,
        crl_sign=crl_sign,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        encipher_only=False,
        decipher_only=False,
    )


def _write(path: Path, text: bytes, mode: int) -> None:
    """Whole or not at all, and never readable by others in between."""
    draft = path.with_name(path.name + ".new")
    draft.unlink(missing_ok=True)
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode), "wb") as file:
        file.write(text)
    draft.replace(path)
