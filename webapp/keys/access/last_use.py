"""When a key was last used, to the minute.

It is written by another thread, in a transaction of its own with a single statement, so that no request waits for it
and it holds one row for as long as one commit. A process writes at most once a minute for a key, and a later time is
never replaced by an earlier one.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from threading import Lock

from sqlalchemy import or_, update

from webapp.extensions import db
from webapp.models import ApiKey
from webapp.runtime.requests.afterwards import afterwards

EXACT_TO = timedelta(minutes=1)
#: Keys that a process remembers; beyond that it forgets all of them, and writes once more for each.
_MOST = 10_000


class _Noted:
    """When this process last left a write for a key. Requests that arrive before it is done leave no further one."""

    def __init__(self) -> None:
        self._at: dict[str, datetime] = {}
        self._lock = Lock()

    def is_due(self, prefix: str, now: datetime) -> bool:
        """Whether nothing was left for the key within the last minute; then this call leaves it."""
        with self._lock:
            before = self._at.get(prefix)
            if before is not None and abs(now - before) < EXACT_TO:
                return False
            if len(self._at) >= _MOST:
                self._at.clear()
            self._at[prefix] = now
            return True


_noted = _Noted()


def note(key: ApiKey, now: datetime) -> None:
    """The key was used now. Called in the request, and returns at once."""
    known = key.last_used_at is not None and now - key.last_used_at < EXACT_TO
    if not known and _noted.is_due(key.prefix, now):
        afterwards(_write, f"{key.id} {now.isoformat()}")


def _write(argument: str) -> None:
    key_id, _, moment = argument.partition(" ")
    write(int(key_id), datetime.fromisoformat(moment))


def write(key_id: int, at: datetime) -> None:
    """One statement is the whole transaction, in no session. It changes nothing where a later use, or one within the
    minute, is known already.
    """
    older = or_(ApiKey.last_used_at.is_(None), ApiKey.last_used_at <= at - EXACT_TO)
    used = update(ApiKey).where(ApiKey.id == key_id, older)
    with db.engine.begin() as connection:
        connection.execute(used.values(last_used_at=at, updated_at=ApiKey.updated_at))
