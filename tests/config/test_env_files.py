"""`.env` is read, and read again."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from webapp.config import env_files
from webapp.config.settings import ConfigurationError, load_settings


@pytest.fixture
def env_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """An empty `.env` in the working directory; the environment is what it was after the test."""
    for name in ("SECRET_KEY", "MAIL_FROM", "MAIL_URL"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(env_files, "INSTANCE", tmp_path / "instance")
    monkeypatch.setattr(env_files, "_from_files", {})
    monkeypatch.setattr(env_files, "_kept", False)
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


def test_what_was_read_is_kept_until_the_next_block(env_file: Path) -> None:
    env_file.write_text("SECRET_KEY=first\n")
    with env_files.reading_env_files():
        env_files.read_env_files()
    env_file.write_text("SECRET_KEY=second\n")
    env_files.read_env_files()
    assert os.environ["SECRET_KEY"] == "first", "a worker that is started anew must not read it by itself"
    with env_files.reading_env_files():
        env_files.read_env_files()
    assert os.environ["SECRET_KEY"] == "second"


def test_what_was_read_before_a_fault_is_undone_and_can_be_replaced(env_file: Path) -> None:
    env_file.write_text("SECRET_KEY=first\nMAIL_FROM=a@example.com\n")
    with env_files.reading_env_files():
        env_files.read_env_files()
    env_file.write_text("SECRET_KEY=second\nMAIL_URL=console:\n")
    with pytest.raises(ConfigurationError, match="SECRET_KEY"), env_files.reading_env_files():
        load_settings()
    assert (os.environ["SECRET_KEY"], os.environ["MAIL_FROM"]) == ("first", "a@example.com")
    assert "MAIL_URL" not in os.environ
    env_file.write_text("SECRET_KEY=third\n")
    with env_files.reading_env_files():
        env_files.read_env_files()
    assert os.environ["SECRET_KEY"] == "third"
    assert "MAIL_FROM" not in os.environ
