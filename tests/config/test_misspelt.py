"""Names that were meant to be settings, and names that were not."""

from __future__ import annotations

import pytest

from webapp.config.misspelt import misspelt
from webapp.config.settings import Settings

KNOWN = {name.upper() for name in Settings.model_fields}


@pytest.mark.parametrize(
    ("name", "meant"),
    [
        ("DATABSE_URL", "DATABASE_URL"),
        ("DATABASEURL", "DATABASE_URL"),
        ("DATABASE_URI", "DATABASE_URL"),
        ("NAMEPLATE_DATABASE_URL", "DATABASE_URL"),
        ("databse_url", "DATABASE_URL"),
        ("REDIS_URLS", "REDIS_URL"),
        ("MAIL_FORM", "MAIL_FROM"),
        ("PUBILC_URL", "PUBLIC_URL"),
        ("SECERT_KEY_FALLBACKS", "SECRET_KEY_FALLBACKS"),
        ("EDGE_NETWORK", "EDGE_NETWORKS"),
        ("AWS_REGOIN", "AWS_REGION"),
    ],
)
def test_name_that_is_close_to_a_setting_is_named_with_it(name: str, meant: str) -> None:
    assert misspelt([name], KNOWN) == [(name, meant)]


@pytest.mark.parametrize(
    "name",
    [
        *("PATH", "HOME", "TERM", "EXPORT", "MAIL", "SORT", "LANG", "PWD", "USER"),
        *("AWS_DEFAULT_REGION", "AWS_ACCESS_KEY_ID", "AWS_PROFILE", "AWS_ENDPOINT_URL_S3", "REDIS_PORT"),
        *("NAMEPLATE_INSTANCE", "NAMEPLATE_PORT", "NAMEPLATE_PORT_80_TCP", "SANDBOX_PORT"),
        *("SANDBOX_DNS_PORT", "PROMETHEUS_MULTIPROC_DIR", "FLASK_APP", "GUNICORN_CMD_ARGS", "LC_ALL"),
        *("database_url", "Port", "ÄRGER_URL"),
    ],
)
def test_name_of_somebody_else_is_left_alone(name: str) -> None:
    assert misspelt([name], KNOWN) == []


def test_name_beside_the_right_one_is_somebody_elses() -> None:
    assert misspelt(["REDIS_URI", "REDIS_URL"], KNOWN) == []
