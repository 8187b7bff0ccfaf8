"""What is known of the providers that people manage their DNS at: who they are, what they can do, and their words."""

from webapp.dns.providers.abilities import (
    ABILITIES,
    Limit,
    Place,
    Strength,
    common_limits,
    limits_at,
    limits_of,
    why_no_ns,
)
from webapp.dns.providers.known import PROVIDERS, provider_of
from webapp.dns.providers.own_records import (
    OwnRecord,
    own_traps,
    to_add,
    to_change,
    typed_value,
    value_label,
    way_in,
    without_proxy,
)
from webapp.dns.providers.provider import PLAIN, Provider
from webapp.dns.providers.steps import Change, steps, told

__all__ = [
    "ABILITIES",
    "PLAIN",
    "PROVIDERS",
    "Change",
    "Limit",
    "OwnRecord",
    "Place",
    "Provider",
    "Strength",
    "common_limits",
    "limits_at",
    "limits_of",
    "own_traps",
    "provider_of",
    "steps",
    "to_add",
    "to_change",
    "told",
    "typed_value",
    "value_label",
    "way_in",
    "why_no_ns",
    "without_proxy",
]
