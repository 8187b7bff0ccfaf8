"""`.ci/setup` takes no file whose hash is not in requirements/, in an environment of the test's own."""

from __future__ import annotations

import hashlib
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pip
import pytest

ROOT = Path(__file__).resolve().parents[2]
META = "Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n"
KIND = "Wheel-Version: 1.0\nGenerator: hand\nRoot-Is-Purelib: true\nTag: py3-none-any\n"


def wheel(directory: Path, name: str) -> str:
    """Writes a package with one module, and returns its hash."""
    path = directory / f"{name}-1.0-py3-none-any.whl"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr(f"{name}.py", "")
        archive.writestr(f"{name}-1.0.dist-info/METADATA", META.format(name=name))
        archive.writestr(f"{name}-1.0.dist-info/WHEEL", KIND)
        archive.writestr(f"{name}-1.0.dist-info/RECORD", "")
    return hashlib.sha256(path.read_bytes()).hexdigest()


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """Our set-up with lists of two packages that only this folder has."""
    shutil.copytree(ROOT / ".ci", tmp_path / ".ci")
    (tmp_path / "pyproject.toml").write_text("")
    (tmp_path / "requirements").mkdir()
    for listed, name in (("install", "nameplate_first"), ("tools", "nameplate_second")):
        line = f"{name}==1.0 --hash=sha256:{wheel(tmp_path, name)}\n"
        (tmp_path / "requirements" / f"{listed}.txt").write_text(line)
    lend_pip(tmp_path / ".venv-tools")
    return tmp_path


def lend_pip(environment: Path) -> None:
    """Ours, into a new environment: the one that comes with Python takes many seconds to unpack."""
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", environment], check=True)
    [site] = environment.glob("lib/python*/site-packages")
    (site / "ours.pth").write_text(f"{Path(pip.__file__).parents[1]}\n")


def set_up(project: Path) -> subprocess.CompletedProcess[str]:
    nowhere = {"PIP_NO_INDEX": "1", "PIP_FIND_LINKS": str(project), "PIP_CONFIG_FILE": "/dev/null"}
    return subprocess.run(
        [project / ".ci" / "setup", "tools"],
        env={"PATH": "/usr/bin:/bin", "PYTHON": sys.executable, "HOME": str(project), **nowhere},
        capture_output=True,
        text=True,
        timeout=400,
        check=False,
    )


def has(project: Path, name: str) -> bool:
    return any((project / ".venv-tools").rglob(f"{name}.py"))


def test_what_is_listed_is_installed_once(project: Path) -> None:
    done = set_up(project)
    assert done.returncode == 0, done.stderr
    assert has(project, "nameplate_first")
    assert has(project, "nameplate_second")
    assert set_up(project).stderr == ""


@pytest.mark.parametrize(
    ("listed", "line"), [("install", "{name}==1.0"), ("tools", "{name}==1.0 --hash=sha256:" + "0" * 64)]
)
def test_file_with_another_hash_or_none_in_the_list_is_refused(project: Path, listed: str, line: str) -> None:
    name = {"install": "nameplate_first", "tools": "nameplate_second"}[listed]
    (project / "requirements" / f"{listed}.txt").write_text(line.format(name=name) + "\n")
    done = set_up(project)
    assert done.returncode == 1
    assert "hash" in done.stderr.lower()
    assert not has(project, name)
    assert not (project / ".venv-tools" / "stamp").exists()
