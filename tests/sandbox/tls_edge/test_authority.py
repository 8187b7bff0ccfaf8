"""The certificate authority of the sandbox's edge."""

from __future__ import annotations

import os
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import time_machine
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.verification import PolicyBuilder, Store, VerificationError

from webapp.sandbox.shared.store import StoreError
from webapp.sandbox.tls_edge.authority import CERTIFICATE_FILE, KEY_FILE, Authority, kept_authority


def verified(authority: Authority, certificate: x509.Certificate, name: str) -> None:
    """As a client that trusts this authority alone does. Raises VerificationError."""
    trusted = PolicyBuilder().store(Store([authority.certificate]))
    trusted.build_server_verifier(x509.DNSName(name)).verify(certificate, [])


def issued(authority: Authority, name: str) -> x509.Certificate:
    return authority.issue(name, ec.generate_private_key(ec.SECP256R1()).public_key())


def test_a_client_that_trusts_it_takes_its_certificates_for_their_name_alone(tmp_path: Path) -> None:
    authority = kept_authority(tmp_path)
    long = ".".join(["a" * 60] * 4) + ".test"
    for name in ("chat.acme.test", long):
        verified(authority, issued(authority, name), name)
    with pytest.raises(VerificationError):
        verified(authority, issued(authority, "chat.acme.test"), "other.acme.test")


def test_it_can_forge_no_name_of_the_internet(tmp_path: Path) -> None:
    """Whatever is signed with its key."""
    authority = kept_authority(tmp_path)
    assert not authority.covers("chat.acme.com")
    with pytest.raises(VerificationError):
        verified(authority, issued(authority, "chat.acme.com"), "chat.acme.com")


@pytest.mark.parametrize(
    "name", ["", "test", ".test", "a..test", " chat.acme.test", "chat.acme.test\n", "Ä.test"]
)
def test_what_is_no_name_is_not_covered(tmp_path: Path, name: str) -> None:
    assert not kept_authority(tmp_path).covers(name)


def test_the_key_is_its_owners_alone_and_the_same_one_is_found_again(tmp_path: Path) -> None:
    before = os.umask(0)
    try:
        first = kept_authority(tmp_path)
    finally:
        os.umask(before)
    assert (tmp_path / KEY_FILE).stat().st_mode & 0o777 == 0o600
    assert (tmp_path / CERTIFICATE_FILE).stat().st_mode & 0o777 == 0o644
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted([KEY_FILE, CERTIFICATE_FILE])
    assert kept_authority(tmp_path).certificate == first.certificate


@pytest.mark.parametrize("broken", ["no key", "no certificate", "garbage", "another's key"])
def test_what_cannot_be_used_is_made_anew(tmp_path: Path, broken: str) -> None:
    first = kept_authority(tmp_path)
    other = tmp_path / "other"
    other.mkdir()
    kept_authority(other)
    match broken:
        case "no key":
            (tmp_path / KEY_FILE).unlink()
        case "no certificate":
            (tmp_path / CERTIFICATE_FILE).unlink()
        case "garbage":
            (tmp_path / CERTIFICATE_FILE).write_text("garbage")
        case _:
            (tmp_path / KEY_FILE).write_bytes((other / KEY_FILE).read_bytes())
    second = kept_authority(tmp_path)
    assert second.certificate != first.certificate
    assert kept_authority(tmp_path).certificate == second.certificate


def test_one_that_ends_soon_is_made_anew(tmp_path: Path) -> None:
    first = kept_authority(tmp_path).certificate
    assert first.not_valid_after_utc - datetime.now(UTC) > timedelta(days=5 * 365)
    with time_machine.travel(first.not_valid_after_utc - timedelta(days=300), tick=False):
        assert kept_authority(tmp_path).certificate != first


def test_where_nothing_can_be_kept_it_says_so(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="cannot be kept in"):
        kept_authority(tmp_path / "nowhere")
