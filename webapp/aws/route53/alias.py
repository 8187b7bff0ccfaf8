"""Alias record sets: addresses that Route 53 looks up at another AWS resource, without a TTL of their own.

In a `RecordSet` an alias is the one value “alias:ZONEID/name”, with the TTL 0. That is also how the setting
EDGE_TARGET is written, and no address can look like it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from webapp.aws.route53.text import absolute, plain_name

_FORM = re.compile(r"alias:([A-Z0-9]{1,32})/([^\s/]+)")


@dataclass(frozen=True)
class Alias:
    """`zone_id` is the hosted zone of the target (each kind of load balancer and region has one), not ours."""

    zone_id: str
    name: str

    def __str__(self) -> str:
        return f"alias:{self.zone_id}/{self.name}"

    @classmethod
    def read(cls, value: str) -> Alias | None:
        """None for a value that is no alias."""
        found = _FORM.fullmatch(value)
        return cls(found[1], plain_name(found[2])) if found else None

    @classmethod
    def from_route53(cls, target: Any) -> Alias:
        return cls(target["HostedZoneId"], plain_name(target["DNSName"]))

    def to_route53(self) -> dict[str, Any]:
        """Route 53 does not evaluate the target’s health: the platform watches it, and visitors need an answer."""
        return {
            "HostedZoneId": self.zone_id,
            "DNSName": absolute(self.name),
            "EvaluateTargetHealth": False,
        }
