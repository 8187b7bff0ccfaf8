"""What the people of both claims read of a contest, on pages, in e-mails and in commands. Nobody is told whose."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from webapp.config.settings import Settings
from webapp.domains.contests import how_it_moves
from webapp.messages.formatting import clock, period
from webapp.models import LLMClientCustomDomain
from webapp.moves.evidence import Standing, standing_of
from webapp.moves.rule import Step

#: The next step of a claim that DNS does not prove alone.
_REMOVE_THE_OTHER = (
    "If you control the name, delete the other claim’s records at your DNS provider, and leave those below."
)


def explained(standing: Standing) -> str:
    moves = how_it_moves(period(standing.confirmation, in_words=True))
    return f"This name is verified in another account. {moves}"


def progress(standing: Standing) -> str:
    """How far a contest has come; empty before it begins."""
    if standing.decides_at is None:
        return ""
    if standing.stands:
        return "DNS proves the other claim as well. While both stand, the name stays where it is."
    if standing.step is Step.WAIT:
        return f"A check has proved your claim. The one after {clock(standing.decides_at)} decides."
    if standing.step is Step.MOVE:
        return (
            "Your claim is proved, and the other one is not any more. The next check moves the name to you."
        )
    return "Your claim is proved. We are checking the other one, which takes some minutes."


def told_of(domain: LLMClientCustomDomain, settings: Settings, now: datetime) -> str:
    """Both in one line, for a claim on a name that another account holds; empty for others."""
    standing = standing_of(domain, settings, now)
    return f"{explained(standing)} {progress(standing)}".rstrip() if standing is not None else ""


def next_step(standing: Standing) -> str:
    if standing.decides_at is None:
        return "Press Verify, or wait for the next check."
    return (
        _REMOVE_THE_OTHER if standing.stands else "Leave the records in place. We check again by ourselves."
    )


def warned(decides_at: datetime) -> str:
    """For the people of the claim that holds the name."""
    return (
        "Another account has proved by its records that this name is theirs. It moves there after "
        f"{clock(decides_at)}, unless a check finds your records again."
    )


class Draft(Protocol):
    """What an e-mail knows. `told`: the sentence of its notification."""

    name: str
    told: str
    contact: str


def contested_subject(draft: Draft) -> str:
    return f"Act now: {draft.name} may move to another account"


def contested(draft: Draft) -> Sequence[str]:
    step = "If you have not given the name away, put the records of its page back and press Verify there."
    return (draft.told, step, f"If you do not know why this happens, contact {draft.contact}.")


def moved_away_subject(draft: Draft) -> str:
    return f"Off: {draft.name} moved to another account"


def moved_away(draft: Draft) -> Sequence[str]:
    back = (
        "If it is yours, put your records back: it moves back once two checks find them, and not the others."
    )
    return (draft.told, back, f"If you did not give the name away, contact {draft.contact}.")
