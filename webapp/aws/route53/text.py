"""Converting ids, names and record values between Route 53’s notation and Nameplate’s.

Nameplate keeps zone-file presentation (RFC 1035 section 5.1, octets escaped as three *decimal* digits), host
names lower case without final dot. Route 53 escapes in *octal*, wants TXT quoted and prefixes its ids
(“DNS domain name format” and “Supported DNS record types” in its Developer Guide).
"""

from __future__ import annotations

import re
from collections.abc import Iterable

_QUOTED = frozenset({"TXT", "SPF"})
_HOSTS = frozenset({"CNAME", "NS"})
_LONGEST_STRING = 255

_ESCAPES = {
    8: re.compile(rb"\\(?:([0-3][0-7]{2})|(.))", re.DOTALL),
    10: re.compile(rb"\\(?:([01][0-9]{2}|2[0-4][0-9]|25[0-5])|(.))", re.DOTALL),
}
_NAME_ESCAPE = re.compile(r"\\([0-7]{3})")
_STRING = re.compile(r'"((?:[^"\\]|\\.)*)"\s*', re.DOTALL)
_STRINGS = re.compile(f"(?:{_STRING.pattern})+", re.DOTALL)


def bare(aws_id: str) -> str:
    """“Z1” for “/hostedzone/Z1”, “C1” for “/change/C1”; a bare id stays as it is."""
    return aws_id.rpartition("/")[2]


def plain_name(name: str) -> str:
    """A name as Route 53 gives it (“\\052.Example.com.”) in our form (“*.example.com”).

    An escaped dot or backslash inside a label stays escaped, so that two different names never become equal.
    """
    return _NAME_ESCAPE.sub(_printable, name).lower().removesuffix(".")


def _printable(match: re.Match[str]) -> str:
    character = chr(int(match[1], 8))
    return character if 0x21 <= ord(character) <= 0x7E and character not in ".\\" else match[0]


def absolute(name: str) -> str:
    return f"{name.removesuffix('.')}."


def to_route53(record_type: str, value: str) -> str:
    """A zone-file value as Route 53 wants it. A TXT value that is not quoted is taken as its plain content."""
    if record_type in _QUOTED:
        return _quoted([part for string in _strings(value, base=10) for part in _split(string)], base=8)
    return absolute(value) if record_type in _HOSTS else value


def from_route53(record_type: str, value: str) -> str:
    if record_type in _QUOTED:
        return _quoted(_strings(value, base=8), base=10)
    return plain_name(value) if record_type in _HOSTS else value


def same_values(record_type: str, one: Iterable[str], other: Iterable[str]) -> bool:
    """Whether two sets of zone-file values mean the same, in whatever order and spelling."""
    return _canonical(record_type, one) == _canonical(record_type, other)


def _canonical(record_type: str, values: Iterable[str]) -> list[str]:
    return sorted(from_route53(record_type, to_route53(record_type, value)) for value in values)


def _strings(value: str, *, base: int) -> list[bytes]:
    if not _STRINGS.fullmatch(value):
        return [value.encode()]
    return [_unescaped(match[1].encode(), base) for match in _STRING.finditer(value)]


def _unescaped(octets: bytes, base: int) -> bytes:
    def octet(escape: re.Match[bytes]) -> bytes:
        return bytes([int(escape[1], base)]) if escape[1] else escape[2]

    return _ESCAPES[base].sub(octet, octets)


def _split(octets: bytes) -> list[bytes]:
    starts = range(0, max(len(octets), 1), _LONGEST_STRING)
    return [octets[start : start + _LONGEST_STRING] for start in starts]


def _quoted(strings: Iterable[bytes], *, base: int) -> str:
    return " ".join(f'"{"".join(_escaped(octet, base) for octet in string)}"' for string in strings)


def _escaped(octet: int, base: int) -> str:
    if octet in b'"\\':
        return f"\\{chr(octet)}"
    if 0x20 <= octet <= 0x7E:
        return chr(octet)
    return f"\\{octet:03o}" if base == 8 else f"\\{octet:03d}"
