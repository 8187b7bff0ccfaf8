"""What somebody else wrote, in an e-mail to people who do not know its author."""

from __future__ import annotations

import re

from webapp.models.base.free_text import JOINERS, is_unseen

#: What an e-mail program makes a link: a scheme, “www.”, or a name with a path.
_URL = re.compile(r"\S*://\S*|www\.\S*|[^\s/@]+\.[^\W\d_]{2,}[/?#:]\S*", re.IGNORECASE)
#: A dot inside a name; some e-mail programs make “example.com” a link, too.
_DOT = re.compile(r"(?<=\w)\.(?=\w)")
_QUOTES = str.maketrans("", "", "“”")
_LONGEST = 80


def quoted(text: str) -> str:
    """The text in quotes, at most 80 characters long and without links.

    The owner of an account chooses its name, which could otherwise be the whole message of our e-mail. Whatever is
    taken out goes before links are looked for: between the letters of one it would hide it.
    """
    bare = " ".join(text.translate(_QUOTES).split())
    shown = "".join(char for at, char in enumerate(bare) if not is_unseen(bare, at))
    shown = _DOT.sub("[.]", _URL.sub("[link]", shown))
    if len(shown) > _LONGEST:
        shown = f"{shown[: _LONGEST - 1].rstrip(f' {JOINERS}')}…"
    return f"“{shown}”"
