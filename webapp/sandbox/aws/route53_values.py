"""Names and values as Route 53 reads, refuses and writes them.

Route 53 writes names in lower case with a final dot, and every octet outside a-z 0-9 - _ as a backslash and
three *octal* digits (Developer Guide, “DNS domain name format”); zone files and dnspython use decimal ones.
"""

from __future__ import annotations

import re
from functools import lru_cache

import dns.exception
import dns.name
import dns.rdata
import dns.rdataclass
import dns.rdatatype
import dns.rdtypes.txtbase

from webapp.sandbox.aws.rest_xml import RefusalError

_PLAIN = frozenset(b"abcdefghijklmnopqrstuvwxyz0123456789-_")
_OCTET = re.compile(r"\\([0-7]{3})|\\(.)|([!-~])", re.DOTALL)
_STRING = r'"(?:[^"\\]|\\[0-7]{3}|\\[^0-7])*"'
_STRINGS = re.compile(rf"{_STRING}(?:\s+{_STRING})*")
_QUOTED = frozenset({"TXT", "SPF"})
_MAY_CONTAIN_QUOTES = _QUOTED | {"CAA", "NAPTR", "SVCB", "HTTPS"}


def name_labels(text: str, code: str = "InvalidDomainName") -> tuple[bytes, ...]:
    """The lower-case labels of an absolute name. Raises `RefusalError` with `code`."""
    labels = [_octets(label, text, code).lower() for label in _split(text.removesuffix("."))]
    for label in labels:
        if not label:
            raise _fatal(code, "DomainLabelEmpty (Domain label is empty)", text)
        if len(label) > 63:
            raise _fatal(code, "DomainLabelTooLong (Domain label is too long)", text)
    if sum(len(label) + 1 for label in labels) > 254:
        raise _fatal(code, "DomainNameTooLong (Domain name is too long)", text)
    return tuple(labels)


def _fatal(code: str, problem: str, text: str) -> RefusalError:
    return RefusalError(code, f"FATAL problem: {problem} encountered with '{text}'")


def _split(text: str) -> list[str]:
    return re.split(r"(?<!\\)\.", text)


def _octets(label: str, name: str, code: str) -> bytes:
    found, at = bytearray(), 0
    while at < len(label):
        match = _OCTET.match(label, at)
        octet = (int(match[1], 8) if match[1] else ord(match[2] or match[3])) if match else 256
        if match is None or octet > 255:
            raise _fatal(code, "UnsupportedCharacter (Value contains unsupported characters)", name)
        found.append(octet)
        at = match.end()
    return bytes(found)


def name_text(labels: tuple[bytes, ...]) -> str:
    written = ("".join(chr(o) if o in _PLAIN else f"\\{o:03o}" for o in label) for label in labels)
    return ".".join(written) + "."


def sort_key(labels: tuple[bytes, ...]) -> str:
    """Route 53's order: labels reversed, compared as text with the final dot."""
    return name_text(labels[::-1])


def dns_name(name: str) -> dns.name.Name:
    """A name that this module wrote, for dnspython."""
    return dns.name.Name((*name_labels(name), b""))


@lru_cache(maxsize=4096)
def rdata(record_type: str, value: str) -> dns.rdata.Rdata:
    """The record a value stands for. Raises `RefusalError` (InvalidChangeBatch) as Route 53 words it."""
    kind = dns.rdatatype.from_text(record_type)
    if record_type in _QUOTED:
        return _text_rdata(kind, value)
    if '"' in value and record_type not in _MAY_CONTAIN_QUOTES:
        raise _bad_value("UnexpectedQuote (Value must not be enclosed in quotation marks)", value)
    try:
        return dns.rdata.from_text(dns.rdataclass.IN, kind, value, origin=dns.name.root, relativize=False)
    except (dns.exception.DNSException, ValueError) as err:
        raise _bad_value(_problem(record_type), value) from err


def _text_rdata(kind: dns.rdatatype.RdataType, value: str) -> dns.rdata.Rdata:
    if not _STRINGS.fullmatch(value):
        raise _bad_value("InvalidCharacterString (Value should be enclosed in quotation marks)", value)
    strings = [_string_octets(string[1:-1]) for string in re.findall(_STRING, value)]
    if any(len(string) > 255 for string in strings):
        raise _bad_value("CharacterStringTooLong (Value is too long)", value)
    return dns.rdtypes.txtbase.TXTBase(dns.rdataclass.IN, kind, strings)


def _string_octets(text: str) -> bytes:
    plain = re.sub(r"\\([0-7]{3})|\\(.)", lambda m: chr(int(m[1], 8)) if m[1] else m[2], text)
    return plain.encode("latin-1", "replace")


def _problem(record_type: str) -> str:
    return {
        "A": "ARRDATAIllegalIPv4Address (Value is not a valid IPv4 address)",
        "AAAA": "AAAARRDATAIllegalIPv6Address (Value is not a valid IPv6 address)",
    }.get(record_type, f"{record_type}RRDATANotValid (Value is not valid for a {record_type} record)")


def _bad_value(problem: str, value: str) -> RefusalError:
    message = f"Invalid Resource Record: FATAL problem: {problem} encountered with '{value}'"
    return RefusalError("InvalidChangeBatch", f"[{message}]")
