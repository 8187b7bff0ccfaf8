"""What is known of the providers that people manage their DNS at: who they are, what they can do, and their words."""

from webapp.dns.providers.abilities import ABILITIES, Limit, Place, Strength, common_limits, limits_of
from webapp.dns.providers.known import PROVIDERS, provider_of
from webapp.dns.providers.provider import PLAIN, Provider
from webapp.dns.providers.steps import Change, steps, told

__all__ = [
    "ABILITIES",
    "PLAIN",
    "PROVIDERS",
    "Change",
    "Limit",
    "Place",
    "Provider",
    "Strength",
    "common_limits",
    "limits_of",
    "provider_of",
    "steps",
    "told",
]
