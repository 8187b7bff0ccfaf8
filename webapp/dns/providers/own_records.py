"""How records for the proof by records are typed at a provider, in its own words: a TXT record, then a CNAME record.

The labels of the fields were read in the pages that `webapp.dns.providers.known` names where these tell of TXT and
CNAME records (Microsoft 365 documentation, “Create DNS records at …”, and Cloudflare's “Manage DNS records”); the
others are recalled. Where nothing is known, the words are the provider's for any record.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from webapp.dns.name_arithmetic import as_typed
from webapp.dns.providers.provider import Provider


@dataclass(frozen=True)
class OwnRecord:
    """One record to type. `relative_name`: what most providers want in their field for the name."""

    relative_name: str
    type: str
    value: str


@dataclass(frozen=True)
class RecordWords:
    """`value_labels` and `type_choices` by the type of the record, where they are not the provider's usual ones.
    `usual`: its label for a value where `Provider.value_label` is one for name servers. `proxy_off` and `proxy_none`:
    that no proxy is to hide a record.

    `traps`: what goes wrong with these records at this provider. `{zone}`, `{name}` and `{host}` stand for the zone,
    the short and the full name.
    """

    value_labels: Mapping[str, str] = field(default_factory=dict)
    type_choices: Mapping[str, str] = field(default_factory=dict)
    traps: tuple[str, ...] = ()
    usual: str = ""
    proxy_off: str = "switch its proxy or flattening off"
    proxy_none: str = "no proxy"


_SHORT = "Type only the short name: {zone} is added by itself, and {host} would become {host}.{zone}."
_UNQUOTED = "Type the value of the TXT record without quotation marks: they are added where they are needed."
_WORDS: dict[str, RecordWords] = {
    "": RecordWords({"CNAME": "Value or target"}),
    "cloudflare": RecordWords(
        {"TXT": "Content", "CNAME": "Target", "A": "IPv4 address", "AAAA": "IPv6 address"},
        traps=(
            "Set the proxy status of the CNAME record to “DNS only” (grey cloud), or nobody sees where it leads.",
            _UNQUOTED,
        ),
        usual="Content",
        proxy_off="set its proxy status to “DNS only” (grey cloud)",
        proxy_none="the proxy status “DNS only”",
    ),
    "godaddy": RecordWords(traps=(_SHORT,)),
    "namecheap": RecordWords(
        {"CNAME": "Target"},
        {
            "TXT": "TXT Record",
            "CNAME": "CNAME Record",
            "A": "A Record",
            "AAAA": "AAAA Record",
            "ALIAS": "ALIAS Record",
        },
        (_SHORT,),
        usual="Value",
    ),
    "squarespace": RecordWords(traps=(_SHORT,)),
    "google": RecordWords({"CNAME": "Data or Canonical name"}, traps=(_SHORT,), usual="Data"),
    "route53": RecordWords(traps=("Route 53 wants the value of the TXT record in double quotation marks.",)),
    "ionos": RecordWords({"TXT": "Value"}, traps=(_SHORT,)),
    "ovh": RecordWords(
        {"TXT": "Value"}, traps=("Without the final dot, OVHcloud appends {zone} to the target.",)
    ),
    "gandi": RecordWords(
        {"CNAME": "Hostname"}, traps=("Without the final dot, Gandi appends {zone} to the value.",)
    ),
    "digitalocean": RecordWords(
        {"CNAME": "Is an alias of"}, traps=("End the target of the CNAME with a dot.",)
    ),
    "hetzner": RecordWords(traps=("Without the final dot, Hetzner appends {zone} to the value.",)),
    "porkbun": RecordWords(traps=(_SHORT,)),
    "azure": RecordWords({"CNAME": "Alias", "A": "IP address", "AAAA": "IP address"}, usual="Value"),
    "sandbox": RecordWords(
        traps=(
            "Leave the proxy at “DNS only”.",
            "Without the final dot, {zone} is appended to the name and to the target.",
        )
    ),
    "sandbox-sites": RecordWords(
        traps=(
            "Leave the proxy at “DNS only”.",
            "Without the final dot, {zone} is appended to the name and to the target.",
        )
    ),
}
_NOTHING = RecordWords()


def value_label(provider: Provider, rdtype: str) -> str:
    """What the field for the value of a record of this type is called."""
    words = _words_of(provider)
    return words.value_labels.get(rdtype, words.usual or provider.value_label)


def typed_value(provider: Provider, record: OwnRecord) -> str:
    """The value as it has to be typed. A name gets its final dot where the zone's name would be appended to it."""
    if record.type in {"CNAME", "ALIAS"} and provider.final_dot:
        return f"{record.value}."
    return record.value


def own_traps(provider: Provider, zone: str, name: str, host: str) -> tuple[str, ...]:
    return tuple(one.format(zone=zone, name=name, host=host) for one in _words_of(provider).traps)


def way_in(provider: Provider, zone: str, name: str, host: str) -> tuple[str, ...]:
    """From signing in to the list of the zone's records."""
    return tuple(one.format(zone=zone, name=name, host=host) for one in provider.way)


def to_add(provider: Provider, records: Sequence[OwnRecord], zone: str) -> Iterator[str]:
    """The steps to add these records, from the list of the zone's records on."""
    for record in records:
        yield (
            f"{provider.add.format(zone=zone, name=record.relative_name, host='')} Choose the type "
            f"{_type_choice(provider, record.type)}."
        )
        yield (
            f"Under {provider.name_label}, enter {record.relative_name}. Under {value_label(provider, record.type)}, "
            f"enter {_quoted(provider, record)}. Select {provider.save}."
        )


def to_change(provider: Provider, there: OwnRecord, right: OwnRecord) -> str:
    """The step to correct a record that is there, from the list of the zone's records on."""
    label = value_label(provider, right.type)
    saved = f"Select {provider.save_edit}." if provider.save_edit else "Save it."
    found = f"the {right.type} record named “{there.relative_name}” with the value {as_typed(there.value)}"
    return f"Find {found}, and edit it: under {label}, enter {_quoted(provider, right)} instead. {saved}"


def without_proxy(provider: Provider, record: OwnRecord) -> Iterator[str]:
    """The steps to show a record that a proxy, or flattening, hides behind addresses: it may be there, or not."""
    label, value = value_label(provider, record.type), _quoted(provider, record)
    off = _words_of(provider).proxy_off
    saved = f"Select {provider.save_edit}." if provider.save_edit else "Save it."
    yield (
        f"Find the record named “{record.relative_name}”. If its type is {record.type}, edit it: {off}, and under "
        f"{label} enter {value}. {saved}"
    )
    yield (
        f"If its type is A, AAAA or ALIAS, delete it, and add a record of type {_type_choice(provider, record.type)} "
        f"with the same name, this target, and {_words_of(provider).proxy_none}."
    )


def _type_choice(provider: Provider, rdtype: str) -> str:
    return _words_of(provider).type_choices.get(rdtype, _ANY_ALIAS if rdtype == "ALIAS" else rdtype)


#: Providers have different names for what answers with the addresses of another name.
_ANY_ALIAS = "ALIAS (also called ANAME or flattened CNAME)"


def _quoted(provider: Provider, record: OwnRecord) -> str:
    """A final dot of the value stands in quotation marks, or nobody could tell it from the sentence's."""
    value = typed_value(provider, record)
    return f"“{value}”" if value.endswith(".") else value


def _words_of(provider: Provider) -> RecordWords:
    return _WORDS.get(provider.id, _NOTHING)
