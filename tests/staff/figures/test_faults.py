"""What is counted as a fault: what fails now, and not what failed long ago or is only a little late."""

from __future__ import annotations

from datetime import timedelta

import pytest
from flask import Flask

from tests.factories import make_domain
from webapp.audit.log import note
from webapp.domains.queries import ZoneQuota
from webapp.extensions import db, settings
from webapp.models import Account, Certificate, CertificateState, EventKind, Message, utcnow
from webapp.staff.figures.faults import faults, is_nearly_full
from webapp.staff.queries.overview import lately


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
