"""Nameplate as an operator installs it: a wheel, built from a copy of the checkout, in an environment of its own."""

from __future__ import annotations

import shutil
import subprocess
import sys
import sysconfig
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
#: What a build reads. In a copy, since setuptools puts what it builds, and would find again, beside it.
_SOURCES = (
    "pyproject.toml",
    "setup.py",
    "README.md",
    "LICENSE",
    "webapp",
    "templates",
    "static",
    "migrations",
)
_OFFLINE = ("--no-index", "--no-deps", "--no-build-isolation")


def build(directory: Path) -> Path:
    source = directory / "source"
    source.mkdir()
    for name in _SOURCES:
        if (ROOT / name).is_dir():
            shutil.copytree(ROOT / name, source / name)
        else:
            shutil.copy(ROOT / name, source / name)
    _pip(sys.executable, "wheel", *_OFFLINE, "--wheel-dir", str(directory), str(source))
    (found,) = directory.glob("nameplate-*.whl")
    return found


def environment(directory: Path) -> Path:
    """Its Python. It has the packages that Nameplate needs from ours, and nothing of ours."""
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", directory], check=True)
    python = directory / "bin" / "python"
    [site] = directory.glob("lib/python*/site-packages")
    # A line of such a file puts a folder on the path and does not read the folder's own files of that kind, by
    # which an editable installation would bring the checkout along.
    (site / "lent.pth").write_text(f"{sysconfig.get_path('purelib')}\n")
    return python


def install(python: Path, wheel: Path) -> None:
    _pip(str(python), "install", *_OFFLINE, "--force-reinstall", str(wheel))


def _pip(python: str, *words: str) -> None:
    done = subprocess.run(
        [python, "-m", "pip", "--quiet", "--disable-pip-version-check", *words],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
