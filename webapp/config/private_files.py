"""Who else on this machine may read what an installation keeps: nobody.

The database, the cache and the metrics are files, and so may be the queue and the e-mails, whose links open accounts.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Collection, Iterable
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


def is_handed_to_our_group(place: Path) -> bool:
    """Whether somebody else, such as root, owns this and lets us use it as one of its group: a service's settings."""
    return _is_handed(place.stat(), *_us())


def letting_in(status: os.stat_result, user: int, groups: Collection[int]) -> int:
    """The bits of a mode that let in somebody else than `user`, who is in `groups`. Bits of the group in what is
    handed to ours let us in.
    """
    others = stat.S_IRWXO if _is_handed(status, user, groups) else _OTHERS
    return status.st_mode & others


def _is_handed(status: os.stat_result, user: int, groups: Collection[int]) -> bool:
    return status.st_uid != user and status.st_gid in groups


def _us() -> tuple[int, Collection[int]]:
    return os.geteuid(), {os.getegid(), *os.getgroups()}


def _is_open(place: Path) -> bool:
    """A folder that nobody else may enter closes everything below it, however deep."""
    if not place.exists() or not _bits(place):
        return False
    return all(_bits(parent) & _OTHERS_MAY_ENTER for parent in place.parents)


def _bits(place: Path) -> int:
    return letting_in(place.stat(), *_us())
