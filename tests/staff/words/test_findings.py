from __future__ import annotations

from webapp.staff.words.findings import WORDS, words_of
from webapp.zones.findings import FindingKind


def test_every_kind_of_finding_has_words() -> None:
    assert set(WORDS) == set(FindingKind)
    assert [kind for kind in FindingKind if words_of(kind) == kind.value] == []
