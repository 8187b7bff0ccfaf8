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
    """The text is no host name: `reason` (a slug), `because` and `fix` (for a sentence)."""

    def __init__(self, reason: str, because: str, fix: str) -> None:
        super().__init__(because)
        self.reason, self.because, self.fix = reason, because, fix


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
    char = _named_in(text, err)
    if not char:
        return UnreadableError("symbol", f"“{visible(text)}” is not a word in DNS", ONLY)
    if _is_symbol(char):
        return _no_certificate(char)
    return UnreadableError("symbol", f"“{visible(char)}” cannot be part of a host name", ONLY)


def _named_in(text: str, err: idna.IDNAError) -> str:
    """The character that the error is about, or nothing."""
    position = re.search(r"position (\d+)", str(err))
    return text[int(position[1]) - 1 : int(position[1])] if position else ""


def _is_symbol(char: str) -> bool:
    """Emoji, arrows, hearts. Punctuation is none of them: it is a mistake around a name and no part of it."""
    return unicodedata.category(char) == "So"


def _no_certificate(char: str) -> UnreadableError:
    because = f"no certificate is issued for “{visible(char)}”"
    return UnreadableError("symbol", because, ONLY)


def _refuse_ascii(label: str, underscores: bool) -> None:
    if len(label) > LONGEST_LABEL:
        raise _label_too_long(label)
    _refuse_edges(label)
    if label[2:4] == "--":
        because = f"“{label}” has hyphens as its third and fourth character, which are kept for encoded names"
        raise UnreadableError("hyphens", because, "Leave out one of the two.")
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
        return _not_decoded(label)
    if "too long" in str(err):
        return _label_too_long(label)
    if isinstance(err, idna.IDNABidiError):
        if all(unicodedata.bidirectional(char) != "L" for char in label):
            because = f"“{visible(label)}” begins with a digit and is written from the right"
            return UnreadableError("direction", because, "Begin it with a letter.")
        because = f"“{visible(label)}” mixes writing from the left and from the right"
        return UnreadableError("direction", because, "Use letters of one direction in each part.")
    if isinstance(err, idna.IDNAError):
        return symbol(label, err)
    return UnreadableError("symbol", f"“{visible(label)}” is not a word in DNS", ONLY)


def _not_decoded(label: str) -> UnreadableError:
    """Correct punycode may stand for what IDNA 2008 does not allow, such as emoji, which registries once sold."""
    try:
        letters = label.removeprefix("xn--").encode("ascii").decode("punycode")
        canonical = letters.encode("punycode").decode("ascii") == label.removeprefix("xn--")
    except (UnicodeError, OverflowError):
        letters, canonical = "", False
    if not canonical or letters.isascii() or not _is_text(letters) or _can_be_typed(letters):
        because = f"“{visible(label)}” is not a correctly encoded name"
        return UnreadableError("broken-encoding", because, "Enter it in its own letters; we encode it.")
    sign = next((char for char in letters if _is_symbol(char)), None)
    if sign is not None:
        return _no_certificate(sign)
    unseen = next((char for char in letters if unicodedata.category(char) == "Cf"), None)
    if unseen is not None:
        return _unseen(label, unseen)
    try:
        idna.check_label(letters)
    except (idna.InvalidCodepoint, idna.InvalidCodepointContext) as err:
        return _no_certificate(_named_in(letters, err) or letters)
    except idna.IDNAError as err:
        return _not_idna(letters, err)
    return UnreadableError("symbol", f"“{visible(label)}” is not a word in DNS", ONLY)


def _is_text(letters: str) -> bool:
    return all(char.isprintable() or unicodedata.category(char) == "Cf" for char in letters)


def _can_be_typed(letters: str) -> bool:
    """Whether the letters, such as capitals, have another encoding, which typing them gives."""
    try:
        return idna.alabel(idna.uts46_remap(letters, std3_rules=False, transitional=False)) != b""
    except (idna.IDNAError, UnicodeError):
        return False


def _unseen(label: str, char: str) -> UnreadableError:
    because = f"“{visible(label)}” contains a character that cannot be seen ({code(char)})"
    return UnreadableError("control-character", because, "Type the name by hand.")


def _refuse_disguise(label: str) -> None:
    for char in label:
        if unicodedata.category(char) == "Cf":
            raise _unseen(label, char)
    if mixed := scripts.mixture(label):
        because = f"“{label}” mixes {' and '.join(mixed)} letters, so that it can pass for another name"
        raise UnreadableError("mixed-scripts", because, "Use the letters of one script between two dots.")
