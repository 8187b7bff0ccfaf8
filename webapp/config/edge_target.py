"""EDGE_TARGET: where verified names lead."""

from __future__ import annotations

import ipaddress
import re

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
