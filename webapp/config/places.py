"""Where things are: what belongs to the program and what a run keeps, in a checkout and in an installed wheel."""

from __future__ import annotations

import os
import sys
from pathlib import Path

from dotenv import dotenv_values

_PACKAGE = Path(__file__).resolve().parents[1]
#: A wheel carries the folders inside of the package (`setup.py`), since `templates` or `static` in site-packages
#: would collide with somebody else's.
_IS_INSTALLED = (_PACKAGE / "migrations").is_dir()
_BESIDE = _PACKAGE if _IS_INSTALLED else _PACKAGE.parent

TEMPLATES = _BESIDE / "templates"
STATIC = _BESIDE / "static"
MIGRATIONS = _BESIDE / "migrations"
#: In a wheel, the documents that `webapp.documentation` serves, and no others.
DOCS = _BESIDE / "docs"


def _instance() -> Path:
    """Of a wheel, what Flask takes for an installed application: a folder of the environment, not of site-packages,
    which an upgrade empties. Read from `.env` as well: commands read it there before anything else, so that servers
    that did not would keep their data in another place.
    """
    chosen = os.environ.get("NAMEPLATE_INSTANCE") or dotenv_values(".env").get("NAMEPLATE_INSTANCE")
    if chosen:
        return Path(chosen)
    return Path(sys.prefix) / "var" / "nameplate-instance" if _IS_INSTALLED else _PACKAGE.parent / "instance"


#: The directory of everything that a run keeps. It is read before the settings, whose defaults point into it.
INSTANCE = _instance().resolve()
