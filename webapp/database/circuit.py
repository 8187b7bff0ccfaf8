"""When the database is taken for silent, and for how long nobody asks it then.

A server that is halted, hangs at its disk, or is behind a broken network refuses nothing: it says nothing. Its own
time-outs are of no help, and to the kernel the connection is well. So whoever waits looks at the clock, and in doubt
another connection asks. If that is not answered either, the circuit opens: whoever waits is released, and whoever
comes is refused at once, until the other connection hears something.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from threading import Lock, Thread

import structlog

from webapp.database.patience import GRACE, UNHURRIED, Patience

log = structlog.get_logger(__name__)

#: Seconds between two questions of the other connection that were not answered.
PAUSE = 0.2

#: After a statement was answered, for so many times DATABASE_SILENT_SECONDS whoever can sign in counts as answered.
LATELY = 5

SILENT = "The database has not answered for {:.1f} seconds."
SLOW = "The statement took longer than {:g} seconds."


class SilenceError(Exception):
    """The database says nothing, on no connection."""


class SlowError(Exception):
    """One statement takes too long, while the database may be well."""


#: Asks the database by a connection of its own; True when it said anything, be it a refusal.
Probe = Callable[[], bool]


def _start(work: Callable[[], None]) -> None:
    Thread(target=work, name="is-the-database-silent", daemon=True).start()


class Circuit:
    """One for a process and its database. `start` runs the probe beside whoever waits."""

    def __init__(
        self,
        seconds: float,
        probe: Probe,
        *,
        clock: Callable[[], float] = time.monotonic,
        start: Callable[[Callable[[], None]], None] = _start,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._seconds = seconds
        self._probe = probe
        self.clock = clock
        self._start = start
        self._sleep = sleep
        self._lock = Lock()
        self._heard_at = self._answered_at = float("-inf")
        self._doubted_at: float | None = None
        self._is_open = False

    @property
    def is_open(self) -> bool:
        return self._is_open

    def check(self) -> None:
        """Raises `SilenceError` while the circuit is open."""
        if self._is_open:
            raise SilenceError(SILENT.format(self.clock() - self._heard_at))

    @property
    def is_answered_lately(self) -> bool:
        return self.clock() - self._answered_at < LATELY * self._seconds

    def answered(self) -> None:
        """The database answered a statement."""
        self._answered_at = self.clock()
        self.heard()

    def heard(self) -> None:
        """The database, or a pool of connections before it, said something."""
        self._heard_at = self.clock()
        if self._is_open:
            self._close()

    def watch(self, patience: Patience) -> Watch:
        return Watch(self, patience, self._seconds * (1 if patience.hurried else UNHURRIED))

    def quiet_since(self, began: float) -> float:
        return max(began, self._heard_at)

    def doubt(self) -> float:
        """Let the other connection ask, unless it does. Returns since when it does."""
        with self._lock:
            if self._doubted_at is not None:
                return self._doubted_at
            self._doubted_at = since = self.clock()
        try:
            self._start(self._ask)
        except RuntimeError:
            # No thread can be started now. The next who waits tries again; else nobody would ever close the circuit.
            with self._lock:
                self._doubted_at = None
            log.warning("database.no_thread_to_ask", exc_info=True)
        return since

    def open(self, since: float) -> None:
        with self._lock:
            if self._is_open or self._doubted_at is None:
                return
            self._is_open, self._heard_at = True, since
        log.error("database.silent", seconds=round(self.clock() - since, 1))

    def _close(self) -> None:
        with self._lock:
            if not self._is_open:
                return
            self._is_open = False
        log.warning("database.answers")

    def _ask(self) -> None:
        """Until there is an answer."""
        while not self._is_heard():
            self._sleep(PAUSE)
        with self._lock:
            self._doubted_at = None
        self.heard()

    def _is_heard(self) -> bool:
        """A probe that breaks, as without a free file descriptor, has heard nothing. It must not end this thread: the
        circuit would stay open for ever."""
        try:
            return self._probe()
        except Exception:
            log.exception("database.probe_broke")
            return False


class Watch:
    """One wait for an answer. `look` is called again and again while it lasts."""

    def __init__(self, circuit: Circuit, patience: Patience, silence: float) -> None:
        self._circuit = circuit
        self._silence = silence
        self._statement = patience.statement
        self._began = circuit.clock()

    def look(self) -> None:
        """Raises `SilenceError` or `SlowError` when the wait is over."""
        circuit = self._circuit
        circuit.check()
        now = circuit.clock()
        if self._statement is not None and now - self._began > self._statement + GRACE:
            raise SlowError(SLOW.format(self._statement))
        since = circuit.quiet_since(self._began)
        if now - since < self._silence / 2:
            return
        if now - circuit.doubt() >= self._silence / 2:
            circuit.open(since)
            circuit.check()
