"""One label of a host name: from letters of any script to its A-label form (IDNA 2008, RFC 5891)."""

from __future__ import annotations

import re
import unicodedata

import idna

from webapp.dns.names import scripts

LONGEST_LABEL = 63
ONLY = "Use only letters, digits, hyphens and dots, as in chat.example.com."

_LDH = re.compile(r"[a-z0-9-]*")
_LDH_OR_UNDERSCORE = re.compile(r"[a-z0-9_-]*")


class UnreadableError(Exception):
    """The text is no host name: `reason` (a slug), `because` and `fix` (for a sentence), `candidate` (a text
    that might be what was meant, or None)."""

    def __init__(self, reason: str, because: str, fix: str, candidate: str | None = None) -> None:
        super().__init__(because)
        self.reason, self.because, self.fix, self.candidate = reason, because, fix, candidate


def a_label(label: str, underscores: bool) -> str:
    if label.isascii() and not label.startswith("xn--"):
        _refuse_ascii(label, underscores)
        return label
    _refuse_edges(label)
    try:
        a_label = idna.alabel(label).decode("ascii")
        own_letters = idna.ulabel(a_label)
    except (idna.IDNAError, UnicodeError) as err:
        raise _not_idna(label, err) from err
    if len(a_label) > LONGEST_LABEL:
        raise _label_too_long(label)
    _refuse_disguise(own_letters)
    return a_label


def u_label(label: str) -> str:
    """An A-label in its own letters; any other label as it is."""
    return idna.ulabel(label) if label.startswith("xn--") else label


def visible(text: str) -> str:
    """A text as it can stand in a sentence: short, and nothing in it that cannot be seen."""
    shown = "".join(char if char.isprintable() else f"[{code(char)}]" for char in text[:80])
    return shown + "…" if len(text) > 80 else shown


def code(char: str) -> str:
    return f"U+{ord(char):04X}"


def symbol(text: str, err: idna.IDNAError) -> UnreadableError:
    """Which character IDNA does not accept; its own messages are not for people."""
    position = re.search(r"position (\d+)", str(err))
    char = text[int(position[1]) - 1 : int(position[1])] if position else ""
    named = (
        f"“{visible(char)}” cannot be part of a host name"
        if char
        else f"“{visible(text)}” is not a word in DNS"
    )
    return UnreadableError("symbol", named, ONLY)


def _refuse_ascii(label: str, underscores: bool) -> None:
    if len(label) > LONGEST_LABEL:
        raise _label_too_long(label)
    _refuse_edges(label)
    if label[2:4] == "--":
        because = f"“{label}” has hyphens as its third and fourth character, which are kept for encoded names"
        raise UnreadableError("hyphens", because, "Leave out one of the two.", None)
    if not (_LDH_OR_UNDERSCORE if underscores else _LDH).fullmatch(label):
        raise UnreadableError("character", f"“{visible(label)}” contains other characters", ONLY)


def _refuse_edges(label: str) -> None:
    if label.startswith("-") or (label.endswith("-") and not label.startswith("xn--")):
        side = "begins" if label.startswith("-") else "ends"
        raise UnreadableError("edge-hyphen", f"“{visible(label)}” {side} with a hyphen", "Leave it out.")


def _label_too_long(label: str) -> UnreadableError:
    because = (
        f"“{visible(label)}” is longer in DNS than {LONGEST_LABEL} characters, the most between two dots"
    )
    return UnreadableError("label-too-long", because, "Shorten it.")


def _not_idna(label: str, err: idna.IDNAError | UnicodeError) -> UnreadableError:
    if label.startswith("xn--"):
        because = f"“{visible(label)}” is not a correctly encoded name"
        return UnreadableError("broken-encoding", because, "Enter it in its own letters; we encode it.")
    if "too long" in str(err):
        return _label_too_long(label)
    if isinstance(err, idna.IDNABidiError):
        because = f"“{visible(label)}” mixes writing from the left and from the right"
        return UnreadableError("direction", because, "Use letters of one direction in each part.")
    if isinstance(err, idna.IDNAError):
        return symbol(label, err)
    return UnreadableError("symbol", f"“{visible(label)}” is not a word in DNS", ONLY)


def _refuse_disguise(label: str) -> None:
    for char in label:
        if unicodedata.category(char) == "Cf":
            because = f"“{visible(label)}” contains a character that cannot be seen ({code(char)})"
            raise UnreadableError("control-character", because, "Type the name by hand.")
    if mixed := scripts.mixture(label):
        because = f"“{label}” mixes {' and '.join(mixed)} letters, so that it can pass for another name"
        raise UnreadableError("mixed-scripts", because, "Use the letters of one script between two dots.")
