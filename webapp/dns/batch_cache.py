"""What the checks of one batch may tell each other: how to find servers, never what those say.

A batch cache holds answers of our own recursive resolvers about zones above a name and about addresses of name
servers, and what the zone above a parent zone says about that zone's name servers. The resolver itself keeps such
answers for as long as their TTL says, hours as a rule; asking it again within seconds gives the same answer, and no
registry changes a zone every second. So an answer is at most `SECONDS` older than it would be without the cache. The
cache never holds what decides: what the parent's own servers and ours say, and what resolvers say about the name
itself, is asked afresh for every check. Nor does it hold silence, SERVFAIL or a zone that is called bogus: what could
not be asked for one check is asked again for the next.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace

from webapp.dns.answers import Answer
from webapp.dns.notes import Note

SECONDS = 5.0
#: The most answers in one cache. Without a limit a long batch would take more and more memory.
MOST = 20_000
NOTE = Note("resolver-had-said", {"seconds": round(SECONDS)})
NOTE_ABOVE = Note("server-had-said", {"seconds": round(SECONDS)})

#: Name, type, and who was asked: the number of a resolver, or the address of a server.
Question = tuple[str, str, int | str]


class BatchCache:
    """For one batch of checks, in one event loop."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._kept: dict[Question, tuple[float, Answer]] = {}

    def recall(self, question: Question) -> Answer | None:
        kept = self._kept.get(question)
        return kept[1] if kept and self._clock() - kept[0] <= SECONDS else None

    def keep(self, question: Question, answer: Answer, note: Note = NOTE) -> None:
        if not answer.outcome.answered:
            return
        if len(self._kept) >= MOST:
            self._kept.clear()
        self._kept[question] = (self._clock(), replace(answer, ms=0, note=note))
