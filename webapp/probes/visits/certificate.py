"""A certificate as it was shown, and what a browser makes of one that it does not trust."""

from __future__ import annotations

import ssl

from cryptography import x509
from cryptography.x509.oid import ExtensionOID, NameOID

from webapp.messages.formatting import one_line
from webapp.probes.visits.facts import CertificateSeen, Trust

#: Of names and words that strangers chose, so much is kept.
LONGEST_TEXT, MOST_NAMES = 120, 3
#: OpenSSL's X509_V_ERR_CERT_NOT_YET_VALID, X509_V_ERR_CERT_HAS_EXPIRED and X509_V_ERR_HOSTNAME_MISMATCH.
_NOT_YET, _EXPIRED, _OTHER_NAME = 9, 10, 62


def bounded(text: str) -> str:
    """A stranger's text on one line, of `LONGEST_TEXT` characters at most."""
    line = one_line(text)
    return line if len(line) <= LONGEST_TEXT else f"{line[: LONGEST_TEXT - 1]}…"


def read(der: bytes | None) -> CertificateSeen | None:
    """None without a certificate, and for one that cannot be read."""
    if not der:
        return None
    try:
        found = x509.load_der_x509_certificate(der)
        return CertificateSeen(
            issuer=_issuer(found.issuer),
            names=_names(found),
            starts_at=found.not_valid_before_utc,
            ends_at=found.not_valid_after_utc,
        )
    except (
        ValueError,
        TypeError,
        x509.DuplicateExtension,
        x509.InvalidVersion,
        x509.UnsupportedGeneralNameType,
    ):
        return None


def _issuer(name: x509.Name) -> str:
    parts = [
        str(attribute.value)
        for oid in (NameOID.ORGANIZATION_NAME, NameOID.COMMON_NAME)
        for attribute in name.get_attributes_for_oid(oid)[:1]
    ]
    return bounded(", ".join(parts))


def _names(found: x509.Certificate) -> tuple[str, ...]:
    try:
        extension = found.extensions.get_extension_for_oid(ExtensionOID.SUBJECT_ALTERNATIVE_NAME)
        names = extension.value.get_values_for_type(x509.DNSName)  # type: ignore[attr-defined]
    except x509.ExtensionNotFound:
        names = [str(one.value) for one in found.subject.get_attributes_for_oid(NameOID.COMMON_NAME)]
    return tuple(bounded(name) for name in names[:MOST_NAMES])


def trust_of(error: ssl.SSLCertVerificationError) -> Trust:
    if error.verify_code in {_EXPIRED, _NOT_YET}:
        return Trust.ENDED
    return Trust.OTHER_NAME if error.verify_code == _OTHER_NAME else Trust.UNTRUSTED
