"""The states of a domain and the transitions between them."""

from __future__ import annotations

from webapp.models import ALLOWED_TRANSITIONS, CHECKED_STATES, GONE_STATES, VERIFIED_STATES, DomainState


def test_every_state_has_its_ways_out_and_removed_has_none() -> None:
    assert set(ALLOWED_TRANSITIONS) == set(DomainState)
    assert not ALLOWED_TRANSITIONS[DomainState.REMOVED]
    for state in set(DomainState) - {DomainState.REMOVING, DomainState.REMOVED}:
        assert DomainState.REMOVING in ALLOWED_TRANSITIONS[state]


def test_no_state_leads_to_itself() -> None:
    assert [state for state, after in ALLOWED_TRANSITIONS.items() if state in after] == []


def test_what_is_gone_is_neither_served_nor_checked() -> None:
    assert GONE_STATES == (DomainState.REMOVING, DomainState.REMOVED)
    assert not set(GONE_STATES) & (set(VERIFIED_STATES) | set(CHECKED_STATES))
