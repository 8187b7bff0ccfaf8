"""Whether anybody has committed to a SQLite database, without a statement: the header of its WAL-index tells.

SQLite's processes share the WAL-index as a mapped file beside the database (`-shm`). Every commit changes the header
before it returns. https://www.sqlite.org/walformat.html, section 2, describes it.

Two rules make it safe to read:

- The file is never closed. POSIX drops all locks of a process on a file, SQLite's too, when the process closes any
  descriptor of it (https://www.sqlite.org/howtocorrupt.html, section 2.2).
- It is read while a connection of this process is open that uses it. Without one, another process may cut it, and
  reading a page that is gone ends the process.
"""

from __future__ import annotations

import mmap
import os
import sqlite3
from pathlib import Path
from threading import Lock

#: Bytes: the header stands there twice.
HEADER = 2 * 48
#: The only version of the format, as SQLite writes it first.
_VERSION = (3_007_000).to_bytes(4, "little"), (3_007_000).to_bytes(4, "big")

#: By device and inode, for as long as the process lives.
_mapped: dict[tuple[int, int], mmap.mmap] = {}
_lock = Lock()


def wal_index(connection: sqlite3.Connection) -> mmap.mmap | None:
    """The WAL-index that `connection` uses, to be read as long as that is open. None where there is none, because the
    database has another journal, or where it cannot be read.
    """
    # This reads the schema, with which SQLite opens the WAL-index.
    if connection.execute("PRAGMA journal_mode").fetchall() != [("wal",)]:
        return None
    (_, _, path), *_ = connection.execute("PRAGMA database_list").fetchall()
    try:
        with _lock:
            found = _mapping(f"{path}-shm")
    except (OSError, ValueError):
        return None
    return found if found[:4] in _VERSION else None


def _mapping(path: str) -> mmap.mmap:
    """Raises `OSError`, and `ValueError` for a file that is too short."""
    known = _mapped.get(_identity(Path(path).stat()))
    if known is not None:
        return known
    descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    identity = _identity(os.fstat(descriptor))
    if identity not in _mapped:
        _mapped[identity] = mmap.mmap(descriptor, HEADER, access=mmap.ACCESS_READ)
    return _mapped[identity]


def _identity(status: os.stat_result) -> tuple[int, int]:
    return status.st_dev, status.st_ino
