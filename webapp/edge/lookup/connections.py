"""A few connections for all threads of a process, so that a silent database holds some of them and never all."""

from __future__ import annotations

import time
from collections import deque
from threading import Condition
from typing import Any

import structlog

from webapp.edge.lookup.statement import AwayError, Moment, Prepared, Read

log = structlog.get_logger(__name__)

#: Connections of a process, how many threads may wait for one, and for how many seconds.
MOST, WAITING, SECONDS = 8, 40, 0.3


class Connections:
    """Asks one statement. The connection that was given back last is taken first, so that few are ever opened."""

    def __init__(self, prepared: Prepared, most: int = MOST, waiting: int = WAITING) -> None:
        self._prepared = prepared
        self._free: deque[Any] = deque([None] * most)
        self._given_back = Condition()
        self._waiting, self._most_waiting = 0, waiting

    def ask(self, name: str, since: Moment | None = None) -> Read | None:
        """As `Prepared.ask`. Raises `AwayError` when the database does not answer, or too many ask already."""
        try:
            connection = self._free.pop()
        except IndexError:
            connection = self._wait_for_one()
        fresh, kept = connection is None, None
        try:
            if fresh:
                connection = self._prepared.connect()
            try:
                found = self._prepared.ask(connection, name, since)
            except Exception:
                # The server was started anew since this connection was used last.
                if fresh or self._prepared.is_usable(connection):
                    raise
                _close(connection)
                connection = self._prepared.connect()
                found = self._prepared.ask(connection, name, since)
            kept = connection
        except Exception as err:
            log.error("edge.database", exc_info=err)  # noqa: TRY400 - one line for each kind of outage
            if connection is not None:
                _close(connection)
            raise AwayError from err
        finally:
            self._free.append(kept)
            if self._waiting:
                with self._given_back:
                    self._given_back.notify()
        return found

    def _wait_for_one(self) -> Any:
        until = time.monotonic() + SECONDS
        with self._given_back:
            if self._waiting >= self._most_waiting:
                raise AwayError("Too many ask the database already.")
            self._waiting += 1
            try:
                while True:
                    try:
                        return self._free.pop()
                    except IndexError:
                        if not self._given_back.wait(max(0.0, until - time.monotonic())):
                            raise AwayError("No connection was free in time.") from None
            finally:
                self._waiting -= 1


def _close(connection: Any) -> None:
    try:
        connection.close()
    except Exception:
        log.warning("edge.connection_not_closed", exc_info=True)
