"""Whatever is wrong ends a process with one sentence and one exit code."""

from __future__ import annotations

import os
import socket
from pathlib import Path

import pytest

from tests.app_fixtures import make_settings
from webapp import create_app
from webapp.boot.starting import require_usable, starting, why_unusable
from webapp.config.settings import ConfigurationError
from webapp.telemetry.metrics_files import VARIABLE, files_in, keep_figures


def test_wrong_setting_ends_the_process_with_its_sentence() -> None:
    with pytest.raises(SystemExit) as ended, starting():
        raise ConfigurationError("PORT: it must be a whole number.")
    # Python prints a text and exits with 1.
    assert ended.value.code == "Nameplate cannot start.\nPORT: it must be a whole number."


def test_places_that_cannot_be_made_are_all_named(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    below = tmp_path / "file"
    chosen = make_settings(
        tmp_path, broker_path=below / "x" / "broker.sqlite", cache_directory=below / "cache"
    )
    with pytest.raises(ConfigurationError) as raised:
        require_usable(chosen)
    assert str(raised.value).splitlines() == [
        f"BROKER_PATH: {below / 'x'} cannot be used: Not a directory.",
        f"CACHE_DIRECTORY: {below / 'cache'} cannot be used: Not a directory.",
    ]


def test_place_that_nobody_chose_is_the_instances(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "file").touch()
    chosen = make_settings(tmp_path).model_copy(update={"broker_path": tmp_path / "file" / "broker.sqlite"})
    monkeypatch.setattr(type(chosen), "model_fields_set", property(lambda _: set()))
    with pytest.raises(
        ConfigurationError, match=r"^NAMEPLATE_INSTANCE: .*/file cannot be used: File exists\.$"
    ):
        require_usable(chosen)


def test_directory_of_somebody_else_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Told by the system, since root, as whom tests may run, may write everywhere."""
    monkeypatch.setattr(os, "access", lambda _path, _mode: False)
    assert why_unusable(tmp_path) == f"the user with the number {os.geteuid()} may not write into it"


@pytest.mark.parametrize("name", ["x" * 300, "a\0b"])
def test_name_that_no_directory_has_is_a_reason(tmp_path: Path, name: str) -> None:
    assert why_unusable(tmp_path / name)


def test_queue_needs_a_file(tmp_path: Path) -> None:
    with pytest.raises(
        ConfigurationError, match=r"^BROKER_PATH: .* is a directory; write the path of a file"
    ):
        require_usable(make_settings(tmp_path, broker_path=tmp_path))


def test_resolver_without_address_is_named_before_anything_listens(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def no_address(*_: object, **__: object) -> None:
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", no_address)
    with pytest.raises(ConfigurationError, match="DNS_RESOLVERS or DNS_ADDRESS_MAP: “no such host” has no"):
        require_usable(make_settings(tmp_path, dns_resolvers="no such host:53"))
    require_usable(make_settings(tmp_path, dns_resolvers="127.0.0.1:53,[::1]:53"))


def test_every_process_asks_what_gunicorn_asks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("SECRET_KEY", "only-for-tests-0123456789")
    monkeypatch.setenv("BROKER_PATH", str(tmp_path))
    with pytest.raises(ConfigurationError, match=r"^BROKER_PATH: .* is a directory"):
        create_app()


def test_directory_of_figures_that_cannot_be_made_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").touch()
    monkeypatch.delenv(VARIABLE, raising=False)
    with pytest.raises(ConfigurationError, match=r"^NAMEPLATE_INSTANCE: .*metrics cannot be used"):
        keep_figures(tmp_path / "file" / "metrics")
    monkeypatch.setenv(VARIABLE, str(tmp_path / "file" / "elsewhere"))
    with pytest.raises(ConfigurationError, match=rf"^{VARIABLE}: .*elsewhere cannot be used"):
        keep_figures(tmp_path / "metrics")


def test_other_files_beside_those_of_processes_are_left_alone(tmp_path: Path) -> None:
    for name in ("counter_4711.db", "notes.db", "other_notes.db"):
        (tmp_path / name).touch()
    assert [path.name for path in files_in(tmp_path)] == ["counter_4711.db"]
