"""Staff choose among words; every kind has its own."""

from __future__ import annotations

from collections import Counter

from webapp.models import EventKind
from webapp.staff.words.event_kinds import GROUPS


def test_every_kind_has_words_of_its_own_and_none_shows_its_code() -> None:
    named = [(heading, kind, words) for heading, kinds in GROUPS.items() for kind, words in kinds.items()]
    assert Counter(kind for _, kind, _ in named) == Counter(EventKind)
    assert len({(heading, words) for heading, _, words in named}) == len(named)
    assert [words for *_, words in named if "." in words or "_" in words] == []
