"""Certificates on demand."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
import time_machine

from webapp.sandbox.tls_edge import certificates as module
from webapp.sandbox.tls_edge.authority import NAME, kept_authority
from webapp.sandbox.tls_edge.certificates import Certificates


@pytest.fixture
def certificates(tmp_path: Path) -> Certificates:
    return Certificates(kept_authority(tmp_path))


def test_a_name_keeps_its_certificate_until_it_ends_soon(certificates: Certificates) -> None:
    first = certificates.context("chat.acme.test")
    assert (first.served.name, first.served.issuer) == ("chat.acme.test", NAME)
    assert certificates.context("chat.acme.test") is first
    with time_machine.travel(first.served.not_after - timedelta(days=9), tick=False):
        assert certificates.context("chat.acme.test").served.not_after > first.served.not_after


def test_the_name_that_was_not_asked_for_for_longest_is_forgotten(
    certificates: Certificates, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "MOST_KEPT", 2)
    a, b = certificates.context("a.test"), certificates.context("b.test")
    assert certificates.context("a.test") is a
    certificates.context("c.test")
    assert certificates.context("a.test") is a
    assert certificates.context("b.test") is not b


def test_the_key_is_in_no_file(
    certificates: Certificates, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    drafts = tmp_path / "drafts"
    drafts.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(drafts))
    certificates.context("chat.acme.test")
    assert list(drafts.iterdir()) == []
