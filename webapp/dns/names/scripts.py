"""Which writing systems a label uses, and what it could be mistaken for (UTS 39)."""

from __future__ import annotations

import re
import unicodedata
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
    """What a label is taken for: one of another script whose letters all have a Latin twin, or one with Latin letters
    that pass for the plain ones, such as ɡ for g. None for any other.
    """
    if label.isascii():
        return None
    used = _scripts(label)
    if used == {"LATIN"}:
        plain = "".join(map(_plain_twin, label))
        return plain if plain != label else None
    if not used or "LATIN" in used:
        return None
    twins = [_latin_twin(char) for char in label]
    return "".join(twin for twin in twins if twin) if all(twins) else None


def _scripts(label: str) -> frozenset[str]:
    return frozenset(categories.alias(char) for char in label) - _ANY_SCRIPT


@cache
def _latin_twin(char: str) -> str | None:
    if char.isascii() or char in _NAMED_OTHERWISE:
        return _NAMED_OTHERWISE.get(char, char)
    return next((twin for twin in _twins(char) if len(twin) == 1), None)


def _twins(char: str) -> list[str]:
    found = confusables.is_confusable(char, greedy=True) or []
    twins = [glyph["c"] for entry in found for glyph in entry["homoglyphs"]]
    return [twin for twin in twins if twin.isascii() and twin.islower()]


#: Letters of Turkish, Romanian, Polish, Lithuanian, Latvian, Croatian, Maltese, Danish, Sami, Vietnamese, French,
#: Icelandic and German. A warning of each would be one of every other word in these languages.
_EVERYDAY = frozenset("çşșţțąęįųģķļņŗđħłøŧạẹịọụỵæœðþßơư")
#: Small capitals, and letters with something below, through or at them: ɢ, ḳ, ƙ, ɫ. What stands above is seen.
_ALTERED = re.compile(
    r"LATIN (?:SMALL LETTER|LETTER SMALL CAPITAL) (?:BARRED |DOTLESS )?([A-Z])(?: WITH (.+))?"
)
_ABOVE = re.compile(r"ABOVE|ACUTE|GRAVE|CARON|HORN|(?<!MIDDLE )TILDE$|(?:DIAERESIS|MACRON|BREVE|CIRCUMFLEX)$")
#: Letters that Unicode names after something else than what they look like, and the Cyrillic palochka, which the
#: table of UTS 39 takes for an i by its capital.
_NAMED_OTHERWISE = {"ƅ": "b", "ĸ": "k", "ӏ": "l"}
#: Combining classes of marks through a letter, attached below, and below (UAX 44).
_BELOW = {1, 202, 220}


@cache
def _plain_twin(char: str) -> str:
    """What a Latin letter passes for; the letter itself if it is plain, of everyday use, or like no other."""
    if char.isascii() or char in _EVERYDAY:
        return char
    if unicodedata.combining(char):
        return "" if unicodedata.combining(char) in _BELOW else char
    name = _ALTERED.fullmatch(unicodedata.name(char, ""))
    if name and not any(_ABOVE.search(part) for part in (name[2] or "").split(" AND ")):
        return name[1].lower()
    return next(iter(_twins(char)), _NAMED_OTHERWISE.get(char, char))
