"""The records that prove a name, and the past of the name as far as a judgement needs it."""

from __future__ import annotations

import ipaddress
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from webapp.dns import name_arithmetic
from webapp.dns.name_arithmetic import canonical

#: The label in front of the host at which the token stands. It begins with an underscore, so that it is no host name.
LABEL = "_nameplate-challenge"
#: The most octets of a token: one character-string of a TXT record.
_LONGEST_TOKEN = 255


@dataclass(frozen=True)
class ValidationRecord:
    """The CNAME record that a certificate authority wants to see."""

    name: str
    value: str

    def __post_init__(self) -> None:
        for field in ("name", "value"):
            object.__setattr__(self, field, canonical(getattr(self, field)))


@dataclass(frozen=True)
class RecordsExpectation:
    """The records of one claim on `host`: TXT `<label>.<host>` with `token`, and CNAME `host` to `target`.

    Capitals and final dots of names are folded away, and addresses are written in one form. Raises ValueError for
    what is no ASCII domain name, no IP address or no token.
    `edge_addresses` are those of the edge, for a name that can have no CNAME record. `apex`: the host is known to be
    the apex of its zone, as a registrable domain is. `validation` is the record that a certificate needs besides, if
    one does.
    `former_tokens` and `former_targets` are of earlier claims of the same account on the name.
    `proved`, `inconsistent_since`, `listed_before` and `history` are those of
    `webapp.dns.lookup.expectation.Expectation`, with the token in the place of the name servers. `served`: the name
    was verified before, by whatever method, so that its people have switched to us.
    """

    host: str
    token: str
    target: str
    edge_addresses: tuple[str, ...] = ()
    apex: bool = False
    label: str = LABEL
    validation: ValidationRecord | None = None
    former_tokens: tuple[str, ...] = ()
    former_targets: tuple[str, ...] = ()
    proved: bool = False
    inconsistent_since: datetime | None = None
    listed_before: bool | None = None
    served: bool = False
    history: Mapping[str, Any] | None = None

    def __post_init__(self) -> None:
        names = {name: canonical(getattr(self, name)) for name in ("host", "target", "label")}
        former = tuple(map(canonical, self.former_targets))
        addresses = dict.fromkeys(str(ipaddress.ip_address(one)) for one in self.edge_addresses)
        folded = {**names, "former_targets": former, "edge_addresses": tuple(addresses)}
        for name, value in folded.items():
            object.__setattr__(self, name, value)
        if not _is_token(self.token):
            raise ValueError(f"“{self.token}” is no token: 1 to {_LONGEST_TOKEN} visible ASCII characters")
        if name_arithmetic.join(self.label, self.host) is None:
            raise ValueError(f"“{self.label}.{self.host}” is longer than a name can be")

    @property
    def label_name(self) -> str:
        """The name at which the token stands."""
        return f"{self.label}.{self.host}"

    def records(self, *, apex: bool) -> tuple[str, ...]:
        """What is to be published, each as “name type value”. An apex can have no CNAME record."""
        validation = self.validation
        certificate = [f"{validation.name} CNAME {validation.value}"] if validation else []
        return (f"{self.label_name} TXT {self.token}", *self.pointing(apex=apex), *certificate)

    def pointing(self, *, apex: bool) -> tuple[str, ...]:
        """Those of the records that lead the name to the edge."""
        if not apex:
            return (f"{self.host} CNAME {self.target}",)
        return tuple(map(self.address_record, self.edge_addresses)) or (f"{self.host} ALIAS {self.target}",)

    def address_record(self, address: str) -> str:
        return f"{self.host} {'AAAA' if ':' in address else 'A'} {address}"


def _is_token(text: str) -> bool:
    return 0 < len(text) <= _LONGEST_TOKEN and text.isascii() and text.isprintable() and " " not in text
