"""The files that add to the environment before it is read."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager

from dotenv import load_dotenv

from webapp.config.places import INSTANCE

#: What the environment has from a file, which the next reading replaces.
_from_files: dict[str, str] = {}
#: Whether somebody decides for this process when the files are read.
_kept = False


def read_env_files() -> None:
    """Add to the environment what `.env` says and the environment does not.

    If neither has a SECRET_KEY, no installation is configured, and the settings of the last `make run` apply, so that
    commands in a second terminal use the same data. boto3 finds its credentials there as well.
    """
    if _kept:
        return
    for name, value in _from_files.items():
        if os.environ.get(name) == value:
            del os.environ[name]
    before = dict(os.environ)
    load_dotenv(".env")
    if not os.environ.get("SECRET_KEY"):
        load_dotenv(INSTANCE / "sandbox.env")
    _from_files.clear()
    _from_files.update({name: value for name, value in os.environ.items() if name not in before})


@contextmanager
def reading_env_files() -> Iterator[None]:
    """Only inside of the block are the files read, by this process and by those that it forks later. What was read is
    undone when the block raises.

    A worker of gunicorn that ends and is started anew would else read a file that somebody is just editing, and a
    mistake in it would end all of them.
    """
    global _kept  # noqa: PLW0603 - it belongs to the process, as its environment does
    environment, from_files = dict(os.environ), dict(_from_files)
    _kept = False
    try:
        yield
    except BaseException:
        os.environ.clear()
        os.environ.update(environment)
        _from_files.clear()
        _from_files.update(from_files)
        raise
    finally:
        _kept = True
