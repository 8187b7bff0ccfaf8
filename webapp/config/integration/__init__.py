"""Settings of what programs use: the API, webhooks, links that are handed over, many names at once."""

from __future__ import annotations

from pydantic import Field
from pydantic_settings import BaseSettings


class IntegrationSettings(BaseSettings):
    """`webapp.config.settings.Settings` has all of these as well."""

    api_requests_per_minute: int = Field(default=600, gt=0)
    import_history_days: float = Field(default=30, gt=0)
