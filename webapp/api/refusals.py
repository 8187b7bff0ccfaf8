"""Refusals of services as problems, with their own codes and sentences."""

from __future__ import annotations

from typing import Protocol

from webapp.api.codes import KINDS
from webapp.api.problems import Problem
from webapp.dns.names import Refusal, RefusalCode
from webapp.domains.limits import TooSoon

#: The code of a problem for each kind of refusal of a name; the problem's `reason` tells it more exactly.
CODES = {
    RefusalCode.INVALID_NAME: "invalid-name",
    RefusalCode.RESERVED_NAME: "reserved-name",
    RefusalCode.UNKNOWN_SUFFIX: "unknown-suffix",
    RefusalCode.PUBLIC_SUFFIX: "public-suffix",
    RefusalCode.WHOLE_DOMAIN: "whole-domain",
    RefusalCode.PLATFORM_NAME: "platform-name",
    RefusalCode.NAME_IN_USE: "name-in-use",
    RefusalCode.LOOKALIKE: "lookalike",
    RefusalCode.TOO_MANY: "too-many",
    RefusalCode.ON_HOLD: "suspended",
    RefusalCode.NOT_ACCEPTED: "not-accepted",
    RefusalCode.NOT_OFFERED: "method-not-offered",
}


class Refused(Protocol):
    """What services give that have one sentence for each refusal."""

    @property
    def sentence(self) -> str: ...
    @property
    def code(self) -> str: ...


def refused(
    refusal: Refusal | TooSoon | Refused, pointer: str | None = None, *, keep: bool = False
) -> Problem:
    """The problem to raise. `keep` commits what the service has written, such as a turn that was used."""
    if isinstance(refusal, Refusal):
        code = CODES[refusal.code]
        problem = Problem(KINDS[code].status, code, refusal.sentence, pointer=pointer, keep=keep)
        problem.more = {"reason": refusal.reason, "suggestion": refusal.suggestion}
        return problem
    if isinstance(refusal, TooSoon):
        headers = {"Retry-After": str(refusal.seconds)}
        return Problem(429, refusal.code, refusal.sentence, headers=headers, keep=keep)
    return Problem(KINDS[refusal.code].status, refusal.code, refusal.sentence, pointer=pointer, keep=keep)
