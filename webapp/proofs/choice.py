"""Which method is recommended for a name, from what DNS says of it. Pure; `webapp.proofs.looking` asks."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from webapp.models import Method


class Reason(StrEnum):
    """Why a method is recommended."""

    #: No other one is offered.
    ONLY = "only"
    #: The name is a whole domain: to delegate it would move its mail and its web site.
    APEX = "apex"
    #: Its provider takes no NS records below a name.
    PROVIDER = "provider"
    #: Something answers at the name, which stops at once with a delegation.
    ANSWERS = "answers"
    #: DNS could not be asked.
    UNSEEN = "unseen"
    #: Nothing speaks against it.
    USUAL = "usual"


@dataclass(frozen=True)
class Seen:
    """`asked`: whether anybody could be asked. `refuses_ns`: why its provider takes no NS records, as a sentence;
    empty if it does, as far as is known. `there`: the kinds of records at the name, as `messages.events.STOPPING`
    has them. `servers`: the name servers of the zone that holds the name.
    """

    apex: bool = False
    asked: bool = True
    zone: str = ""
    provider: str = ""
    refuses_ns: str = ""
    there: tuple[str, ...] = ()
    servers: tuple[str, ...] = ()


@dataclass(frozen=True)
class Recommendation:
    method: Method
    reason: Reason


def recommend(seen: Seen, offered: Sequence[Method]) -> Recommendation:
    """`offered` has the default first."""
    default, *others = offered
    if not others:
        return Recommendation(default, Reason.ONLY)
    against = _against_delegation(seen)
    if against is not None and Method.RECORDS in offered:
        return Recommendation(Method.RECORDS, against)
    return Recommendation(default, Reason.USUAL if seen.asked else Reason.UNSEEN)


def _against_delegation(seen: Seen) -> Reason | None:
    if seen.apex:
        return Reason.APEX
    if not seen.asked:
        return None
    if seen.refuses_ns:
        return Reason.PROVIDER
    return Reason.ANSWERS if seen.there else None
