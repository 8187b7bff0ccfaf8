"""From what a person typed to the A-label form of a host name.

The rules are those of IDNA 2008 with the UTS 46 mapping that browsers use (STD 3 rules: letters, digits and
hyphens), RFC 1123 for host names, and a few of our own, each with its reason in the sentence that refuses.
"""

from __future__ import annotations

import ipaddress
import re
import unicodedata

import idna

from webapp.dns.names.labels import ONLY, UnreadableError, a_label, code, symbol, u_label, visible
from webapp.dns.names.repairs import broken_scheme, holds_several

LONGEST_NAME = 253
#: Below the host stand `_acme-challenge`-like labels and ACM's label of 33 characters, and all of it must
#: still be at most 253 characters long.
LONGEST_HOST = 200
#: The longest text that is read. No address that a person pastes is longer.
LONGEST_TEXT = 2000

_DOTS = str.maketrans("。．｡", "...")
#: No scheme in use has a dot. With one, `chat.acme.comhttps://bot.acme.com` would be read as the second name.
_ADDRESS = re.compile(r"((?:[a-z][a-z0-9+-]*:)?//)?([^/?#]*)([/?#].*)?", re.IGNORECASE | re.DOTALL)
_PORT = re.compile(r"(.*[^:]):([0-9]{1,5})", re.DOTALL)
_WORD = re.compile(r"[^\W_](?:[\w-]*[^\W_])?")
_NUMBER = re.compile(r"[0-9]+|0x[0-9a-f]*")


def read(text: str, *, urls: bool, underscores: bool) -> tuple[str, tuple[str, ...]]:
    """The A-label form, and sentences about what was understood. Raises `UnreadableError`."""
    notes: list[str] = []
    if urls:
        text = _without_edges(text)
    if len(text) > LONGEST_TEXT:
        raise UnreadableError(
            "name-too-long", "it is far too long", f"At most {LONGEST_HOST} characters fit."
        )
    if urls:
        text = _without_marks(text)
    _refuse_unseen(text, urls=urls)
    host = _host_of_address(text, notes) if urls else _no_address(text)
    if not host:
        raise UnreadableError("empty", "it holds no name", "Enter a host name, such as chat.example.com.")
    mapped = _mapped(host)
    _refuse_punctuation(mapped, underscores)
    labels = _labels(mapped)
    ascii_labels = [a_label(label, underscores) for label in labels]
    name = ".".join(ascii_labels)
    _refuse_whole(name, ascii_labels)
    _note_changes(host, name, notes)
    return name, tuple(notes)


def _without_edges(text: str) -> str:
    begin, end = 0, len(text)
    while begin < end and _is_copied_along(text[begin]):
        begin += 1
    while begin < end and _is_copied_along(text[end - 1]):
        end -= 1
    return text[begin:end]


def _is_copied_along(char: str) -> bool:
    """White space, byte order marks, direction marks and their like: copied with a name and never typed."""
    return char.isspace() or unicodedata.category(char) == "Cf"


def _without_marks(address: str) -> str:
    """The address without unseen characters around its host. Those within the host are refused, not dropped."""
    unseen = {char for char in address if unicodedata.category(char) == "Cf"}
    if not unseen:
        return address
    marks = f"[{re.escape(''.join(unseen))}]"
    # The second half begins only where a run of marks begins, or a long run would be tried from each of its marks.
    return re.sub(f"(?<=//){marks}+|(?<!{marks}){marks}+(?=[/?#:])", "", address)


def _refuse_unseen(text: str, *, urls: bool) -> None:
    names = {"\n": "a line break", "\r": "a line break", "\t": "a tab", "\0": "a NUL character"}
    for char in text:
        if urls and char in "\n\r\t" and holds_several(text):
            raise _several()
        if unicodedata.category(char) in {"Cc", "Cf", "Cs", "Co", "Zl", "Zp"}:
            named = names.get(char, f"a character that cannot be seen ({code(char)})")
            raise UnreadableError("control-character", f"it contains {named}", "Type the name by hand.")


def _host_of_address(text: str, notes: list[str]) -> str:
    """The host out of `https://host:port/path?query`, or the text itself."""
    match = _ADDRESS.fullmatch(text)
    scheme, authority, rest = match.groups() if match else (None, text, None)
    if "@" in authority:
        fix = "Enter a host name, such as chat.example.com."
        raise UnreadableError("user", "it contains an “@”, as a mail address does", fix)
    _refuse_ip_address(authority)
    begins = broken_scheme(authority + (rest or "")) or (rest or "")[: not authority]
    if begins:
        raise UnreadableError("scheme", f"it begins with “{visible(begins)}”", "Enter only the host name.")
    if rest and not scheme and _WORD.fullmatch(authority):
        because = f"“{visible(authority)}” before the “{rest[0]}” is only one word"
        raise UnreadableError("single-label", because, "Enter the host name in full, without a path.")
    if scheme or rest:
        notes.append("We took the name out of the address.")
    if port := _PORT.fullmatch(authority):
        _refuse_ip_address(port[1])
        notes.append(f"We left out the port {port[2]}: a name has none.")
        return port[1]
    return authority


def _no_address(text: str) -> str:
    _refuse_ip_address(text)
    if re.search("[/:?#]", text):
        fix = "Enter only the host name, without “https://”, port and path."
        raise UnreadableError("url", "it is an address, of which the name is a part", fix)
    return text


def _refuse_ip_address(host: str) -> None:
    try:
        ipaddress.ip_address(host.removesuffix(".").removeprefix("[").partition("]")[0])
    except ValueError:
        return
    raise _ip_address()


def _ip_address() -> UnreadableError:
    fix = "Enter a name below a domain that you own, such as chat.example.com."
    return UnreadableError("ip-address", "it is an IP address, and an address cannot be delegated", fix)


def _mapped(host: str) -> str:
    """Dots folded, NFC, lower case, full-width and other variants of letters as UTS 46 maps them."""
    if "\u0130" in host:
        because = "the capital “İ” has no single small letter in DNS"
        raise UnreadableError("ambiguous-capital", because, "Write “i” instead.")
    if not host.isascii() and holds_several(host):
        raise _several()
    folded = unicodedata.normalize("NFC", host.translate(_DOTS))
    if folded.isascii():
        return folded.lower()
    try:
        return idna.uts46_remap(folded, std3_rules=False, transitional=False)
    except idna.IDNAError as err:
        raise symbol(folded, err) from err


def _refuse_punctuation(host: str, underscores: bool) -> None:
    if host.startswith("*."):
        fix = "Register each name that you want to serve."
        raise UnreadableError("wildcard", "“*” stands for many names", fix)
    if "_" in host and not underscores:
        because = "no certificate authority issues for a name with an underscore"
        at_edge = re.search(r"(?:^|\.)_|_(?:\.|$)", host)
        fix = "Leave out the part with it." if at_edge else "Use hyphens."
        raise UnreadableError("underscore", because, fix)
    for char in host:
        if (char.isspace() or char in ",;|") and holds_several(host):
            raise _several()
        if char.isspace():
            raise UnreadableError("space", "it contains a space", ONLY)
        if char.isascii() and not (char.isalnum() or char in "-._"):
            raise UnreadableError("character", f"it contains “{char}”", ONLY)


def _several() -> UnreadableError:
    return UnreadableError("several-names", "it holds more than one name", "Register them one by one.")


def _labels(host: str) -> list[str]:
    if host.startswith("."):
        raise UnreadableError("leading-dot", "it begins with a dot", "Leave out the first dot.")
    labels = host.removesuffix(".").split(".")
    if "" in labels:
        raise UnreadableError("empty-label", "two dots stand next to each other", "Leave out one of them.")
    return labels


def _refuse_whole(name: str, labels: list[str]) -> None:
    if all(_NUMBER.fullmatch(label) for label in labels):
        raise _ip_address()
    if len(name) > LONGEST_NAME:
        because = f"it is {len(name)} characters long in DNS, and {LONGEST_NAME} are the most"
        raise UnreadableError("name-too-long", because, "Shorten it.")
    if len(name) > LONGEST_HOST:
        because = (
            f"it is {len(name)} characters long in DNS; beyond {LONGEST_HOST} there is no room for the "
            "records below it that prove the name to certificate authorities"
        )
        raise UnreadableError("no-room", because, "Shorten it.")
    if len(labels) < 2:
        fix = f"Enter it in full, such as {name}.example.com." if len(name) < 40 else "Enter it in full."
        raise UnreadableError("single-label", "it is only one word", fix)
    if _NUMBER.fullmatch(labels[-1]):
        because = f"it ends with the number “{labels[-1]}”, and no domain does"
        raise UnreadableError("numeric-ending", because, "Check the last part.")


def _note_changes(host: str, name: str, notes: list[str]) -> None:
    if host.lower() == name:
        if host != name:
            notes.append(f"Capitals make no difference in DNS: we read {name}.")
        return
    if host.endswith(".") and host.lower() == name + ".":
        notes.append(f"We left out the final dot: {name}.")
        return
    own_letters = ".".join(u_label(label) for label in name.split("."))
    if own_letters == name:
        notes.append(f"We read “{visible(host)}” as {name}.")
    else:
        notes.append(f"In DNS, {own_letters} is written {name}.")
