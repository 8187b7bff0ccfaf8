"""What was probably typed by mistake around and between the labels of a host name, taken away or put right.

Every suggestion for a text that is no host name comes from here. No letter of a label is changed: only what cannot
be part of a name goes, such as a broken `http//`, quotes, `%20`, or the brackets of `chat[.]acme[.]com`.
"""

from __future__ import annotations

import html
import re
import unicodedata
from urllib.parse import unquote

from webapp.dns.names import closeness, endings, reserved

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
_MARKDOWN = re.compile(r"\[[^\].]*\]\(([^()]*)\)")
_BRACKETED_DOT = re.compile(r"\s*[\[({<]\s*(?:\.|dot)\s*[\])}>]\s*", re.IGNORECASE)
_HALF_BRACKETED_DOT = re.compile(r"[\[({<]\.|\.[\])}>]")
_BRACKETED_SIGN = re.compile(r"[\[({<](://|:|/|@)[\])}>]")
_WORD_DOT = re.compile(r"(?<=\S)\s+dot\s+(?=\S)", re.IGNORECASE)
_ESCAPED = re.compile(r"\\([.\-_])")
_DASHES = re.compile("[\u2010-\u2015\u2212\ufe58\ufe63\uff0d]")
_BETWEEN = re.compile(
    "[,;\u00b7\u060c\u06d4\u201a\u2022\u2024\u2026\u2027\u2219\u22c5\u3001\u3002\ufe52\uff0c\uff0e\uff61]+"
)
#: What stands between names of a list.
_BETWEEN_NAMES = re.compile(r"[,;|\s\u060c\u2022\u3001\uff0c\uff1b]+")
_AROUND_DOTS = re.compile(r"[\s-]*\.[\s.-]*")
#: A bullet, an emoji or a dash that stands apart, before or after the name.
_APART = re.compile(r"^[^\w.]+ | [^\w.]+$")
_WITHIN = re.compile(r"(?<=[^\W_])_+(?=[^\W_])")
_AFTER_LABEL = re.compile(r"(?<=[^\W_])_+(?=\.)")
_EMPHASIS = re.compile(r"^(_+)([^_](?:.*[^_])?)\1$")
#: A number of a list, and the label of a form or a file: `Domain name: `, `host=`, `DNS:`.
_NUMBERED = re.compile(r"\(?[0-9]{1,3}[.)] +(?=\S)")
_FIELD = re.compile(
    r"(?:[\w-]+ ){1,3}[\w-]+ ?: +(?=\S)"
    r"|(?:url|uri|fqdn|dns|cn|san|link|name|address|adresse|site|web ?site|(?:sub ?)?domain|"
    r"(?:host|domain|server)[ _-]?name|host) ?[:=] ?(?=\w)"
    r"|[^\W\da-z_]+:(?=\w)",
    re.IGNORECASE,
)
_WWW = re.compile(r"www[ :/,;]+(?=\w)", re.IGNORECASE)
_WWW_WORD = re.compile(r"www\.[^.]+", re.IGNORECASE)
_JOINED_ADDRESS = re.compile(r"(?<=\w)(?=https?://)", re.IGNORECASE)
_ADDRESS = re.compile(r"https?://", re.IGNORECASE)
_HOST = re.compile(r"[^\s/\\?#<>\"'“”|()\[\]{}:,;@]+")
#: Escapes of programs, and characters that stand where an object or a letter was lost.
_PROGRAM_ESCAPE = re.compile(r"\\(?:u([0-9a-fA-F]{4})|[nrt](?![\w.]))")
_LOST = "\u2800\ufffc"
_JOINERS = "\u200c\u200d"


def meant(text: str) -> str:
    """The text with everything put right that can be. Whether a host name is left, the parser decides."""
    text = _TAG.sub("", _decoded(text)).replace("\u0130", "i").translate(_FULL_WIDTH)
    text = re.sub(r"\s+", " ", _without_unseen(text)).strip(" \ufffd")
    if found := _only_address(text):
        return _labels(_trimmed(found))
    text = _JOINED_ADDRESS.sub(" ", text)
    if markdown := _MARKDOWN.search(text):
        text = markdown[1]
    text = _with_dots(_APART.sub("", _NUMBERED.sub("", text.strip(), count=1)))
    if len(_dotted(text)) > 1 or _has_word_after(text):
        return text
    text = _trimmed(_EMPHASIS.sub(r"\2", _without_remark(text)))
    if field := _FIELD.match(text):
        text = text[field.end() :]
    text = _WWW.sub("www.", _without_schemes(text), count=1)
    text = re.split(r"[/\\?#|]", text, maxsplit=1)[0].rpartition("@")[2].partition(":")[0]
    return _labels(_trimmed(text)) if len(text) <= _LONGEST else text


def holds_several(text: str) -> bool:
    """Whether a text has more than one name in it, with spaces, commas or semicolons between them."""
    return sum(_looks_like_a_name(part) for part in _dotted(text)) > 1


def _looks_like_a_name(part: str) -> bool:
    """Neither `e.g.` is one, nor `www.chat` before ` acme.com`, nor what a line break has cut off, as `chat.exa`."""
    ending = part.rpartition(".")[2].lower()
    known = not ending.isascii() or ending in reserved.RESERVED or endings.exists(ending)
    return known and not _WWW_WORD.fullmatch(part)


def _has_word_after(text: str) -> bool:
    """Whether a comma parts a whole name and a word that would be another ending, as in `chat.acme.com,bot`."""
    name, *words = re.split("[,;]", text.strip(",; "), maxsplit=1)
    if not words or "." in words[0] or len(words[0].strip()) <= 2:
        return False
    return name.count(".") > 1 and _looks_like_a_name(name.strip())


def _dotted(text: str) -> list[str]:
    return [part for part in (one.strip(".") for one in _BETWEEN_NAMES.split(text)) if "." in part]


def _without_unseen(text: str) -> str:
    """Joiners stay between letters of other scripts: without them the word is another one, as in Persian."""
    kept = []
    for at, char in enumerate(text):
        joins = char in _JOINERS and 0 < at < len(text) - 1 and not (text[at - 1] + text[at + 1]).isascii()
        if joins or (unicodedata.category(char) != "Cf" and char not in _LOST):
            kept.append(char)
    return "".join(kept)


def _only_address(text: str) -> str | None:
    """The host of the one address in a text, such as `Chat <https://chat.acme.com>`, or None.

    It may come twice, as mail programs paste it. Where the text has another name in it, nobody knows which was meant.
    """
    before, *parts = _ADDRESS.split(text)
    found = set()
    for part in parts:
        host = _HOST.match(part)
        if "@" in re.split(r"[/\s?#]", part, maxsplit=1)[0] or (host and "." not in host[0].strip(".")):
            return None
        if host:
            found.add(host[0].lower().strip("."))
            after = re.sub(r"^[/\\?#:]\S*", "", part[host.end() :]).strip()
            if after.isascii() and not _is_remark(after):
                return None
            before += f" {after}"
    others = {one.lower().strip("<>()[]{}\"'“”:") for one in _dotted(before)}
    return found.pop() if len(found) == 1 and others <= found else None


def _without_remark(text: str) -> str:
    """`chat.acme.com (our bot)` without what is said of it. One short word may be the rest of the name, as in
    `chat.acme.co uk`, so that it stays.
    """
    name, _, remark = text.partition(" ")
    return name if _dotted(name) and not name.endswith(".") and _is_remark(remark) else text


def _is_remark(text: str) -> bool:
    words = text.split()
    sign = text[:1] and not text[0].isalnum() and text[0] not in "._"
    return not words or bool(sign) or (len(words) > 1 and any(len(word) > 2 for word in words))


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
    text = _PROGRAM_ESCAPE.sub(lambda escape: chr(int(escape[1], 16)) if escape[1] else " ", text)
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
    text = _AFTER_LABEL.sub("", _WITHIN.sub("-", _DASHES.sub("-", text)))
    if "xn--" in text.lower():
        # A hyphen at the end of an A-label is part of its code.
        return re.sub(r"\s*\.[\s.]*", ".", _BETWEEN.sub(".", text)).strip(".")
    return _AROUND_DOTS.sub(".", _BETWEEN.sub(".", text)).strip(".-")
