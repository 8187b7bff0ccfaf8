"""How far a check has come, as an observer of it learns, and the form in which processes hand that on. Pure."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, cast, get_args

from webapp.dns.answers import UNHEARD, Outcome
from webapp.dns.methods import Compared
from webapp.dns.servers.evidence import Asked, Role

_ROLES = frozenset(get_args(Role))
#: What is handed on has no more lines; a check has no more questions.
MOST_LINES = 60


@dataclass(frozen=True)
class Line:
    """One server. `found` of the `wanted` expected values are in its answers; none is wanted before it was asked for
    any, and of servers that are not the zone's. `outcome` is that of the answer which tells most so far, empty before
    the first, and `ms` are its milliseconds. `asking` tells whether a question to it is on its way.
    """

    role: Role
    server: str
    asking: bool = False
    outcome: str = ""
    ms: int = 0
    found: int = 0
    wanted: int = 0

    @property
    def answered(self) -> bool:
        return bool(self.outcome) and Outcome(self.outcome).answered

    @property
    def silent(self) -> bool:
        return self.outcome in UNHEARD


@dataclass(frozen=True)
class Progress:
    """`at`: when this was true. The lines are in the order in which servers were first asked."""

    check_id: int
    at: datetime
    lines: tuple[Line, ...]

    def of(self, role: Role) -> tuple[Line, ...]:
        return tuple(line for line in self.lines if line.role == role)

    def to_data(self) -> dict[str, Any]:
        return {
            "check": self.check_id,
            "at": self.at.isoformat(),
            "lines": [dict(vars(line)) for line in self.lines],
        }

    @classmethod
    def from_data(cls, data: object) -> Progress | None:
        """None for what is none, as another release may have left it."""
        try:
            given = cast("Mapping[str, Any]", data)
            lines = tuple(_line(one) for one in given["lines"][:MOST_LINES])
            return cls(int(given["check"]), datetime.fromisoformat(given["at"]), lines)
        except (KeyError, TypeError, ValueError, AttributeError):
            return None


def _line(data: Mapping[str, Any]) -> Line:
    line = Line(**data)
    if line.role not in _ROLES or (line.outcome and line.outcome not in [*Outcome]):
        raise ValueError(repr(data))
    return line


@dataclass
class _Server:
    line: Line
    #: The addresses that questions on their way were put to, one for each question.
    open: list[str] = field(default_factory=list)
    wanted: set[str] = field(default_factory=set)
    found: set[str] = field(default_factory=set)


class Watching:
    """The observer of one check. `compare`: what an answer tells of the expected values. `changed` is called whenever
    there is something new to tell.
    """

    def __init__(
        self,
        check_id: int,
        compare: Callable[[Asked], Compared | None],
        changed: Callable[[], None],
    ) -> None:
        self._check_id, self._compare, self._changed = check_id, compare, changed
        self._servers: dict[tuple[Role, str], _Server] = {}

    def asked(self, role: Role, server: str, address: str) -> None:
        one = self._server(role, server or address)
        one.open.append(address)
        one.line = replace(one.line, asking=True)
        self._changed()

    def answered(self, asked: Asked) -> None:
        name, unasked = asked.server or asked.address, asked.outcome == Outcome.NOT_ASKED
        if unasked and (asked.role, name) not in self._servers:
            return
        one = self._server(asked.role, name)
        if asked.address in one.open:
            one.open.remove(asked.address)
        if not unasked:
            self._learn(one, asked)
        one.line = replace(one.line, asking=bool(one.open))
        self._changed()

    def _learn(self, one: _Server, asked: Asked) -> None:
        compared = self._compare(asked) if asked.role == "parent" else None
        if compared is not None:
            one.wanted |= compared.wanted
            one.found |= compared.found
        told = not one.line.wanted and (Outcome(asked.outcome).answered or not one.line.answered)
        if compared is not None or told:
            one.line = replace(one.line, outcome=asked.outcome, ms=asked.ms)
        one.line = replace(one.line, found=len(one.found), wanted=len(one.wanted))

    def _server(self, role: Role, name: str) -> _Server:
        return self._servers.setdefault((role, name), _Server(Line(role, name)))

    def progress(self, now: datetime) -> Progress:
        lines = tuple(one.line for one in self._servers.values())[:MOST_LINES]
        return Progress(self._check_id, now, lines)
