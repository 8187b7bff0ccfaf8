"""The budget of AWS calls in a real Redis, over machines and while it is stopped."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.servers.redis import restartable_redis
from webapp.aws.shared.budget import FileLevels, Rates, TokenBucket
from webapp.aws.shared.errors import RetryLater
from webapp.aws.shared.redis_levels import RedisLevels

#: So slow that nothing is added while the test runs.
RATES = Rates(calls=0.001, creations=0.001)


def granted(bucket: TokenBucket, most: int = 10) -> int:
    for count in range(most):
        try:
            bucket.take()
        except RetryLater:
            return count
    return most


def test_machines_share_it_and_each_has_a_bounded_one_while_redis_is_away(tmp_path: Path) -> None:
    with restartable_redis(tmp_path) as (url, server):

        def machine(name: str) -> TokenBucket:
            return TokenBucket(RATES, RedisLevels(url, "budget", FileLevels(tmp_path / name)), longest_wait=0)

        assert granted(machine("one")) == 2
        assert granted(machine("other")) == 0
        server.stop()
        assert granted(machine("one")) == 2
        assert granted(machine("other")) == 2
        other = machine("other")
        with pytest.raises(RetryLater, match="used up"):
            other.take()
