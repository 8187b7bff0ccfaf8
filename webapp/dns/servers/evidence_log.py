"""How questions and answers become evidence, the moment an answer is there."""

from __future__ import annotations

import shlex
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache

import structlog

from webapp.dns.answers import Answer, Outcome
from webapp.dns.notes import Note
from webapp.dns.servers.evidence import Asked, Observer, Role

log = structlog.get_logger(__name__)

#: How many names one line of evidence keeps. A server may list a thousand.
SHOWN = 20
#: How many other records it keeps, how many letters of each, and how many letters all lines of a check keep.
VALUES_SHOWN, LONGEST_VALUE, MOST_LETTERS = 6, 300, 8000


class EvidenceLog:
    """The evidence of one check, in `asked`, and the observer who is told of each line."""

    def __init__(self, observer: Observer | None = None) -> None:
        self.asked: list[Asked] = []
        self._observer = observer
        self._letters = MOST_LETTERS

    def asking(self, role: Role, server: str, address: str) -> None:
        """A question goes out now."""
        self._tell(lambda observer: observer.asked(role, server, address))

    def leave_out(self, role: Role, server: str, address: str, question: str, note: Note) -> None:
        """Writes down that a server was not asked, and why."""
        outcome = Outcome.NOT_ASKED.value
        self._add(Asked(server, address, question, "", outcome, False, (), None, 0, role, "", (note,)))

    def write_down(self, role: Role, server: str, answer: Answer, *, checking: bool = True) -> None:
        seen = _ns_seen(answer)
        notes = (answer.note,) if answer.note else ()
        if len(seen.values) > SHOWN:
            notes = (*notes, Note("name-servers-shown", {"count": len(seen.values), "shown": SHOWN}))
        asked = answer.outcome is not Outcome.NOT_ASKED
        self._add(
            Asked(
                server=server,
                address=answer.address,
                question=f"{answer.name} {answer.type}",
                transport=answer.transport if asked else "",
                outcome=answer.outcome.value,
                authoritative=answer.authoritative,
                name_servers=seen.values[:SHOWN],
                ttl=seen.ttl,
                ms=answer.ms,
                role=role,
                dig=_dig(role, server, answer, checking=checking) if asked else "",
                notes=notes,
                values=self._values(answer) if answer.answer else (),
            )
        )

    def _add(self, line: Asked) -> None:
        self.asked.append(line)
        self._tell(lambda observer: observer.answered(line))

    def _tell(self, what: Callable[[Observer], None]) -> None:
        """No fault of somebody who only watches may end a check."""
        if self._observer is None:
            return
        try:
            what(self._observer)
        except Exception:
            log.exception("check.observer")
            self._observer = None

    def _values(self, answer: Answer) -> tuple[str, ...]:
        found = (
            value if records.type == answer.type else f"{records.type} {value}"
            for records in answer.answer
            if records.type != "NS"
            for value in records.values
        )
        kept = list[str]()
        for value in found:
            cut = value if len(value) <= LONGEST_VALUE else f"{value[:LONGEST_VALUE]}…"
            if len(kept) == VALUES_SHOWN or self._letters < len(cut):
                break
            self._letters -= len(cut)
            kept.append(cut)
        return tuple(kept)


@dataclass(frozen=True)
class _Seen:
    values: tuple[str, ...]
    ttl: int | None


def _ns_seen(answer: Answer) -> _Seen:
    found = answer.referral or answer.wildcard or (answer.record_set("NS") if answer.type == "NS" else None)
    if found:
        return _Seen(found.values, found.ttl)
    first = next(iter(answer.answer), None)
    return _Seen((), first.ttl if first else answer.negative_ttl)


def _dig(role: Role, server: str, answer: Answer, *, checking: bool) -> str:
    """The line that asks the same again. Names come from strangers' zones, so the shell gets them quoted."""
    host, port = answer.endpoint or (answer.address, 53)
    by_name = role != "resolver" and host == answer.address
    words = ["dig"]
    words += [] if role == "resolver" else ["+norecurse"]
    words += [] if checking else ["+cdflag"]
    words += ["+tcp"] if answer.transport == "tcp" else []
    words += [f"@{server if by_name else host}"]
    words += [] if port == 53 else ["-p", str(port)]
    return " ".join(map(_quote, [*words, answer.name, answer.type]))


_quote = lru_cache(maxsize=8192)(shlex.quote)
