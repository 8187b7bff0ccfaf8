"""What a provider does not take, in sentences such as providers use. No input or output."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from webapp.sandbox.provider.record import PROXIABLE, Record, RefusedError
from webapp.sandbox.provider.switches import Flatten, Switches

#: Types of which a name has one record and no more.
_SINGLE = frozenset({"ALIAS", "CNAME", "DNAME"})
#: What says which addresses a name has. A flattened CNAME and an ALIAS cannot stand beside it.
_ADDRESSES = frozenset({"A", "AAAA", "ALIAS", "CNAME", "DNAME"})

_NO_NS_BELOW = (
    "NS records are not supported for subdomains."
    " To use other name servers, change them for the whole domain."
)
_NO_NS_AT_THE_APEX = (
    "The NS records of the domain itself are managed by us. Change name servers at your registrar."
)


def refuse(switches: Switches, new: Record, stored: Iterable[Record]) -> None:
    """Raises `RefusedError` when a record cannot be added to those of its zone."""
    _refuse_alone(switches, new)
    here = [one for one in stored if one.name == new.name and (one.type, one.value) != (new.type, new.value)]
    if new.type in _SINGLE and any(one.type == new.type for one in here):
        raise RefusedError(
            "name",
            f"{new.name} has {_a(new.type)} record already, and a name can have one only. Edit that one.",
        )
    for one in here:
        if "CNAME" in {one.type, new.type} and not _may_stand_together(one, new):
            raise RefusedError("name", _beside_cname(new, here))
        if "ALIAS" in {one.type, new.type} and {one.type, new.type} <= _ADDRESSES:
            raise RefusedError(
                "name",
                f"{new.name} has {_a(one.type)} record already. An ALIAS record cannot stand beside A, AAAA or CNAME"
                " records of the same name.",
            )


def _refuse_alone(switches: Switches, new: Record) -> None:
    provider = switches.provider
    if new.type == "NS" and not provider.takes_ns:
        raise RefusedError("type", _NO_NS_AT_THE_APEX if new.name == new.zone else _NO_NS_BELOW)
    if new.proxied and new.type not in PROXIABLE:
        raise RefusedError(
            "proxied",
            f"Only A, AAAA and CNAME records can be proxied. Switch the proxy off for this {new.type}.",
        )
    if new.type == "TXT" and new.text_length > provider.longest_text:
        raise RefusedError(
            "value",
            f"This text has {new.text_length} bytes; a TXT record can have {provider.longest_text} at most.",
        )
    if new.type == "CNAME" and new.name == new.zone and switches.flatten is Flatten.OFF:
        raise RefusedError(
            "name",
            f"{new.name} itself cannot have a CNAME record, because it has SOA and NS records. Use ALIAS, A or"
            " AAAA, or switch CNAME flattening on in the settings.",
        )


def _may_stand_together(one: Record, new: Record) -> bool:
    """A CNAME at the apex, which is always flattened, leaves room for all but addresses."""
    return one.name == one.zone and not {one.type, new.type} <= _ADDRESSES


def _beside_cname(new: Record, here: Sequence[Record]) -> str:
    if new.type == "CNAME":
        there = ", ".join(sorted({one.type for one in here}))
        return (
            f"{new.name} has other records already ({there}). A CNAME record cannot stand beside other records of"
            " the same name; delete them first."
        )
    return (
        f"{new.name} has a CNAME record already. No {new.type} record can stand beside it; delete the CNAME record"
        " or choose another name."
    )


def refuse_switches(wanted: Switches, stored: Iterable[Record]) -> None:
    """Raises `RefusedError` when a record is stored that could not be added with these switches."""
    provider = wanted.provider
    for one in stored:
        if one.type == "NS" and not provider.takes_ns:
            raise RefusedError(
                "provider", f"{provider.title} takes no NS records. Delete those of {one.name} first."
            )
        if one.type == "TXT" and one.text_length > provider.longest_text:
            raise RefusedError(
                "provider",
                f"{provider.title} takes TXT records of {provider.longest_text} bytes at most. Delete the longer one"
                f" of {one.name} first.",
            )
        if one.type == "CNAME" and one.name == one.zone and wanted.flatten is Flatten.OFF:
            raise RefusedError(
                "flatten",
                f"{one.zone} itself has a CNAME record, which works only while it is flattened. Delete it first.",
            )


def _a(kind: str) -> str:
    return f"an {kind}" if kind[0] == "A" else f"a {kind}"
