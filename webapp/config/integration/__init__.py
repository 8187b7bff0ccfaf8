"""Settings of what programs use: the API, webhooks, links that are handed over, many names at once."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field, field_validator
from pydantic_settings import BaseSettings, NoDecode

from webapp.config import values
from webapp.config.values import IPNetwork


class IntegrationSettings(BaseSettings):
    """`webapp.config.settings.Settings` has all of these as well."""

    api_requests_per_minute: int = Field(default=600, gt=0)
    webhook_allow_networks: Annotated[list[IPNetwork], NoDecode] = []
    webhook_authority: str = Field(default="", pattern=values.EMPTY_OR_PATH)
    webhook_history_days: float = Field(default=30, gt=0)

    @field_validator("webhook_allow_networks", mode="before")
    @classmethod
    def _webhook_networks(cls, value: object) -> object:
        return values.each(values.network, value)
