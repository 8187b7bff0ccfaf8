from __future__ import annotations

import pytest

from tests.aws.conftest import Clock
from webapp.aws.shared.breaker import Breaker
from webapp.aws.shared.errors import AccessTrouble

TROUBLE = AccessTrouble("GetChange: AccessDenied: no", code="AccessDenied", request_id="req-1")


def test_a_closed_breaker_lets_everything_through(clock: Clock) -> None:
    Breaker(clock=clock).check()


def test_trouble_stops_every_call_for_a_minute(clock: Clock) -> None:
    breaker = Breaker(clock=clock)
    breaker.open(TROUBLE)
    clock.now += 59.9

    with pytest.raises(AccessTrouble, match="AccessDenied: no") as raised:
        breaker.check()

    assert (raised.value.code, raised.value.request_id) == ("AccessDenied", "req-1")


def test_after_a_minute_one_call_is_let_through(clock: Clock) -> None:
    breaker = Breaker(clock=clock)
    breaker.open(TROUBLE)
    clock.now += 60

    breaker.check()
    with pytest.raises(AccessTrouble):
        breaker.check()


def test_success_closes_it(clock: Clock) -> None:
    breaker = Breaker(clock=clock)
    breaker.open(TROUBLE)
    breaker.close()

    breaker.check()
