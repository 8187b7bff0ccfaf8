"""A certificate as it was shown."""

from __future__ import annotations

import ssl
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from tests.servers.tls import authority
from webapp.probes.visits import certificate
from webapp.probes.visits.certificate import bounded


def test_issuer_and_names_of_strangers_are_bounded(tmp_path: Path) -> None:
    made = authority(tmp_path, "An Authority\n" + "x" * 40)
    found = certificate.read(ssl.PEM_cert_to_DER_cert(made.path.read_text()))
    assert found is not None
    assert found.issuer == "An Authority " + "x" * 40
    assert found.starts_at < found.ends_at
    assert len(bounded("x" * 500)) == certificate.LONGEST_TEXT


@given(st.binary(max_size=300))
def test_what_is_no_certificate_is_none(data: bytes) -> None:
    assert certificate.read(data) is None


def test_certificate_of_no_version_that_there_is_cannot_be_read(tmp_path: Path) -> None:
    """OpenSSL takes it, so that a server can show it."""
    der = ssl.PEM_cert_to_DER_cert(authority(tmp_path).path.read_text())
    third, another = b"\xa0\x03\x02\x01\x02", b"\xa0\x03\x02\x01\x37"
    assert der.count(third) == 1
    assert certificate.read(der.replace(third, another)) is None
