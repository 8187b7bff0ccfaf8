"""Which shape an event has in a history."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from webapp.audit import marks
from webapp.audit.marks import Mark, mark_of
from webapp.models import DomainState, Event, EventKind

ICONS = Path(__file__).resolve().parents[2] / "static" / "icons.svg"


def test_every_shape_is_drawn() -> None:
    drawn = set(re.findall(r'symbol id="([\w-]+)"', ICONS.read_text()))
    used = {
        mark_of(Event(kind=kind, evidence={"to": state.value, "verdict": verdict})).icon
        for kind in EventKind
        for state in DomainState
        for verdict in ("VERIFIED", "NOT_DELEGATED")
    }
    assert len(used) > 10
    assert used <= drawn


@pytest.mark.parametrize("state", list(DomainState))
def test_every_state_has_its_own_shape(state: DomainState) -> None:
    of = Event(kind=EventKind.STATE_CHANGED, evidence={"to": state.value})
    others = [one for key, one in marks._BY_STATE.items() if key is not state]
    assert mark_of(of).icon not in {one.icon for one in others}


def test_what_nobody_has_thought_of_is_marked_too() -> None:
    assert mark_of(Event(kind=EventKind.STATE_CHANGED)) == Mark("info")
    assert mark_of(Event(kind=EventKind.STATE_CHANGED, evidence={"to": "odd"})) == Mark("info")
    assert mark_of(Event(kind=EventKind.ACCOUNT_RENAMED)) == Mark("info")
