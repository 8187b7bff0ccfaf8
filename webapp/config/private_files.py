"""Who else on this machine may read what an installation keeps: nobody.

The database, the cache and the metrics are files, and so may be the queue and the e-mails, whose links open accounts.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Iterable
from pathlib import Path

_OTHERS = stat.S_IRWXG | stat.S_IRWXO
_OTHERS_MAY_ENTER = stat.S_IXGRP | stat.S_IXOTH


def keep_private() -> None:
    """Let this process and those that it starts create files and folders that nobody else can read.

    Every entry of a process calls it before anything is created: the usual umask would leave them open to all.
    """
    os.umask(_OTHERS)


def open_to_others(places: Iterable[Path]) -> list[Path]:
    """Those of `places` that others can read, write or enter. What is in a folder that is among them is left out:
    the folder is closed with all that is in it, in one step. What is in a closed folder is closed.
    """
    found = [place for place in sorted({place.resolve() for place in places}) if _is_open(place)]
    return [place for place in found if not set(place.parents) & set(found)]


def _is_open(place: Path) -> bool:
    if not place.exists():
        return False
    return bool(place.stat().st_mode & _OTHERS and place.parent.stat().st_mode & _OTHERS_MAY_ENTER)
