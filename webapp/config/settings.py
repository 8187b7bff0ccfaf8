"""The settings: read once from the environment and `.env`, typed, and refused with a sentence when wrong."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated, Any, Literal
from urllib.parse import urlsplit

from pydantic import BeforeValidator, Field, ValidationError, ValidationInfo, field_validator, model_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from webapp.config import values
from webapp.config.edge_target import challenge_label, edge_targets, records_faults, update_key
from webapp.config.env_files import read_env_files
from webapp.config.integration import IntegrationSettings
from webapp.config.keys import REPLACE_KEY, is_easy_to_guess
from webapp.config.mail import MailSettings
from webapp.config.misspelt import misspelt
from webapp.config.places import INSTANCE
from webapp.config.values import HostPort, IPNetwork, is_loopback


class ConfigurationError(Exception):
    """A setting is missing or wrong. The message names it and says what to write instead."""


#: A worker holds a check for a minute (`webapp.checks.queries.WORK`), and must have recorded it by then.
LONGEST_CHECK_SECONDS = 45

CommaList = Annotated[list[str], NoDecode]


class Settings(IntegrationSettings, MailSettings, BaseSettings):
    """One attribute per environment variable of the same name, in lower case.

    Periods carry their unit in the name. Build it with `load_settings`, which turns every fault into one
    `ConfigurationError` that lists them all.
    """

    model_config = SettingsConfigDict(extra="ignore", frozen=True, allow_inf_nan=False)

    secret_key: str = Field(min_length=16)
    secret_key_fallbacks: CommaList = []
    database_url: str = f"sqlite:///{INSTANCE / 'nameplate.sqlite'}"
    database_silent_seconds: float = Field(default=1.5, ge=0.5, le=60)
    database_page_seconds: float = Field(default=10, ge=1, le=600)
    database_work_seconds: float = Field(default=600, ge=10)
    redis_url: str = ""
    broker_path: Path = INSTANCE / "broker.sqlite"
    cache_directory: Path = INSTANCE / "cache"

    aws_region: str = "us-east-1"
    aws_endpoint_url: str = ""
    aws_calls_per_second: float = Field(default=4.0, gt=0)
    aws_creations_per_second: float = Field(default=1.0, gt=0)
    installation_id: str = Field(default="nameplate", pattern=values.INSTALLATION_ID)

    dns_resolvers: Annotated[list[HostPort], NoDecode] = [("127.0.0.1", 53)]
    dns_address_map: Annotated[list[tuple[IPNetwork, HostPort]], NoDecode] = []
    dns_allow_networks: Annotated[list[IPNetwork], NoDecode] = []
    refused_networks: Annotated[list[IPNetwork], NoDecode] = []

    platform_domain: str = "platform.example"
    reserved_suffixes_allowed: CommaList = []
    extra_suffixes_allowed: CommaList = []

    port: int = Field(default=8000, gt=0, lt=65536)
    public_url: str = ""
    trusted_proxies: int = Field(default=0, ge=0, le=10)

    check_button_interval_seconds: int = Field(default=30, ge=0)
    check_total_seconds: float = Field(default=20, gt=0)
    checks_at_once: int = Field(default=50, gt=0)
    pending_days: int = Field(default=30, gt=0)
    live_check_hours_min: float = Field(default=6, gt=0)
    live_check_hours_max: float = Field(default=24, gt=0)
    failing_confirmation_minutes: float = Field(default=10, ge=0)
    grace_days: float = Field(default=7, ge=0)
    removal_check_hours: float = Field(default=24, gt=0)
    removal_undo_days: float = Field(default=7, ge=0)
    expired_keep_days: float = Field(default=180, gt=0)
    reconcile_minutes: float = Field(default=60, gt=0)
    trouble_banner_minutes: float = Field(default=10, ge=0)
    worker_silent_seconds: float = Field(default=45, gt=0)
    zone_quota_warning_percent: float = Field(default=80, gt=0, le=100)
    edge_target: CommaList = []
    methods: Annotated[list[Literal["delegation", "records"]], NoDecode] = ["delegation"]
    edge_domain: str = ""
    edge_update_servers: Annotated[list[HostPort], NoDecode] = []
    edge_update_key: str = Field(default="", repr=False)
    challenge_label: str = "_nameplate-challenge"
    certificates: Literal["auto", "acm", "edge"] = "auto"
    certificate_watch_hours: float = Field(default=24, gt=0)
    certificate_warning_days: float = Field(default=21, ge=0)
    certificate_retries: int = Field(default=4, ge=0)
    zones_per_account_per_day: int = Field(default=50, gt=0)
    zones_per_name_per_day: int = Field(default=5, gt=0)
    unverified_per_account: int = Field(default=50, gt=0)
    unverified_zones_percent: float = Field(default=50, gt=0, le=100)
    zones_for_proved_percent: float = Field(default=20, ge=0, lt=100)
    llm_clients_per_account: int = Field(default=200, gt=0)
    sign_in_attempts_per_hour: int = Field(default=20, gt=0)
    sign_in_attempts_per_address_per_hour: int = Field(default=400, gt=0)
    signed_in_days: float = Field(default=30, gt=0)
    staff_idle_minutes: float = Field(default=60, ge=10)
    staff_second_factor: Literal["auto", "on", "off"] = "auto"
    unconfirmed_days: float = Field(default=7, gt=0)
    check_history_days: float = Field(default=90, gt=0)
    event_history_days: float = Field(default=3650, gt=0)
    notification_history_days: float = Field(default=365, gt=0)
    email_history_days: float = Field(default=365, gt=0)
    metrics_token: str = Field(default="", pattern=values.EMPTY_OR_LONG)
    edge_token: str = Field(default="", pattern=values.EMPTY_OR_LONG)
    edge_networks: Annotated[list[IPNetwork], NoDecode] = []
    edge_bind: Annotated[HostPort, NoDecode, BeforeValidator(values.address)] = ("127.0.0.1", 8002)
    edge_on_web: Literal["yes", "no"] = "yes"
    edge_keep_seconds: float = Field(default=3600, ge=0)
    edge_probes: Literal["yes", "no"] = "no"
    probe_port: int = Field(default=443, gt=0, lt=65536)
    probe_authority: str = Field(default="", pattern=values.EMPTY_OR_PATH)
    visit_url: str = ""
    sandbox_url: str = ""
    probe_address_map: Annotated[list[tuple[IPNetwork, HostPort]], NoDecode] = []
    log_format: Literal["auto", "json", "text"] = "auto"
    log_level: Literal["debug", "info", "warning", "error"] = "info"

    @property
    def makes_zones(self) -> bool:
        return "delegation" in self.methods

    @property
    def asks_acm(self) -> bool:
        """Whether certificates come from ACM. Otherwise the edge gets them by itself."""
        return self.certificates == "acm" or (self.certificates == "auto" and self.makes_zones)

    @property
    def uses_aws(self) -> bool:
        return self.makes_zones or self.asks_acm

    @property
    def probes_names(self) -> bool:
        return self.edge_probes == "yes"

    @property
    def in_sandbox(self) -> bool:
        """Whether AWS is played by a program on this machine, as `make run` has it."""
        return is_loopback(urlsplit(self.aws_endpoint_url).hostname or "")

    @property
    def secret_keys(self) -> list[str]:
        """Every key that still counts, the newest first: `SECRET_KEY`, then `SECRET_KEY_FALLBACKS`."""
        return list(dict.fromkeys([self.secret_key, *self.secret_key_fallbacks]))

    @property
    def staff_need_second_factor(self) -> bool:
        return self.staff_second_factor == "on" or (
            self.staff_second_factor == "auto" and not self.in_sandbox
        )

    @field_validator("*", mode="before")
    @classmethod
    def _is_not_empty(cls, value: object, info: ValidationInfo) -> object:
        """Empty means “none” where none is the default. Elsewhere somebody has lost a value: an empty DATABASE_URL
        would start with a database that is empty as well.
        """
        default = cls.model_fields[info.field_name or ""].default
        empty = value == [] or (isinstance(value, str) and not value.strip())
        if empty and default not in ("", []):
            raise ValueError("it is empty; write a value, or leave the line out")
        return value

    @field_validator("*")
    @classmethod
    def _is_not_too_much(cls, value: object, info: ValidationInfo) -> object:
        if isinstance(value, int | float):
            values.not_too_much(info.field_name or "", value)
        return value

    @field_validator("secret_key_fallbacks", mode="before")
    @classmethod
    def _fallbacks(cls, value: object) -> object:
        return values.parts_of(value)

    @field_validator("methods", mode="before")
    @classmethod
    def _methods(cls, value: object) -> object:
        parts = values.parts_of(value)
        return list(dict.fromkeys(parts)) if isinstance(parts, list) else parts

    @field_validator("challenge_label")
    @classmethod
    def _label(cls, value: str) -> str:
        return challenge_label(value)

    @field_validator("edge_update_key")
    @classmethod
    def _key(cls, value: str) -> str:
        return update_key(value)

    @field_validator("dns_resolvers", "edge_update_servers", mode="before")
    @classmethod
    def _resolvers(cls, value: object) -> object:
        return values.each(values.host_port, value)

    @field_validator("dns_allow_networks", "edge_networks", "refused_networks", mode="before")
    @classmethod
    def _networks(cls, value: object) -> object:
        return values.each(values.network, value)

    @field_validator("dns_address_map", "probe_address_map", mode="before")
    @classmethod
    def _address_map(cls, value: object) -> object:
        return values.each(values.mapping, value)

    @field_validator("reserved_suffixes_allowed", "extra_suffixes_allowed", mode="before")
    @classmethod
    def _suffixes(cls, value: object) -> object:
        return values.each(lambda suffix: values.host_name(suffix.strip(".")), value)

    @field_validator("edge_target", mode="before")
    @classmethod
    def _edge(cls, value: object) -> object:
        return edge_targets(values.parts_of(value))

    @field_validator("platform_domain", "edge_domain")
    @classmethod
    def _domain(cls, value: str) -> str:
        return values.host_name(value.strip("."), least_labels=2) if value else value

    @field_validator("aws_region")
    @classmethod
    def _region(cls, value: str) -> str:
        return values.region(value)

    @field_validator(
        "database_url", "redis_url", "mail_url", "aws_endpoint_url", "public_url", "visit_url", "sandbox_url"
    )
    @classmethod
    def _url(cls, value: str, info: ValidationInfo) -> str:
        return values.url(info.field_name or "", value)

    @field_validator("check_total_seconds")
    @classmethod
    def _within_its_lease(cls, value: float) -> float:
        if value > LONGEST_CHECK_SECONDS:
            raise ValueError(
                f"it must be {LONGEST_CHECK_SECONDS} at most: a check that takes a minute is taken for lost, and "
                "another worker begins it again"
            )
        return value

    @model_validator(mode="after")
    def _go_together(self) -> Settings:
        """All that is wrong at once, a line each. With a key that can be guessed, anybody signs links that open other
        people's accounts.
        """
        found = []
        if self.live_check_hours_min > self.live_check_hours_max:
            found.append("LIVE_CHECK_HOURS_MIN is more than LIVE_CHECK_HOURS_MAX")
        if is_easy_to_guess(self.secret_key) and not self.in_sandbox:
            found.append(f"SECRET_KEY is easy to guess. {REPLACE_KEY}")
        if self.redis_url and self.database_url.startswith("sqlite"):
            found.append("REDIS_URL is for several machines; it needs a PostgreSQL DATABASE_URL, not SQLite")
        found += records_faults(
            self.methods, self.edge_domain, self.edge_target, self.edge_update_servers, self.edge_update_key
        )
        if found:
            raise ValueError(".\n".join(found))
        return self


def load_settings(**given: Any) -> Settings:
    """Settings from `given`, else the environment, else `.env`. Raises `ConfigurationError`.

    With anything `given`, as in tests, no file is read.
    """
    found = []
    try:
        if not given:
            read_env_files()
            known = {name.upper() for name in Settings.model_fields}
            found = [
                f"{name} is no setting. Did you mean {one}?" for name, one in misspelt(os.environ, known)
            ]
        chosen = Settings(**given)
    except (OSError, UnicodeError) as err:
        raise ConfigurationError(f".env cannot be read: {err}.") from err
    except ValidationError as err:
        raise ConfigurationError("\n".join([*found, *map(values.sentence, err.errors())])) from err
    if found:
        raise ConfigurationError("\n".join(found))
    return chosen
