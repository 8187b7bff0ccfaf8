"""`.env` is read, and read again."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from webapp.config import env_files


@pytest.fixture
def env_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """An empty `.env` in the working directory; the environment is what it was after the test."""
    for name in ("SECRET_KEY", "MAIL_FROM", "MAIL_URL"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(env_files, "INSTANCE", tmp_path / "instance")
    monkeypatch.setattr(env_files, "_from_files", {})
    before = dict(os.environ)
    yield tmp_path / ".env"
    for name in set(os.environ) - set(before):
        del os.environ[name]


def test_file_is_read_anew_and_the_environment_comes_before_it(
    env_file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MAIL_URL", "console:")
    env_file.write_text("SECRET_KEY=first\nMAIL_FROM=a@example.com\nMAIL_URL=smtp://mail.example\n")
    env_files.read_env_files()
    assert (os.environ["SECRET_KEY"], os.environ["MAIL_URL"]) == ("first", "console:")
    env_file.write_text("SECRET_KEY=second\n")
    env_files.read_env_files()
    assert os.environ["SECRET_KEY"] == "second"
    assert "MAIL_FROM" not in os.environ, "what is gone from the file holds no longer"
    assert os.environ["MAIL_URL"] == "console:"
