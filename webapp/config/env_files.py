"""The files that add to the environment before it is read."""

from __future__ import annotations

import os

from dotenv import load_dotenv

from webapp.config.places import INSTANCE

#: What the environment has from a file, which the next reading replaces.
_from_files: dict[str, str] = {}


def read_env_files() -> None:
    """Add to the environment what `.env` says and the environment does not.

    Again in a process that inherits the environment of one that has read it, such as gunicorn's workers after a
    reload: what came from the file would otherwise be older than the file.

    If neither has a SECRET_KEY, no installation is configured, and the settings of the last `make run` apply, so that
    commands in a second terminal use the same data. boto3 finds its credentials there as well.
    """
    for name, value in _from_files.items():
        if os.environ.get(name) == value:
            del os.environ[name]
    before = dict(os.environ)
    load_dotenv(".env")
    if not os.environ.get("SECRET_KEY"):
        load_dotenv(INSTANCE / "sandbox.env")
    _from_files.clear()
    _from_files.update({name: value for name, value in os.environ.items() if name not in before})
