"""What a picture is made of: nodes in their conditions, and the lines between them."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Literal, Self

Tone = Literal["good", "wait", "bad", "off"]


@dataclass(frozen=True)
class Look:
    """How a condition is drawn: its colour, and the id of its icon, which tells it without colour. `words` say it of
    one value.
    """

    tone: Tone
    icon: str
    words: str


class Condition(StrEnum):
    """How a node was found. A member without its look is a TypeError when this module is imported."""

    look: Look

    #: As it should be.
    FOUND = "found", Look("good", "verified", "found")
    #: It has to be there, and is not.
    MISSING = "missing", Look("bad", "failing", "missing")
    #: Something else stands in its place, or only a part of it is there.
    WRONG = "wrong", Look("bad", "failing", "wrong")
    #: It waits for its owner, for us or for time to pass, and nobody has made a mistake.
    WAITING = "waiting", Look("wait", "waiting", "not there yet")
    #: Asking stopped before it, or it comes later.
    NOT_ASKED = "not-asked", Look("off", "removed", "not asked")
    #: It was asked for, and there was no answer to rely on.
    UNKNOWN = "unknown", Look("off", "unknown", "could not be asked")

    # The default is for type checkers: without it they would ask for `look` in `Condition("found")`, too.
    def __new__(cls, value: str, look: Look | None = None) -> Self:
        if look is None:
            raise TypeError(f"the condition {value} has no look")
        member = str.__new__(cls, value)
        member._value_ = value
        member.look = look
        return member

    @property
    def stops(self) -> bool:
        """Whether the way ends here because something is not as it has to be."""
        return self in {Condition.MISSING, Condition.WRONG}


class Line(StrEnum):
    """How the way gets from one node to the next."""

    WHOLE = "whole"
    BROKEN = "broken"
    #: Not known, or not made yet.
    OPEN = "open"


class Kind(StrEnum):
    """The nodes that there are, in the order of the way."""

    VISITORS = "visitors"
    #: The zone that holds the records, and its servers.
    ZONE = "zone"
    #: Those of the delegation.
    NAME_SERVERS = "name-servers"
    #: Those of the records method.
    TOKEN = "token"  # noqa: S105 - the name of a node
    TARGET = "target"
    CERTIFICATE = "certificate"
    #: Our edge with the LLM client behind it.
    EDGE = "edge"


@dataclass(frozen=True)
class Part:
    """One of the values of a node. `label` is short enough for the picture."""

    label: str
    value: str
    condition: Condition


@dataclass(frozen=True)
class Instead:
    """What stands in the place of a node, or beside it. `words` come before the values; `more` are left out."""

    words: str
    values: tuple[str, ...]
    more: int = 0


@dataclass(frozen=True, kw_only=True)
class Node:
    """`words`: its condition as people read it. `evidence`: the id of the place on the page that has the facts, or
    empty. `breaks_behind`: the way gets as far as this node, and no further because of it. `line`: how the way gets
    here; None at its beginning.
    """

    kind: Kind
    title: str
    condition: Condition | None = None
    words: str = ""
    parts: tuple[Part, ...] = ()
    instead: Instead | None = None
    evidence: str = ""
    breaks_behind: bool = False
    line: Line | None = None

    @property
    def tone(self) -> str:
        return self.condition.look.tone if self.condition else "off"

    @property
    def icon(self) -> str:
        return self.condition.look.icon if self.condition else "you"


@dataclass(frozen=True)
class Picture:
    title: str
    nodes: tuple[Node, ...]
