"""What is counted as a fault: what fails now, and not what failed long ago or is only a little late."""

from __future__ import annotations

from datetime import timedelta

import pytest
from flask import Flask

from tests.factories import make_domain
from tests.webhooks.telling import deliveries, endpoint_of
from webapp.audit.log import note
from webapp.domains.queries import ZoneQuota
from webapp.extensions import db, settings
from webapp.models import (
    Account,
    Certificate,
    CertificateState,
    Email,
    EmailState,
    EndpointState,
    EventKind,
    Message,
    OffReason,
    utcnow,
)
from webapp.staff.figures.faults import LATE, faults, is_nearly_full
from webapp.staff.queries.overview import lately
from webapp.webhooks.outbox import write_test


@pytest.mark.parametrize(("used", "low"), [(79, False), (80, True), (100, True)])
def test_quota_is_low_from_the_share_that_is_set(app: Flask, used: int, low: bool) -> None:
    assert settings().zone_quota_warning_percent == 80
    assert is_nearly_full(ZoneQuota(100, used)) is low


def test_certificates_that_failed_are_counted_and_others_are_not(account: Account) -> None:
    for state in (CertificateState.FAILED, CertificateState.ISSUED):
        name = f"{state.value}.acme.test"
        domain = make_domain(account, name)
        domain.certificates.append(
            Certificate(domain_name=name, generation=1, state=state, idempotency_token=state.value)
        )
    db.session.commit()
    assert faults(utcnow()).certificates == 1


def test_suspensions_before_the_week_are_not_counted(account: Account) -> None:
    now = utcnow()
    for number, days in enumerate((6, 8)):
        domain = make_domain(account, f"chat{number}.acme.test")
        note(domain, EventKind.HELD, Message("hold.begun")).created_at = now - timedelta(days=days)
    db.session.commit()
    found = lately(now)
    assert (found.suspensions, len(found.newest)) == (1, 1)


WEEK = timedelta(days=7)
#: A second before and after the week that is counted is over.
_AT_THE_WEEK = [(WEEK - timedelta(seconds=1), 1), (WEEK + timedelta(seconds=1), 0)]


@pytest.mark.parametrize(("age", "counted"), _AT_THE_WEEK)
def test_mail_that_was_refused_is_a_fault_for_a_week(account: Account, age: timedelta, counted: int) -> None:
    now = utcnow()
    domain = make_domain(account)
    for state in (EmailState.REFUSED, EmailState.SENT):
        address, at = f"{state}@acme.test", now - age
        db.session.add(
            Email(custom_domain=domain, address=address, state=state, next_attempt_at=now, updated_at=at)
        )
    db.session.commit()
    assert faults(now).mails_refused == counted


@pytest.mark.parametrize(("age", "counted"), _AT_THE_WEEK)
def test_endpoint_that_we_switched_off_is_a_fault_for_a_week(
    account: Account, age: timedelta, counted: int
) -> None:
    now = utcnow()
    for number, why in enumerate((OffReason.FAILING, OffReason.ASKED)):
        endpoint = endpoint_of(account, url=f"https://hooks.acme.test/{number}")
        endpoint.state, endpoint.off_reason, endpoint.updated_at = EndpointState.OFF, why, now - age
    db.session.commit()
    assert faults(now).endpoints_off == counted


@pytest.mark.parametrize(("over", "late"), [(timedelta(seconds=-1), False), (timedelta(seconds=1), True)])
def test_message_is_late_five_minutes_after_it_was_due(account: Account, over: timedelta, late: bool) -> None:
    assert timedelta(minutes=5) == LATE
    now = utcnow()
    endpoint = endpoint_of(account)
    write_test(endpoint, now)
    (delivery,) = deliveries(endpoint)
    delivery.next_attempt_at = due = now - LATE - over
    db.session.commit()
    found = faults(now)
    assert (found.deliveries_waiting, found.deliveries_late_since) == (1, due if late else None)
