"""Which deliveries are due, who sends them, and what is written down."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from flask import Flask
from sqlalchemy import event as sql_event
from sqlalchemy import insert, select, text

from tests.webhooks.telling import NOW, deliveries, endpoint_of
from webapp.audit.log import SYSTEM
from webapp.extensions import db, settings
from webapp.models import (
    DeliveryState,
    EndpointState,
    LLMClientCustomDomain,
    OffReason,
    WebhookAttempt,
    WebhookDelivery,
    WebhookEndpoint,
    WebhookMessage,
)
from webapp.webhooks import endpoints, outbox
from webapp.webhooks.delivery import queue
from webapp.webhooks.delivery.post import Parcel, Sent
from webapp.webhooks.outcomes import Outcome

HOUR = timedelta(hours=1)
OK = Sent(Outcome.DELIVERED, {"status": 204}, 204, "", "203.0.113.7", milliseconds=12)
FAILED = Sent(Outcome.ANSWERED, {"status": 500}, 500, "oops", "203.0.113.7")


def waiting(endpoint: WebhookEndpoint, count: int = 1, at: datetime = NOW) -> None:
    for _ in range(count):
        outbox.write_test(endpoint, at)
    db.session.commit()


def claimed(endpoint: WebhookEndpoint, now: datetime = NOW, limit: int = 10) -> list[Parcel]:
    found = queue.claim(queue.due_of(endpoint.id, now, limit), now, settings())
    db.session.commit()
    return found


def recorded(parcel: Parcel, sent: Sent, now: datetime = NOW) -> bool:
    done = queue.record(parcel, sent, now, lambda low, _high: low)
    db.session.commit()
    return done


def turns(now: datetime = NOW, *busy: int, failing: bool = False) -> list[int]:
    return [one.endpoint_id for one in queue.turns(now, busy, 100, failing=failing)]


def test_a_message_is_claimed_once_and_told_with_its_secrets(
    domain: LLMClientCustomDomain, endpoint: WebhookEndpoint
) -> None:
    waiting(endpoint)
    [parcel] = claimed(endpoint)
    assert claimed(endpoint) == []
    assert (parcel.url, len(parcel.secrets)) == (endpoint.url, 1)
    [delivery] = deliveries()
    assert (parcel.code, parcel.body) == (delivery.message.code, delivery.message.body)
    assert parcel.secrets[0] not in repr(parcel)


def test_a_worker_that_is_killed_leaves_a_lease_and_the_same_id(
    domain: LLMClientCustomDomain, endpoint: WebhookEndpoint
) -> None:
    waiting(endpoint)
    [first] = claimed(endpoint)
    later = NOW + queue.JOB.lease
    [again] = claimed(endpoint, later)
    assert (again.code, again.body) == (first.code, first.body)
    assert recorded(again, OK, later)
    assert not recorded(first, FAILED, later), "the other worker has it"
    [delivery] = deliveries()
    assert delivery.state is DeliveryState.DELIVERED


def test_what_came_back_is_written_down(domain: LLMClientCustomDomain, endpoint: WebhookEndpoint) -> None:
    waiting(endpoint)
    assert recorded(claimed(endpoint)[0], FAILED)
    [delivery] = deliveries()
    assert (delivery.state, delivery.attempts) == (DeliveryState.WAITING, 1)
    assert delivery.next_attempt_at == NOW + timedelta(seconds=5)
    assert (endpoint.failing_since, endpoint.last_delivered_at) == (NOW, None)
    later = NOW + timedelta(seconds=5)
    assert recorded(claimed(endpoint, later)[0], OK, later)
    [delivery] = deliveries()
    assert (delivery.state, delivery.attempts, delivery.delivered_at) == (DeliveryState.DELIVERED, 2, later)
    assert (endpoint.failing_since, endpoint.last_delivered_at) == (None, later)
    log = db.session.scalars(select(WebhookAttempt).order_by(WebhookAttempt.id)).all()
    assert [(one.outcome.code, one.status, one.answer) for one in log] == [
        ("answered", 500, "oops"),
        ("delivered", 204, ""),
    ]


@pytest.mark.parametrize("act", ["off", "deleted"])
def test_switched_off_or_deleted_while_it_is_sent(
    domain: LLMClientCustomDomain, endpoint: WebhookEndpoint, act: str
) -> None:
    waiting(endpoint)
    [parcel] = claimed(endpoint)
    if act == "off":
        endpoints.switch_off(endpoint, actor=SYSTEM, now=NOW)
    else:
        endpoints.delete(endpoint, actor=SYSTEM)
    db.session.commit()
    assert not recorded(parcel, OK)
    assert [one.state for one in deliveries()] == ([DeliveryState.DROPPED] if act == "off" else [])


def test_gone_switches_off_drops_the_rest_and_writes_to_the_owners(
    domain: LLMClientCustomDomain, endpoint: WebhookEndpoint
) -> None:
    waiting(endpoint, 3)
    assert recorded(claimed(endpoint, limit=1)[0], Sent(Outcome.GONE, {"status": 410}, 410))
    assert {one.state for one in deliveries()} == {DeliveryState.DROPPED}
    assert (endpoint.state, endpoint.off_reason) == (EndpointState.OFF, OffReason.GONE)
    assert (endpoint.mail_kind, endpoint.mail_due_at) == (queue.SWITCHED_OFF, NOW)


def test_a_day_of_failures_is_told_once_and_five_days_end_it(
    domain: LLMClientCustomDomain, endpoint: WebhookEndpoint
) -> None:
    waiting(endpoint, 4)
    told = []
    for hours in (0, 24, 30, 120):
        now = NOW + hours * HOUR
        [parcel, *_] = claimed(endpoint, now, 1)
        assert recorded(parcel, FAILED, now)
        told.append(endpoint.mail_kind)
        endpoint.mail_kind = endpoint.mail_due_at = None
        db.session.commit()
    assert told == [None, queue.FAILS, None, queue.SWITCHED_OFF]
    assert (endpoint.state, endpoint.off_reason) == (EndpointState.OFF, OffReason.FAILING)
    assert turns(NOW + 200 * HOUR) == turns(NOW + 200 * HOUR, failing=True) == []


def test_an_endpoint_rests_while_it_asks_for_that(
    domain: LLMClientCustomDomain, endpoint: WebhookEndpoint
) -> None:
    waiting(endpoint, 2)
    slow_down = Sent(Outcome.ANSWERED, {"status": 429}, 429, retry_after=timedelta(minutes=10))
    assert recorded(claimed(endpoint, limit=1)[0], slow_down)
    assert turns(failing=True) == []
    assert turns(NOW + timedelta(minutes=11), failing=True) == [endpoint.id]


def test_endpoints_take_turns_however_much_waits(domain: LLMClientCustomDomain) -> None:
    busy, calm = endpoint_of(domain.account), endpoint_of(domain.account)
    waiting(busy, 30, NOW - HOUR)
    waiting(calm)
    assert turns() == [busy.id, calm.id]
    assert recorded(claimed(busy, limit=1)[0], OK)
    assert turns() == [calm.id, busy.id], "who was served longest ago comes first"
    assert turns(NOW, calm.id) == [busy.id]
    assert recorded(claimed(busy, limit=1)[0], FAILED)
    assert (turns(), turns(failing=True)) == ([calm.id], [busy.id])


def test_a_due_time_that_a_clock_ahead_has_written_has_come(
    domain: LLMClientCustomDomain, endpoint: WebhookEndpoint
) -> None:
    waiting(endpoint, at=NOW + timedelta(days=365))
    assert queue.is_anything_due(NOW)
    assert turns() == [endpoint.id]
    assert len(claimed(endpoint)) == 1
    assert not queue.is_anything_due(NOW)


def test_what_was_written_for_one_that_was_switched_off_meanwhile_is_dropped(
    domain: LLMClientCustomDomain, endpoint: WebhookEndpoint
) -> None:
    endpoints.switch_off(endpoint, actor=SYSTEM, now=NOW)
    waiting(endpoint)
    assert turns() == []
    queue.drop_what_nobody_gets(NOW)
    db.session.commit()
    assert [one.state for one in deliveries()] == [DeliveryState.DROPPED]
    assert not queue.is_anything_due(NOW)


def test_tens_of_thousands_that_wait_cost_no_scan(telling: Flask, domain: LLMClientCustomDomain) -> None:
    busy, calm = endpoint_of(domain.account), endpoint_of(domain.account)
    _many(busy, 20_000)
    waiting(calm)
    db.session.execute(text("ANALYZE"))
    db.session.commit()
    plans: list[str] = []
    explain = "EXPLAIN QUERY PLAN " if db.engine.dialect.name == "sqlite" else "EXPLAIN "

    def look(_connection: object, cursor: object, statement: str, parameters: object, *_: object) -> None:
        if "webhook_delivery" in statement and not statement.startswith("EXPLAIN"):
            with db.engine.connect() as connection:
                found = connection.exec_driver_sql(explain + statement, parameters)  # type: ignore[arg-type]
                plans.append("\n".join(str(row) for row in found))

    sql_event.listen(db.engine, "before_cursor_execute", look)
    try:
        assert queue.is_anything_due(NOW)
        assert turns() == [busy.id, calm.id]
        assert len(queue.due_of(busy.id, NOW, 5)) == 5
    finally:
        sql_event.remove(db.engine, "before_cursor_execute", look)
    assert len(plans) == 3
    for plan in plans:
        assert "Seq Scan on webhook_delivery" not in plan, plan
        assert "SCAN webhook_delivery" not in plan, plan


def _many(endpoint: WebhookEndpoint, count: int) -> None:
    """Most wait for their next attempt, as after an hour of failures; some are due."""
    rows = [{"code": f"msg_{number}", "type": "domain.live", "body": "{}"} for number in range(count)]
    ids = db.session.scalars(insert(WebhookMessage).returning(WebhookMessage.id), rows).all()
    db.session.execute(
        insert(WebhookDelivery),
        [
            {
                "endpoint_id": endpoint.id,
                "message_id": number,
                "next_attempt_at": NOW + (HOUR if place % 20 else -HOUR),
            }
            for place, number in enumerate(ids)
        ],
    )
    db.session.commit()
