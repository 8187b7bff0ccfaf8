"""What people may call things and give as reasons: text that looks the same to whoever reads it.

Control characters end a line in a mail's subject or move a terminal's cursor; format characters such as U+202E turn
the direction of what follows (Unicode TR 36, 2.5). Host names refuse both as well.
"""

from __future__ import annotations

import re
import unicodedata

#: Control, format, surrogate, private use, unassigned; line and paragraph separators.
_REFUSED = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})
#: Letters and symbols that show nothing: Hangul and Khmer fillers, the blank Braille pattern.
_BLANK = frozenset("\u115f\u1160\u17b4\u17b5\u2800\u3164\uffa0")
#: Where a mail program would make a link: a scheme, “www.”, or a name with a path.
_URL = re.compile(r"(?:[a-z][a-z0-9+.-]*://|www\.)\S*|[^\s/@]+\.[^\W\d_]{2,}[/?#:]\S*", re.IGNORECASE)
#: A dot inside a name; a program that reads mail makes “example.com” a link, too.
_DOT = re.compile(r"(?<=\w)\.(?=\w)")
_LONGEST_QUOTE = 80


def fault_in(text: str) -> str | None:
    """Why this cannot be a name or a reason, as a sentence; None when it can."""
    refused = next((char for char in text if unicodedata.category(char) in _REFUSED), None)
    if refused is not None:
        return f"Leave out the character U+{ord(refused):04X}: it cannot be seen, or changes how the rest is shown."
    if text and all(char.isspace() or char in _BLANK for char in text):
        return "Enter something that can be seen."
    return None


def quoted(text: str) -> str:
    """For a mail to somebody who does not know its author: in quotes, short, and nothing in it is a link.

    Whoever names an account chooses what stands in our mail; without this the name could be the whole message.
    """
    shown = _DOT.sub("[.]", _URL.sub("[link]", " ".join(text.split())))
    shown = "".join(char for char in shown if unicodedata.category(char) not in _REFUSED)
    if len(shown) > _LONGEST_QUOTE:
        shown = f"{shown[: _LONGEST_QUOTE - 1].rstrip()}…"
    return f"“{shown.replace('“', '').replace('”', '')}”"
