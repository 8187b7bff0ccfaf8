"""The tries to get in that one person has left, for staff who help them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from webapp.abuse import limits
from webapp.abuse.counters import left_of
from webapp.extensions import settings
from webapp.models import User

#: What is tried, by the scope of its count.
_WHAT = {
    limits.OF_NAME: "Passwords, from a browser that is new to us",
    limits.OF_CODES: "Codes of the second factor",
    limits.OF_PERSON: "Passwords of somebody who is signed in",
}


@dataclass(frozen=True)
class Tries:
    """`left` of the `most` in an hour, which begins anew at `resets_at`."""

    what: str
    left: int
    most: int
    resets_at: datetime

    @property
    def used_up(self) -> bool:
        return self.left <= 0


def tries_of(person: User) -> Sequence[Tries] | None:
    """Each count of this person. None while the store of the counters cannot be asked."""
    most, found = settings().sign_in_attempts_per_hour, []
    for scope, what in _WHAT.items():
        counted = left_of(limits.few(), limits.stranger_key(person), scope)
        if counted is None:
            return None
        found.append(Tries(what, counted.left, most, datetime.fromtimestamp(counted.resets_at, UTC)))
    return found
