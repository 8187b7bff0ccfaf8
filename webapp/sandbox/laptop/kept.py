"""The files of `make run` in the instance directory, readable by their owner alone."""

from __future__ import annotations

import fcntl
import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import IO, Any

from dotenv import dotenv_values

from webapp.sandbox.laptop.first_data import SignIn, SignIns

SETTINGS_FILE = "sandbox.env"
RUN_FILE = "run.json"


def read_env_file(path: Path) -> dict[str, str]:
    """What a file of NAME=value lines says; nothing when there is no file."""
    return {name: value for name, value in dotenv_values(path).items() if value is not None}


def write_settings(instance: Path, settings: Mapping[str, str]) -> None:
    lines = [
        "# Written by “make run”. Commands in a second terminal read it, unless the environment or .env",
        "# has a SECRET_KEY: that is an installation of its own, to which nothing of this applies.",
        *(f"{name}='{value}'" for name, value in settings.items()),
    ]
    _write_private(instance / SETTINGS_FILE, "\n".join(lines) + "\n")


def read_sign_ins(instance: Path) -> SignIns | None:
    """The sign-ins of an earlier run; None when there are none that we could use."""
    kept = _read_run(instance)
    try:
        return SignIns(customer=SignIn(**kept["customer"]), staff=SignIn(**kept["staff"]))
    except (KeyError, TypeError):
        return None


def read_url(instance: Path) -> str | None:
    """Where the last run was, or this one is."""
    url = _read_run(instance).get("url")
    return url if isinstance(url, str) else None


def _read_run(instance: Path) -> dict[str, Any]:
    try:
        found = json.loads((instance / RUN_FILE).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}


def write_run(instance: Path, url: str, sandbox_url: str, edge_url: str, sign_ins: SignIns) -> None:
    described = {
        "url": url,
        "sandbox_url": sandbox_url,
        "edge_url": edge_url,
        "customer": vars(sign_ins.customer),
        "staff": vars(sign_ins.staff),
    }
    _write_private(instance / RUN_FILE, json.dumps(described, indent=2) + "\n")


def lock(instance: Path) -> IO[str] | None:
    """An open file that keeps other runs out of this directory while it is open; None when one is in it."""
    held = (instance / "run.lock").open("w", encoding="utf-8")
    try:
        fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        held.close()
        return None
    return held


def _write_private(path: Path, text: str) -> None:
    """Whole or not at all, and never readable by others in between."""
    draft = path.with_name(path.name + ".new")
    draft.unlink(missing_ok=True)
    with os.fdopen(
        os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8"
    ) as file:
        file.write(text)
    draft.replace(path)
