"""What the parser and the rules of registration hand out: a host name, or a refusal."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from enum import StrEnum

from webapp.dns.names import labels, reserved

DID_YOU_MEAN = "Did you mean {shown}?"


class RefusalCode(StrEnum):
    """The rows 0a to 0e of the verdict table."""

    INVALID_NAME = "INVALID_NAME"
    RESERVED_NAME = "RESERVED_NAME"
    UNKNOWN_SUFFIX = "UNKNOWN_SUFFIX"
    PUBLIC_SUFFIX = "PUBLIC_SUFFIX"
    WHOLE_DOMAIN = "WHOLE_DOMAIN"
    PLATFORM_NAME = "PLATFORM_NAME"
    NAME_IN_USE = "NAME_IN_USE"
    LOOKALIKE = "LOOKALIKE"
    TOO_MANY = "TOO_MANY"
    ON_HOLD = "ON_HOLD"
    NOT_ACCEPTED = "NOT_ACCEPTED"
    #: The name may be registered, and not to be proved in the way that was chosen.
    NOT_OFFERED = "NOT_OFFERED"


@dataclass(frozen=True)
class Refusal:
    """Why a name is not taken.

    `reason` is a slug for programs, such as "label-too-long". `suggestion` is a host name that can be offered with
    one click, `offer` the sentence that offers it, and `otherwise` the one in its place where nothing is offered.
    """

    code: RefusalCode
    reason: str
    said: str
    suggestion: str | None = None
    offer: str = DID_YOU_MEAN
    otherwise: str = ""

    @property
    def sentence(self) -> str:
        """The whole answer for people, with the fix."""
        return " ".join(part for part in (self.said, self._last()) if part)

    @property
    def is_guess(self) -> bool:
        """Whether the suggestion is what was probably meant, and not another name in place of the typed one."""
        return self.suggestion is not None and self.offer == DID_YOU_MEAN

    def _last(self) -> str:
        if self.suggestion is None:
            return self.otherwise
        name = HostName(self.suggestion)
        return self.offer.format(shown=name.shown, unicode=name.unicode)


def with_passing_suggestion(refusal: Refusal, refusal_of: Callable[[HostName], Refusal | None]) -> Refusal:
    """The refusal without a suggestion that `refusal_of` refuses. If that second refusal knows what was meant, and
    it passes, it is offered: `chat_bot.acme.con` was typed for `chat-bot.acme.com`.
    """
    if refusal.suggestion is None:
        return refusal
    second = refusal_of(HostName(refusal.suggestion))
    if second is None:
        return refusal
    meant = second.suggestion if second.is_guess else None
    passes = meant is not None and refusal_of(HostName(meant)) is None
    return replace(refusal, suggestion=meant if passes else None)


@dataclass(frozen=True)
class HostName:
    """A host name. `ascii` is what to store and compare: A-labels in lower case, without final dot."""

    ascii: str

    @property
    def labels(self) -> tuple[str, ...]:
        return tuple(self.ascii.split("."))

    @property
    def lineage(self) -> tuple[str, ...]:
        """This name and all above it, the nearest first."""
        return tuple(".".join(self.labels[start:]) for start in range(len(self.labels)))

    @property
    def unicode(self) -> str:
        return ".".join(labels.u_label(label) for label in self.labels)

    @property
    def shown(self) -> str:
        """For people: in its own letters and, where they differ, as DNS has it."""
        return self.ascii if self.unicode == self.ascii else f"{self.unicode} ({self.ascii})"

    @property
    def public_suffix(self) -> str | None:
        """The ending below which anybody registers, such as co.uk or github.io."""
        return reserved.public_suffix(self.ascii)

    @property
    def registrable(self) -> str | None:
        """The domain that its owner registered, such as acme.co.uk; None for a public suffix itself."""
        return reserved.registrable(self.ascii)

    def __str__(self) -> str:
        return self.ascii


@dataclass(frozen=True)
class Parsed:
    """A text that was parsed: a name or a refusal, and sentences about what was understood."""

    typed: str
    name: HostName | None
    refusal: Refusal | None
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class NamePolicy:
    """What an installation registers and what it does not.

    Names at or below `platform_domain` are its own. `reserved_suffixes_allowed` opens reserved suffixes, and
    `extra_suffixes_allowed` those of a private root, which the Public Suffix List does not have, and those that the
    list has as a company's.
    """

    platform_domain: str
    reserved_suffixes_allowed: frozenset[str] = frozenset()
    extra_suffixes_allowed: frozenset[str] = frozenset()
