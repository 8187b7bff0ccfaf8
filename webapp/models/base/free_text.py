"""Text that people write freely, and which characters it cannot have."""

from __future__ import annotations

import unicodedata

#: Categories of characters that names and reasons must not have. Control characters end a line in an e-mail's subject
#: or move a terminal's cursor; format characters such as U+202E turn the direction of what follows (Unicode TR 36,
#: 2.5). The others are surrogates, private use, unassigned, and separators of lines and paragraphs.
_UNSEEN = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})
#: Letters and symbols that show nothing: Hangul and Khmer fillers, the blank Braille pattern.
_BLANK = frozenset("\u115f\u1160\u17b4\u17b5\u2800\u3164\uffa0")

#: Zero width non-joiner and joiner.
JOINERS = "\u200c\u200d"
#: Categories of what they stand between, and the combining class after which they may stand anywhere.
_JOINABLE, _VIRAMA = frozenset({"Lo", "Mn", "Mc", "So", "Sk"}), 9


def is_unseen(text: str, at: int) -> bool:
    """Whether the character at this place must not be in a name or a reason."""
    return unicodedata.category(text[at]) in _UNSEEN and not _joins(text, at)


def fault_in(text: str) -> str | None:
    """Why `text` cannot be a name or a reason, as a sentence; None when it can."""
    refused = next((char for at, char in enumerate(text) if is_unseen(text, at)), None)
    if refused is not None:
        return f"Leave out the character U+{ord(refused):04X}: it cannot be seen, or changes how the rest is shown."
    if text and all(char.isspace() or char in _BLANK for char in text):
        return "Enter something that can be seen."
    return None


def _joins(text: str, at: int) -> bool:
    """Whether the character joins or parts two letters, as Persian, Indic scripts and emoji need it (RFC 5892, A.1
    and A.2). Between letters that never join it would only make a name that looks like another.
    """
    if text[at] not in JOINERS or at == 0:
        return False
    before, after = text[at - 1], text[at + 1 : at + 2]
    return unicodedata.combining(before) == _VIRAMA or (_may_join(before) and _may_join(after))


def _may_join(char: str) -> bool:
    """Letters and marks of scripts that may join, emoji, and what changes an emoji. Wide letters, as Chinese has
    them, never join.
    """
    category = unicodedata.category(char) if char else ""
    return category in _JOINABLE and not (category == "Lo" and unicodedata.east_asian_width(char) in "WF")
