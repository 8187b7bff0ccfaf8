"""Where a run keeps its data, and where the program's own files are."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from webapp.config import places


@pytest.fixture(autouse=True)
def nowhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A working directory without settings, and an environment without any."""
    monkeypatch.delenv("NAMEPLATE_INSTANCE", raising=False)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_checkout_keeps_data_beside_the_package() -> None:
    assert places._instance() == Path(places.__file__).parents[2] / "instance"


def test_wheel_keeps_data_where_an_upgrade_of_it_does_not_reach(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(places, "_IS_INSTALLED", True)
    assert places._instance() == Path(sys.prefix) / "var" / "nameplate-instance"


def test_env_file_names_the_directory_for_servers_as_it_does_for_commands(nowhere: Path) -> None:
    (nowhere / ".env").write_text("NAMEPLATE_INSTANCE=/srv/kept\n")
    assert places._instance() == Path("/srv/kept")


def test_environment_comes_before_the_env_file(nowhere: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (nowhere / ".env").write_text("NAMEPLATE_INSTANCE=/srv/kept\n")
    monkeypatch.setenv("NAMEPLATE_INSTANCE", "/srv/other")
    assert places._instance() == Path("/srv/other")


def test_folders_of_the_program_are_there() -> None:
    assert (places.TEMPLATES / "base.html").is_file()
    assert (places.STATIC / "theme.css").is_file()
    assert (places.MIGRATIONS / "env.py").is_file()
