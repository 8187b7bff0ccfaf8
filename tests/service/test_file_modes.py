"""What the real processes create is closed to everybody else on the machine, whatever umask they are started with."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from tests.service.faults import eventually
from tests.service.nameplate import Nameplate, Visitor

OURS = {"web.log", "worker.log", "sandbox.log"}


@pytest.fixture
def nameplate() -> Iterator[Nameplate]:
    """Started as most service managers do, in a folder that everybody may enter, which pytest's are not."""
    folder = Path(tempfile.mkdtemp(prefix="nameplate-", dir="/tmp"))
    folder.chmod(0o755)
    before = os.umask(0o022)
    instance = folder / "instance"
    yield Nameplate(
        folder,
        NAMEPLATE_INSTANCE=str(instance),
        SECRET_KEY="only-for-tests-0123456789",
        MAIL_URL=f"file:{instance / 'mail'}",
    )
    os.umask(before)
    shutil.rmtree(folder)


def modes(directory: Path) -> dict[str, str]:
    found: dict[str, str] = {}
    for path in directory.rglob("*"):
        # Some files have a name of their own only until they are written.
        with suppress(FileNotFoundError):
            if path.name not in OURS:
                found[path.relative_to(directory).as_posix()] = f"{path.lstat().st_mode & 0o777:o}"
    return found


def test_nothing_that_is_created_is_open_to_others(nameplate: Nameplate) -> None:
    instance = nameplate.directory / "instance"
    assert nameplate.flask("db", "upgrade").returncode == 0
    assert nameplate.flask("users", "create", "lena@acme.test", "--account-name", "Acme").returncode == 0
    with nameplate.sandbox(), nameplate.web(), nameplate.worker():
        Visitor(nameplate.url).send("/reset", email="lena@acme.test")
        eventually(lambda: list((instance / "mail").glob("*")), "no e-mail was written")
        found = modes(nameplate.directory)
        doctor = nameplate.flask("doctor").stdout
        assert "[tasks]" not in nameplate.log("worker"), (
            "Celery printed its banner among the lines of the log"
        )
    assert {"instance", "instance/nameplate.sqlite", "instance/broker.sqlite", "instance/cache"} <= set(found)
    assert any(name.startswith("instance/metrics/") for name in found), found
    assert {name: mode for name, mode in found.items() if mode not in {"600", "700"}} == {}
    assert "Nobody else on this machine can read what Nameplate keeps." in doctor
    for folder in (instance, instance / "mail"):
        folder.chmod(0o755)
    assert f"Run “chmod -R go= {instance}”." in nameplate.flask("doctor").stdout
    nameplate.directory.chmod(0o700)
    assert "Nobody else on this machine can read what Nameplate keeps." in nameplate.flask("doctor").stdout
