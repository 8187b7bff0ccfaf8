"""What staff see of the zones at AWS."""

from __future__ import annotations

from flask.testing import FlaskClient

from tests.app_fixtures import sign_in
from tests.factories import said
from webapp.extensions import db
from webapp.health import status
from webapp.health.status import Component
from webapp.models import Message, Reconciliation, User, utcnow
from webapp.staff.queries.zone_facts import zone_facts
from webapp.zones import findings
from webapp.zones.findings import FindingKind
from webapp.zones.reconcile import run as reconcile_run

ORPHAN = Message("finding.orphan", {"zone": "Z1", "name": "acme.test"})
STILL_THERE = Message("finding.still-there", {"zone": "Z2", "name": "acme.test"})


def page_of(client: FlaskClient, staff_member: User) -> str:
    return sign_in(client, staff_member).get("/staff/system").text


def test_before_the_first_run(client: FlaskClient, staff_member: User) -> None:
    page = page_of(client, staff_member)
    assert "Nothing waits for you" in page
    assert "never" in page


def test_findings_repairs_quota_and_the_last_run(client: FlaskClient, staff_member: User) -> None:
    now = utcnow()
    findings.report(FindingKind.ORPHAN, ORPHAN, now, aws_zone_id="Z1")
    findings.report(FindingKind.RETURNED, STILL_THERE, now, aws_zone_id="Z2", repaired=True)
    status.note_trouble(Component.ZONE_QUOTA, Message("route53.zone-quota", {"used": 450, "limit": 500}), now)
    run = db.session.get_one(Reconciliation, reconcile_run.start(now))
    run.zones_seen, run.problem = 450, said("Rate exceeded")
    db.session.commit()
    page = page_of(client, staff_member)
    assert page.count('data-finding="orphan"') == 1
    for words in (
        "Zone Z1 of acme.test carries our tag",
        "Zone Z2 of acme.test was taken for deleted",
        "450 of the 500",
        "450 zones listed",
        "Rate exceeded",
    ):
        assert words in page


def test_what_is_resolved_waits_for_nobody(client: FlaskClient, staff_member: User) -> None:
    findings.report(FindingKind.ORPHAN, ORPHAN, utcnow(), aws_zone_id="Z1")
    findings.resolve([FindingKind.ORPHAN], utcnow(), aws_zone_id="Z1")
    assert zone_facts(utcnow()).findings == []
