"""Whose certificates are trusted."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.servers.tls import authority
from webapp.outbound.trust import trusting


def test_authority_is_read_anew_when_its_file_changes(tmp_path: Path) -> None:
    made = authority(tmp_path)
    before = trusting(str(made.path))
    assert trusting(str(made.path)) is before
    authority(tmp_path)
    assert trusting(str(made.path)) is not before


def test_file_without_a_certificate_is_an_error(tmp_path: Path) -> None:
    path = tmp_path / "authority.pem"
    path.write_text("nothing")
    with pytest.raises(OSError, match="no certificate"):
        trusting(str(path))
