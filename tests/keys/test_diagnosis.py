"""What the doctor says of the platform's keys."""

from __future__ import annotations

from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy.exc import OperationalError

from tests.factories import make_account, make_key
from webapp.health.doctor.diagnosis import Health
from webapp.keys.diagnosis import UNUSED, PlatformKeys, platform_keys, platform_keys_health
from webapp.models import utcnow

NOW = utcnow()


def test_keys_that_nobody_has_used_for_a_year_are_found(app: Flask) -> None:
    long_ago = NOW - UNUSED - timedelta(days=1)
    ends = NOW + timedelta(days=9)
    forgotten = make_key(None, created_at=long_ago, expires_at=ends)[0]
    rare = make_key(None, created_at=long_ago, last_used_at=long_ago)[0]
    make_key(None, created_at=long_ago, last_used_at=NOW, expires_at=ends)
    make_key(None, created_at=long_ago, revoked_at=NOW)
    make_key(None, created_at=long_ago, expires_at=NOW)
    make_key(make_account(), created_at=long_ago)
    assert platform_keys(NOW) == PlatformKeys(1, [forgotten.prefix, rare.prefix])


@pytest.mark.parametrize(
    ("found", "health", "words"),
    [
        (PlatformKeys(0, []), Health.OK, "Every key of the platform expires"),
        (PlatformKeys(1, []), Health.OK, "One key of the platform never expires"),
        (PlatformKeys(2, []), Health.OK, "2 keys of the platform never expire"),
        (PlatformKeys(1, ["npk_live_ab12cd34"]), Health.WRONG, "npk_live_ab12cd34"),
    ],
)
def test_each_finding_is_said(found: PlatformKeys, health: Health, words: str) -> None:
    said = platform_keys_health(lambda: found)
    assert said.health is health
    assert words in said.sentence


def test_database_that_is_away_is_no_answer() -> None:
    def away() -> PlatformKeys:
        raise OperationalError("SELECT", {}, Exception("away"))

    assert platform_keys_health(away).health is Health.UNKNOWN
