"""How much one check may ask and how long it may take, whatever the servers do; and how much one server is asked.

Whoever runs a parent zone chooses the addresses of its name servers. Without limits for each address, a zone that
lists a stranger's addresses would turn the checks of many names into a flood of packets to that stranger.
"""

from __future__ import annotations

import math
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from threading import Lock

from webapp.dns.addresses import target_of
from webapp.dns.notes import Note

#: How many packets may wait for an answer of one address that is silent, over all checks of a process …
UNANSWERED_AT_ONCE = 50
#: … and how many of those that were never answered are forgotten in a second.
UNANSWERED_PER_SECOND = 2.0
#: For how many seconds an address that has answered is not taken for silent.
ANSWERED_LATELY = 5.0
#: The code of the note on a question that was put off for this reason, see `webapp.dns.notes`.
RESTS = "address-rests"
#: The most addresses that are remembered.
_MOST_ADDRESSES = 20_000


@dataclass(frozen=True)
class Limits:
    """The caps of one check. Without them a parent zone could be made to multiply our queries (NXNSAttack)."""

    queries: int = 60
    seconds: float = 20.0
    #: As many name servers are asked, and as many silent addresses are met with patience.
    name_servers: int = 13
    addresses_per_family: int = 2
    #: Questions to one address.
    address_questions: int = 24
    chain_steps: int = 16
    tries: int = 2
    server_try_seconds: float = 1.5
    #: A recursive resolver has servers of its own to wait for.
    resolver_try_seconds: float = 2.5
    #: Of more resolvers than this, the first are asked.
    resolvers: int = 3


class Budget:
    """Counts the packets of one check; a retry is a packet too."""

    def __init__(self, queries: int) -> None:
        self.left = queries

    def spend(self) -> bool:
        """Takes one query out of the budget; False when none is left, and then nothing may be sent."""
        if self.left <= 0:
            return False
        self.left -= 1
        return True


class Targets:
    """What one check has put to each address. Without it, one check would ask a silent address again and again."""

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._questions: Counter[str] = Counter()
        self._answering: set[str] = set()
        self._silent: set[tuple[str, bool]] = set()

    def refusal(self, address: str, *, tcp: bool) -> Note | None:
        """Why this address gets no further question; None when it gets this one, which is counted."""
        target = target_of(address)
        if (target, tcp) in self._silent:
            return Note("silent-before", {"address": address})
        if self._questions[target] >= self._limits.address_questions:
            return Note("address-cap", {"address": address, "most": self._limits.address_questions})
        if target not in self._answering and self._silent_addresses >= self._limits.name_servers:
            return Note("silent-cap", {"most": self._limits.name_servers})
        self._questions[target] += 1
        return None

    @property
    def _silent_addresses(self) -> int:
        return len({target for target, _ in self._silent} - self._answering)

    def note(self, address: str, *, tcp: bool, heard: bool) -> None:
        """Notes whether a question was answered. Another transport may be tried once more."""
        if heard:
            self._answering.add(target_of(address))
        else:
            self._silent.add((target_of(address), tcp))


class Unanswered:
    """The packets that addresses left without an answer, over all checks of a process.

    Each packet takes a token and every answer gives it back. Tokens come back with time as well. An address that has
    answered lately is never refused: what many checks have sent to a busy server at once waits for its answers, and
    is not silence. `at_once` is for addresses that have answered nothing yet, or nothing lately; with fewer than one
    for each check that may run, an honest server would be refused when many checks begin together.
    """

    def __init__(
        self, clock: Callable[[], float] = time.monotonic, *, at_once: int = UNANSWERED_AT_ONCE
    ) -> None:
        self._clock, self._lock, self._at_once = clock, Lock(), at_once
        self._taken: dict[str, tuple[float, float]] = {}
        self._answered: dict[str, float] = {}

    def take(self, address: str) -> bool:
        """False when the address has left so many without an answer that nothing may be sent to it now."""
        with self._lock:
            target, now = target_of(address), self._clock()
            taken = self._left_of(target, now)
            if taken + 1 > self._at_once and not self._has_answered_lately(target, now):
                return False
            if len(self._taken) >= _MOST_ADDRESSES:
                self._forget(now)
            self._taken[target] = (min(taken + 1, self._at_once), now)
            return True

    def give_back(self, address: str) -> None:
        """The address has answered."""
        with self._lock:
            target, now = target_of(address), self._clock()
            if len(self._answered) >= _MOST_ADDRESSES:
                self._forget_answers(now)
            self._answered[target] = now
            left = self._left_of(target, now) - 1
            if left > 0:
                self._taken[target] = (left, now)
            else:
                self._taken.pop(target, None)

    def _has_answered_lately(self, target: str, now: float) -> bool:
        return now - self._answered.get(target, -math.inf) <= ANSWERED_LATELY

    def _left_of(self, target: str, now: float) -> float:
        taken, since = self._taken.get(target, (0.0, now))
        return max(0.0, taken - (now - since) * UNANSWERED_PER_SECOND)

    def _forget(self, now: float) -> None:
        """Drops the addresses that have nothing taken any more; all of them if none has."""
        kept = {target: taken for target, taken in self._taken.items() if self._left_of(target, now) > 0}
        self._taken = kept if len(kept) < _MOST_ADDRESSES else {}

    def _forget_answers(self, now: float) -> None:
        """The same for the addresses that have answered."""
        kept = {one: at for one, at in self._answered.items() if now - at <= ANSWERED_LATELY}
        self._answered = kept if len(kept) < _MOST_ADDRESSES else {}
