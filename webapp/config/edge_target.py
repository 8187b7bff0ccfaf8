"""Where verified names lead: `EDGE_TARGET`, and the settings of the records method beside it."""

from __future__ import annotations

import base64
import binascii
import ipaddress
import re
from collections.abc import Iterator, Sequence

_ALIAS = re.compile(
    r"alias:(/hostedzone/)?([A-Z0-9]{1,32})/((?:[a-z0-9_-]{1,63}\.)+[a-z0-9-]{2,63})\.?", re.IGNORECASE
)


def edge_target(text: str) -> str:
    """An address in its shortest form, or “alias:ZONEID/name” in lower case without final dot."""
    alias = _ALIAS.fullmatch(text)
    if alias:
        return f"alias:{alias[2].upper()}/{alias[3].lower()}"
    try:
        address = ipaddress.ip_address(text)
    except ValueError as err:
        raise ValueError(
            f"“{text}” is neither an IP address, such as 203.0.113.10, nor an alias, such as "
            "alias:Z35SXDOTRQ7X7K/edge-1234.us-east-1.elb.amazonaws.com"
        ) from err
    if address.is_unspecified or address.is_multicast or address.is_link_local:
        raise ValueError(f"“{text}” is not the address of a machine that could serve anybody")
    return str(address)


def edge_targets(parts: object) -> object:
    """Each of the list, once. What is no list is left to whoever checks types."""
    if not isinstance(parts, list):
        return parts
    targets = [edge_target(part) if isinstance(part, str) else part for part in parts]
    if len(targets) > 1 and any(str(target).startswith("alias:") for target in targets):
        raise ValueError("write either IP addresses or one alias: a name cannot have both")
    return list(dict.fromkeys(targets))


def alias_of(targets: Sequence[str]) -> str:
    """The host name that the edge is an alias of; empty where it has addresses of its own."""
    return next((one.partition("/")[2] for one in targets if one.startswith("alias:")), "")


_LABEL = re.compile(r"_[a-z0-9](?:[a-z0-9-]{0,60}[a-z0-9])?", re.IGNORECASE)
_KEY_NAME = re.compile(r"[A-Za-z0-9._-]{1,253}")


def challenge_label(text: str) -> str:
    """The label in lower case. It begins with an underscore, so that nobody can register a host of that name."""
    if not _LABEL.fullmatch(text):
        raise ValueError(
            f"“{text}” is no such label; write an underscore, then letters, digits and hyphens, at most 63 in all"
        )
    return text.lower()


def update_key(text: str) -> str:
    """A TSIG key as “name:secret”, whose secret is base64. The faults do not show it."""
    if not text:
        return text
    name, colon, secret = text.partition(":")
    try:
        known = (
            bool(colon) and bool(_KEY_NAME.fullmatch(name)) and bool(base64.b64decode(secret, validate=True))
        )
    except binascii.Error:
        known = False
    if not known:
        raise ValueError(
            "it must be NAME:SECRET, as the name server has the TSIG key, with the secret in base64"
        )
    return text


def records_faults(
    methods: Sequence[str], edge_domain: str, target: Sequence[str], servers: Sequence[object], key: str
) -> Iterator[str]:
    """What is wrong with the settings of the records method together, a sentence each without its full stop."""
    if "records" in methods and not edge_domain:
        yield "METHODS names records, which needs EDGE_DOMAIN, the domain below which customers’ names lead to you"
    if "records" in methods and not target:
        yield "METHODS names records, which needs EDGE_TARGET, the addresses that customers’ names lead to"
    if bool(servers) != bool(key):
        yield "EDGE_UPDATE_SERVERS and EDGE_UPDATE_KEY go together; write both or neither"
    if servers and not edge_domain:
        yield "EDGE_UPDATE_SERVERS needs EDGE_DOMAIN, the zone that is updated there"
