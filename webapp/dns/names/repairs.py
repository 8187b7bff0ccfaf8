"""What was probably typed by mistake around and between the labels of a host name, taken away or put right.

Every suggestion for a text that is no host name comes from here. No letter of a label is changed: only what cannot
be part of a name goes, such as a broken `http//`, quotes, `%20`, or the brackets of `chat[.]acme[.]com`.
"""

from __future__ import annotations

import html
import re
import unicodedata
from urllib.parse import unquote

from webapp.dns.names import closeness

_SCHEMES = {
    "https",
    "http",
    "hxxps",
    "hxxp",
    "h**ps",
    "h**p",
    "mailto",
    "ftp",
    "ftps",
    "sftp",
    "ws",
    "wss",
    "view-source",
}
#: No host name is longer, so that nothing longer is put right.
_LONGEST = 300
#: A word, and after it a colon or slashes in some order. The name may follow at once or after spaces.
_SCHEME = re.compile(r"([a-z][a-z0-9+*-]{1,11})([\s:;.,]*[/\\]+[\s/\\:;]*|\s*[:;]+\s*)(?=\S)", re.IGNORECASE)
#: The full-width forms of ASCII, which keyboards for Chinese and Japanese type.
_FULL_WIDTH = {code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)}
_TAG = re.compile(r"</?(?:a|b|br|code|div|em|i|li|p|pre|span|strong|td|u) ?/?>", re.IGNORECASE)
_MARKDOWN = re.compile(r"\[[^\]]*\]\(([^()]*)\)")
_BRACKETED_DOT = re.compile(r"\s*[\[({<]\s*(?:\.|dot)\s*[\])}>]\s*", re.IGNORECASE)
_HALF_BRACKETED_DOT = re.compile(r"[\[({<]\.|\.[\])}>]")
_BRACKETED_SIGN = re.compile(r"[\[({<](://|:|/|@)[\])}>]")
_WORD_DOT = re.compile(r"(?<=\S)\s+dot\s+(?=\S)", re.IGNORECASE)
_ESCAPED = re.compile(r"\\([.\-_])")
_DASHES = re.compile("[\u2010-\u2015\u2212\ufe58\ufe63\uff0d]")
_BETWEEN = re.compile("[,;\u3002\uff0e\uff61\u060c\u3001\u2022\u2219\u2027\u2026\uff0c]+")
_AROUND_DOTS = re.compile(r"[\s-]*\.[\s.-]*")
#: A bullet, an emoji or a dash that stands apart, before or after the name.
_APART = re.compile(r"^[^\w.]+ | [^\w.]+$")
_WITHIN = re.compile(r"(?<=[^\W_])_+(?=[^\W_])")


def meant(text: str) -> str:
    """The text with everything put right that can be. Whether a host name is left, the parser decides."""
    text = _TAG.sub("", _decoded(text)).replace("\u0130", "i").translate(_FULL_WIDTH)
    text = "".join(char for char in text if unicodedata.category(char) != "Cf")
    text = re.sub(r"\s+", " ", text)
    if markdown := _MARKDOWN.search(text):
        text = markdown[1]
    text = _with_dots(_APART.sub("", text.strip()))
    if holds_several(text):
        return text
    text = _without_schemes(_trimmed(text))
    text = re.split(r"[/\\?#|]", text, maxsplit=1)[0].rpartition("@")[2].partition(":")[0]
    return _labels(_trimmed(text)) if len(text) <= _LONGEST else text


def holds_several(text: str) -> bool:
    """Whether a text has more than one name in it, with spaces, commas or semicolons between them."""
    parts = [part.strip(".") for part in re.split(r"[,;\s]+", text)]
    return sum("." in part for part in parts) > 1


def broken_scheme(text: str) -> str | None:
    """How an address begins that was mistyped, such as `http//`, or None."""
    begins = _SCHEME.match(text)
    return begins[0].strip() if begins and _is_scheme(begins) else None


def _is_scheme(begins: re.Match[str]) -> bool:
    """Two slashes begin an address whatever stands before them; less does after a word that looks like a scheme."""
    word, sign = begins[1].lower(), begins[2]
    slashes = len(re.findall(r"[/\\]", sign))
    label_of_a_field = slashes == 0 and sign.endswith((" ", "\t"))
    return slashes > 1 or label_of_a_field or word in _SCHEMES or _is_nearly_http(word)


def _is_nearly_http(word: str) -> bool:
    return closeness.is_near(word, "http") or closeness.is_near(word, "https")


def _without_schemes(text: str) -> str:
    while (begins := _SCHEME.match(text)) and _is_scheme(begins):
        text = _trimmed(text[begins.end() :])
    return text


def _decoded(text: str) -> str:
    """Percent escapes and character references read, twice where they were escaped twice."""
    for _ in range(2):
        try:
            text = html.unescape(unquote(text, errors="strict"))
        except UnicodeDecodeError:
            return text
    return text


def _with_dots(text: str) -> str:
    """`chat[.]acme`, `chat(dot)acme`, `chat dot acme` and `chat\\.acme` as chat.acme."""
    text = _BRACKETED_SIGN.sub(r"\1", _ESCAPED.sub(r"\1", text))
    text = _WORD_DOT.sub(".", _BRACKETED_DOT.sub(".", text))
    return _HALF_BRACKETED_DOT.sub(".", text)


def _trimmed(text: str) -> str:
    """Without the punctuation and signs at both ends. Symbols such as emoji stay: they were meant as letters."""
    begin, end = 0, len(text)
    while begin < end and _is_punctuation(text[begin]):
        begin += 1
    while begin < end and _is_punctuation(text[end - 1]):
        end -= 1
    return text[begin:end]


def _is_punctuation(char: str) -> bool:
    category = unicodedata.category(char)
    return char != "_" and (category[0] in "PZ" or category in {"Sm", "Sk", "Sc", "Cc"})


def _labels(text: str) -> str:
    text = _WITHIN.sub("-", _DASHES.sub("-", text))
    if "xn--" in text.lower():
        # A hyphen at the end of an A-label is part of its code.
        return re.sub(r"\s*\.[\s.]*", ".", _BETWEEN.sub(".", text)).strip(".")
    return _AROUND_DOTS.sub(".", _BETWEEN.sub(".", text)).strip(".-")
