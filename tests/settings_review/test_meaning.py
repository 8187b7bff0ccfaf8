"""Settings that can be read and do not do what somebody meant."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.app_fixtures import make_settings
from webapp.settings_review.meaning import doubts

REAL: dict[str, object] = {
    "platform_domain": "platform.acme.net",
    "public_url": "https://nameplate.acme.net",
    "mail_from": "Nameplate <nameplate@acme.net>",
    "support_contact": "help@acme.net",
}


@pytest.mark.parametrize(
    ("setting", "value", "said"),
    [
        ("aws_region", "us-esat-1", "Did you mean us-east-1?"),
        ("aws_region", "eu-westt-1", "Did you mean eu-west-1?"),
        ("reserved_suffixes_allowed", "com", "com, which is not reserved"),
        ("reserved_suffixes_allowed", "test,acme.net", "acme.net, which is not reserved"),
        ("metrics_token", "a" * 20, "METRICS_TOKEN is easy to guess"),
        ("edge_token", "change-this-token", "EDGE_TOKEN is easy to guess"),
        ("broker_path", "broker.sqlite", "BROKER_PATH is relative"),
        ("cache_directory", "cache", "CACHE_DIRECTORY is relative"),
        ("refused_networks", "0.0.0.0/0", "REFUSED_NETWORKS holds"),
        ("refused_networks", "::/0", "REFUSED_NETWORKS holds"),
        ("pending_reminder_days", 30, "PENDING_REMINDER_DAYS is not less"),
        ("last_warning_hours", 168, "LAST_WARNING_HOURS is as long"),
        ("reconcile_minutes", 0.01, "RECONCILE_MINUTES is 0.01"),
        ("live_check_hours_min", 0.001, "LIVE_CHECK_HOURS_MIN is 0.001"),
        ("mail_from", "Nameplate <nameplate@localhost>", "MAIL_FROM is nameplate@localhost"),
        ("mail_from", "nameplate@mailer", "MAIL_FROM is nameplate@mailer"),
        ("support_contact", "", "send people who need help to nameplate@acme.net"),
        ("public_url", "http://nameplate.acme.net", "PUBLIC_URL is http://"),
        ("public_url", "https://localhost", "PUBLIC_URL leads to localhost"),
        ("public_url", "https://127.0.0.1:8000", "PUBLIC_URL leads to 127.0.0.1"),
        ("public_url", "https://nameplate", "PUBLIC_URL leads to nameplate"),
        ("aws_calls_per_second", 500, "AWS_CALLS_PER_SECOND is 500"),
        ("aws_creations_per_second", 5, "AWS_CREATIONS_PER_SECOND is more"),
    ],
)
def test_what_nobody_means_is_named(tmp_path: Path, setting: str, value: object, said: str) -> None:
    [(sentence, advice)] = doubts(make_settings(tmp_path, **{**REAL, setting: value}))
    assert said in f"{sentence} {advice}"
    assert advice.endswith((".", "?"))


@pytest.mark.parametrize(
    "values",
    [
        {},
        {"reserved_suffixes_allowed": "test,internal,lan"},
        {"refused_networks": "10.64.0.0/16,64:ff9b::/96"},
        {"aws_region": "ap-southeast-3"},
        {"aws_region": "us-gov-west-1"},
        {"grace_days": 0},
    ],
)
def test_what_somebody_may_mean_is_left_alone(tmp_path: Path, values: dict[str, object]) -> None:
    assert list(doubts(make_settings(tmp_path, **{**REAL, **values}))) == []


def test_on_one_machine_nobody_comes_from_elsewhere(tmp_path: Path) -> None:
    values = {"aws_endpoint_url": "http://127.0.0.1:8053", "public_url": "http://127.0.0.1:8000"}
    assert list(doubts(make_settings(tmp_path, **values))) == []
