"""Which writing systems a label uses, and what it could be mistaken for (UTS 39)."""

from __future__ import annotations

from functools import cache

from confusable_homoglyphs import categories, confusables

#: Written together in Japanese, Korean and Chinese.
_WRITTEN_TOGETHER = (
    frozenset({"HAN", "HIRAGANA", "KATAKANA"}),
    frozenset({"HAN", "HANGUL"}),
    frozenset({"HAN", "BOPOMOFO"}),
)
_ANY_SCRIPT = frozenset({"COMMON", "INHERITED"})


def mixture(label: str) -> tuple[str, ...]:
    """The scripts of a label that should not stand in one label together; empty when they may."""
    used = _scripts(label)
    if len(used) < 2 or any(used <= together for together in _WRITTEN_TOGETHER):
        return ()
    return tuple(sorted(script.capitalize() for script in used))


def latin_twin(label: str) -> str | None:
    """What a label that has no Latin letter looks like in Latin ones, if all of its letters have a twin."""
    used = _scripts(label)
    if not used or "LATIN" in used:
        return None
    twins = [_latin_twin(char) for char in label]
    return "".join(twin for twin in twins if twin) if all(twins) else None


def _scripts(label: str) -> frozenset[str]:
    return frozenset(categories.alias(char) for char in label) - _ANY_SCRIPT


@cache
def _latin_twin(char: str) -> str | None:
    if char.isascii():
        return char
    found = confusables.is_confusable(char, greedy=True) or []
    twins = [glyph["c"] for entry in found for glyph in entry["homoglyphs"]]
    return next((twin for twin in twins if len(twin) == 1 and twin.isascii() and twin.islower()), None)
