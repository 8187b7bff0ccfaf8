"""What the page says while two accounts claim the name: in the place of the statement, or beside it."""

from __future__ import annotations

from dataclasses import replace

from webapp.domain_page.status.statement import Facts, Statement
from webapp.messages import formatting
from webapp.models import DomainState
from webapp.moves import words


def with_contest(facts: Facts, said: Statement) -> Statement:
    """The statement with what concerns the contest, if there is one."""
    if facts.contested_from is not None:
        step = (
            said.next_step or "If you have not given the name away, put your records back and press Verify."
        )
        return replace(said, sentences=(*said.sentences, words.warned(facts.contested_from)), next_step=step)
    if facts.standing is None:
        return said
    if facts.refused is not None and facts.refused.contested:
        return _proved(facts)
    return replace(said, sentences=(*said.sentences, words.explained(facts.standing)))


def _proved(facts: Facts) -> Statement:
    standing = facts.standing
    assert standing is not None  # noqa: S101 - the caller has looked
    told = f"The records for {facts.shown} are right.", words.explained(standing), words.progress(standing)
    acts = standing.decides_at is None or standing.stands
    sentences = tuple(one for one in told if one)
    return Statement(facts.situation, sentences, words.next_step(standing), "you" if acts else "we")


def moved_away(facts: Facts) -> Statement | None:
    """The statement of a claim that is off because its name moved to another account; None for others."""
    if not facts.moved_away or facts.domain.state is not DomainState.LAPSED:
        return None
    on = formatting.clock(facts.domain.state_changed_at)
    why = "two checks found the records of that account, and not yours."
    first = f"{facts.shown} moved to another account on {on}: {why}"
    step = "If you control the name, put the records below back, then press Verify."
    return Statement(facts.situation, (first,), step, "you")
