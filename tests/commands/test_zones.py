"""`flask domains discard-zone`, `new-zone`, `reconcile`, and `flask accounts delete`."""

from __future__ import annotations

import pytest
from flask import Flask

from tests.commands.conftest import ACCOUNT, Run, document
from tests.factories import make_zone
from tests.twins.dns_zone import MemoryZone
from tests.twins.route53 import MemoryRoute53
from webapp.domains import queries
from webapp.extensions import db
from webapp.models import (
    Account,
    DomainState,
    Event,
    EventKind,
    HostedZone,
    LLMClientCustomDomain,
    Message,
    ZoneState,
    utcnow,
)
from webapp.zones import findings
from webapp.zones.findings import FindingKind

Queued = list[tuple[str, tuple[object, ...]]]


@pytest.fixture
def zone(domain: LLMClientCustomDomain) -> HostedZone:
    found = queries.current_zone(domain)
    assert found is not None
    return found


def test_a_zone_is_only_discarded_with_a_reason(run: Run, zone: HostedZone) -> None:
    assert run("domains", "discard-zone", str(zone.aws_hosted_zone_id)).exit_code == 2
    assert run("domains", "discard-zone", "Z0NOSUCHZONE", "--reason", "x").exit_code == 3


def test_a_zone_in_use_is_never_discarded(run: Run, zone: HostedZone) -> None:
    result = run("domains", "discard-zone", str(zone.aws_hosted_zone_id), "--reason", "x", "--json")
    assert (result.exit_code, zone.state) == (5, ZoneState.READY)
    assert "Remove its domain first" in document(result)["sentence"]


def test_a_leaving_zone_is_discarded_and_it_is_written_down(
    run: Run, zone: HostedZone, domain: LLMClientCustomDomain, queued: Queued
) -> None:
    run("domains", "remove", domain.domain_name, "--yes")
    result = run(
        "domains", "discard-zone", f"/hostedzone/{zone.aws_hosted_zone_id}", "--reason", "Owner is gone"
    )
    assert result.exit_code == 0
    assert zone.state is ZoneState.DISCARDED
    assert ("set_up_zone", (zone.id,)) in queued
    event = queries.history(domain)[0]
    assert (event.kind, event.reason, event.actor_name) == (
        EventKind.ZONE_DISCARDED,
        "Owner is gone",
        "Command line",
    )


def test_a_new_zone_only_for_one_that_is_known_to_be_lost(
    run: Run, zone: HostedZone, domain: LLMClientCustomDomain, queued: Queued
) -> None:
    command = ("domains", "new-zone", domain.domain_name, "--reason", "lost", "--json")
    assert run(*command).exit_code == 5
    findings.report(
        FindingKind.VANISHED,
        Message("finding.vanished", {"zone": zone.aws_hosted_zone_id, "name": domain.domain_name}),
        utcnow(),
        aws_zone_id=zone.aws_hosted_zone_id,
        domain_id=zone.custom_domain_id,
    )
    db.session.commit()
    result = run(*command)
    assert (result.exit_code, document(result)["generation"]) == (0, 2)
    fresh = queries.current_zone(domain)
    assert fresh is not None
    assert (fresh.state, zone.state) == (ZoneState.WANTED, ZoneState.LEAVING)
    assert ("set_up_zone", (fresh.id,)) in queued


def test_reconciling_prints_what_does_not_fit(run: Run, app: Flask, domain: LLMClientCustomDomain) -> None:
    route53: MemoryRoute53 = app.extensions["route53"]
    stranger = route53.create_zone("other.acme.test", "another database", "4711.1")
    result = run("domains", "reconcile", "--json")
    assert result.exit_code == 1
    found = {one["kind"]: one["zone"] for one in document(result)["findings"]}
    assert found["orphan"] == stranger.id
    assert "orphan" in run("domains", "reconcile").stdout


def test_reconciling_what_fits(run: Run, app: Flask) -> None:
    result = run("domains", "reconcile")
    assert (result.exit_code, "Everything fits." in result.stdout) == (0, True)


def test_deleting_an_account_wants_a_yes(run: Run, account: Account) -> None:
    assert run("accounts", "delete", ACCOUNT).exit_code == 2
    assert run("accounts", "delete", "9999-9999-9999", "--yes").exit_code == 3
    assert account.deleted_at is None


def test_reason_why_an_account_was_deleted_is_recorded(run: Run, account: Account) -> None:
    assert run("accounts", "delete", ACCOUNT, "--reason", "They left", "--yes").exit_code == 0
    event = db.session.query(Event).filter_by(kind=EventKind.ACCOUNT_DELETED).one()
    assert event.reason == "They left"


def test_deleting_an_account_takes_its_domains_out_of_service(
    run: Run, account: Account, domain: LLMClientCustomDomain
) -> None:
    domain.state = DomainState.VERIFIED
    make_zone(domain, ZoneState.RETIRED, generation=7)
    db.session.commit()
    result = run("accounts", "delete", ACCOUNT, "--yes", "--json")
    assert document(result) == {"account": ACCOUNT, "zones_left": 1}
    assert domain.state is DomainState.REMOVING
    assert run("accounts", "delete", ACCOUNT, "--yes").exit_code == 0
    again = run("domains", "register", "new.acme.test", "--account", ACCOUNT)
    assert (again.exit_code, "was deleted" in again.stderr) == (3, True)


def test_sweeping_sees_leaving_zones_off(
    run: Run, app: Flask, domain: LLMClientCustomDomain, zone: HostedZone, parent: MemoryZone
) -> None:
    run("domains", "remove", domain.domain_name, "--yes")
    parent.put(domain.domain_name, "NS", zone.name_servers[0])
    route53: MemoryRoute53 = app.extensions["route53"]
    zone.aws_hosted_zone_id = route53.create_zone(domain.domain_name, zone.caller_reference, zone.claim_id).id
    db.session.commit()
    swept = document(run("domains", "sweep", "--json"))["zones"]
    assert [(one["domain_name"], one["state"], one["error"]) for one in swept] == [
        (domain.domain_name, "leaving", None)
    ]
    assert zone.watch is not None
    assert zone.watch["look"]["listed"] == [zone.name_servers[0]]
