"""Settings of what programs use: the API, webhooks, links that are handed over, many names at once."""

from __future__ import annotations

import ipaddress
from typing import Annotated

from pydantic import BeforeValidator, Field
from pydantic_settings import BaseSettings, NoDecode

IPNetwork = ipaddress.IPv4Network | ipaddress.IPv6Network
#: As `webapp.config.values` has it, whose words are for this text.
_EMPTY_OR_PATH = r"^(/[^\x00-\x1f\x7f]+)?$"


def _networks(value: object) -> object:
    """Of a comma separated list, as in every other setting of networks."""
    return (
        [_network(part.strip()) for part in value.split(",") if part.strip()]
        if isinstance(value, str)
        else value
    )


def _network(text: str) -> IPNetwork:
    try:
        return ipaddress.ip_network(text)
    except ValueError as err:
        raise ValueError(f"“{text}” is not a network, such as 192.0.2.0/24") from err


class IntegrationSettings(BaseSettings):
    """`webapp.config.settings.Settings` has all of these as well."""

    api_requests_per_minute: int = Field(default=600, gt=0)
    import_history_days: float = Field(default=30, gt=0)
    webhook_allow_networks: Annotated[list[IPNetwork], NoDecode, BeforeValidator(_networks)] = []
    webhook_authority: str = Field(default="", pattern=_EMPTY_OR_PATH)
    webhook_history_days: float = Field(default=30, gt=0)
