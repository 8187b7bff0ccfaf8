"""One record at the provider, the types that it takes, and how it says no."""

from __future__ import annotations

from dataclasses import dataclass
from typing import cast

from dns.name import Name
from dns.rdtypes.ANY.TXT import TXT

from webapp.sandbox.internet.zone import parsed

TYPES = ("A", "AAAA", "ALIAS", "CAA", "CNAME", "DNAME", "DS", "MX", "NS", "SRV", "TXT")
#: What can stand behind the provider's proxy.
PROXIABLE = frozenset({"A", "AAAA", "CNAME"})
DEFAULT_TTL = 3600
MAX_TTL = 604_800


@dataclass(frozen=True)
class Record:
    """One record as stored: names absolute, in lower case, without final dot; value as in a zone file."""

    zone: str
    name: str
    type: str
    ttl: int
    value: str
    id: int = 0
    proxied: bool = False

    def as_json(self) -> dict[str, str | int | bool]:
        shown = ("zone", "name", "type", "ttl", "value", "proxied")
        return {field: getattr(self, field) for field in shown}

    def __str__(self) -> str:
        """As in a zone file; the proxy, which is no part of DNS, in a comment."""
        line = f"{self.name}. {self.ttl} {self.type} {self.value}"
        return f"{line} ; proxied" if self.proxied else line

    @property
    def text_length(self) -> int:
        """The bytes of all strings of a TXT record together."""
        return sum(len(string) for string in cast("TXT", parsed("TXT", self.value)).strings)


def written_as(kind: str) -> str:
    """The type by which a value is written. ALIAS is no type of the DNS; its value is that of a CNAME."""
    return "CNAME" if kind == "ALIAS" else kind


def plain(name: Name) -> str:
    """A name as it is stored and shown."""
    return name.canonicalize().to_text(omit_final_dot=True)


class TypedError(ValueError):
    """What was typed cannot be understood. `field` names the input, the message is a sentence."""

    def __init__(self, field: str, sentence: str) -> None:
        super().__init__(sentence)
        self.field = field


class RefusedError(TypedError):
    """What was typed is understood, and the provider does not take it."""
