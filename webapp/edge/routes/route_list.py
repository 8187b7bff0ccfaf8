"""The list of all routes as a file, made once for all readers of this machine and kept until a route changes.

A million routes are 260 MB of JSON and seconds of work, and proxies fetch them every few seconds. The file says of
which generation of the routes it is (`webapp.edge.served_names.announcements`), and its first bytes are read for each
request. A change whose announcement was lost, as by a process that was killed, is noticed by age: after
`FRESH_SECONDS`, or after `REST` times what making the list took, `OLD_SECONDS` at most.

A list that takes longer than `QUICK_SECONDS` is made in the background, while readers get the former one: at a
million names some route changes every few seconds, and a reader that has to wait gives up. It is not begun before the
former one is `PAUSE` times as old as making it took, so that a machine spends half of a core on it at most.
"""

from __future__ import annotations

import fcntl
import gzip
import hashlib
import json
import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import IO

#: A list of the present generation is believed for so many times of what making it took, up to so many seconds.
REST, OLD_SECONDS = 20, 60.0
#: And for so many seconds, however quickly it was made.
FRESH_SECONDS = 0.9
#: One that takes longer is made in the background, and how often at most, in times of what it takes.
QUICK_SECONDS, PAUSE = 1.0, 2
#: How long a reader waits for another one that makes the list. Then it gets the former list, while that is younger
#: than `FORMER_SECONDS`, or was made in the background and is not much older than it has to be.
PATIENCE_SECONDS = 2.0
FORMER_SECONDS = 60.0
_LOOK_AGAIN_SECONDS = 0.02
_PIECE = 65536
_HEADER = 512


class BeingMadeError(Exception):
    """Another reader makes the list, and no former one is young enough."""


@dataclass(frozen=True)
class About:
    """The first line of the file. `generation`: of the routes and of whatever else the list follows from, empty when
    nobody could tell. `etag`: of the JSON text. `began`: when reading the rows began.
    """

    generation: str
    etag: str
    began: float
    took: float

    def age(self) -> float:
        """Infinite when the clock was put back, since then nothing is known."""
        age = time.time() - self.began
        return age if age >= 0 else float("inf")

    def is_of(self, generation: str | None) -> bool:
        """Whether it is still the list: of a known generation, and not too old to be believed."""
        known = generation is not None and self.generation == generation
        return known and self.age() < max(FRESH_SECONDS, min(REST * self.took, OLD_SECONDS))

    @property
    def is_slow(self) -> bool:
        return self.took > QUICK_SECONDS

    def may_be_renewed(self) -> bool:
        return self.age() >= PAUSE * self.took

    def may_be_given_out(self) -> bool:
        """Whether it is young enough as a former list."""
        return self.age() < max(FORMER_SECONDS, 2 * (PAUSE + 1) * self.took)


class Kept:
    """An open list; `close` it. What was opened stays whole, also when a newer list takes its place."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file
        self.about = About(**json.loads(file.readline()))
        self._start = file.tell()

    @property
    def compressed_size(self) -> int:
        return os.fstat(self._file.fileno()).st_size - self._start

    def compressed(self) -> Iterator[bytes]:
        while piece := self._file.read(_PIECE):
            yield piece

    def plain(self) -> Iterator[bytes]:
        with gzip.open(self._file, "rb") as text:
            while piece := text.read(_PIECE):
                yield piece

    def close(self) -> None:
        self._file.close()


class RouteList:
    """`path`: the file. `generation`: of the routes now, None when nobody can tell. `write`: writes the document.
    `later`: does something in the background.
    """

    def __init__(
        self,
        path: Path,
        generation: Callable[[], str | None],
        write: Callable[[Callable[[bytes], object]], None],
        later: Callable[[Callable[[], None]], None],
    ) -> None:
        self._path, self._generation, self._write, self._later = path, generation, write, later

    def current(self) -> Kept:
        """The list as it is now, or the former one while this one is made. Raises `BeingMadeError`, and whatever
        reading the rows raises.
        """
        kept = self._opened()
        if kept and kept.about.is_of(self._generation()):
            return kept
        if kept and kept.about.is_slow and kept.about.may_be_given_out():
            if kept.about.may_be_renewed():
                self._later(self._renew)
            return kept
        if kept:
            kept.close()
        with self._turn(PATIENCE_SECONDS) as mine:
            if not mine:
                return self._former()
            # Whoever had the turn before us may have made it.
            kept = self._opened()
            if kept and kept.about.is_of(self._generation()):
                return kept
            if kept:
                kept.close()
            return self._made()

    def _renew(self) -> None:
        """Unless another process or thread does so, or has done it."""
        with self._turn(0) as mine:
            kept = self._opened() if mine else None
            if kept:
                kept.close()
                if kept.about.may_be_renewed():
                    self._made().close()

    def _former(self) -> Kept:
        kept = self._opened()
        if kept and kept.about.may_be_given_out():
            return kept
        if kept:
            kept.close()
        raise BeingMadeError

    def _opened(self) -> Kept | None:
        try:
            file = self._path.open("rb")
        except FileNotFoundError:
            return None
        try:
            return Kept(file)
        except (ValueError, TypeError):  # not written by this release
            file.close()
            return None

    @contextmanager
    def _turn(self, patience: float) -> Iterator[bool]:
        """One process and thread of this machine at a time; the system gives the turn back should it be killed."""
        until = time.monotonic() + patience
        self._path.parent.mkdir(parents=True, exist_ok=True)
        with self._path.with_suffix(".turn").open("ab") as lock:
            while not (mine := _locked(lock)) and time.monotonic() < until:
                time.sleep(_LOOK_AGAIN_SECONDS)
            yield mine

    def _made(self) -> Kept:
        """Written beside the former list and put into its place in one step. The generation is read before the rows,
        so that a change meanwhile makes the list old and not wrong.
        """
        generation, began = self._generation() or "", time.time()
        started, digest = time.monotonic(), hashlib.sha256()
        fresh = self._path.with_suffix(".new")  # nobody else's, since the turn is ours
        with fresh.open("wb") as whole:
            whole.write(_header(None))
            # No time in it, so that the same routes are the same bytes.
            with gzip.GzipFile(fileobj=whole, mode="wb", compresslevel=1, mtime=0, filename="") as packed:

                def write(text: bytes) -> None:
                    digest.update(text)
                    packed.write(text)

                self._write(write)
            about = About(generation, digest.hexdigest()[:32], began, time.monotonic() - started)
            whole.seek(0)
            whole.write(_header(about))
        fresh.replace(self._path)
        return Kept(self._path.open("rb"))


def _header(about: About | None) -> bytes:
    """The first line, always as long, so that it can be written last."""
    return (json.dumps(asdict(about)) if about else "").ljust(_HEADER - 1).encode() + b"\n"


def _locked(lock: IO[bytes]) -> bool:
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
