"""`flask domains discard-zone`, `new-zone` and `reconcile`: what operators do about zones at AWS."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from itertools import chain

import click

from webapp.audit.log import COMMAND
from webapp.commands.domains import domains
from webapp.commands.find import account_option, bare_zone_id, domain_named
from webapp.commands.orphan_zones import is_at_aws
from webapp.commands.output import Exit, Stop, emit, json_option, reason_option, tables
from webapp.domains import queries
from webapp.extensions import db
from webapp.health import probes
from webapp.jobs import clock
from webapp.messages.catalogue import sentence
from webapp.models import Finding, Reconciliation, ReconciliationPhase, ZoneState
from webapp.removal import deletion_queue
from webapp.runtime.queue import queue
from webapp.zones import findings, orphans
from webapp.zones import tasks as zone_tasks
from webapp.zones.findings import FindingKind
from webapp.zones.reconcile import compare
from webapp.zones.reconcile import run as reconcile_run
from webapp.zones.reconcile import tasks as reconcile_tasks


@domains.command("discard-zone")
@click.argument("zone_id", metavar="ZONEID")
@reason_option
@json_option
def discard_zone(zone_id: str, reason: str, as_json: bool) -> None:
    """Delete a leaving zone although its parent may still list it. Somebody else can then obtain the name."""
    zone = orphans.row_of(bare_zone_id(zone_id))
    if zone is None:
        raise Stop(Exit.NOT_FOUND, _unknown(zone_id))
    refusal = deletion_queue.discard(zone, actor=COMMAND, reason=reason, now=clock.now())
    if refusal is not None:
        raise Stop(Exit.REFUSED, refusal)
    db.session.commit()
    queue(zone_tasks.set_up_zone, zone.id)
    document = {"zone": zone.aws_hosted_zone_id, "domain_name": zone.domain_name, "state": zone.state.value}
    emit(
        document,
        [f"Zone {zone.aws_hosted_zone_id} of {zone.domain_name} is deleted in a moment."],
        as_json=as_json,
    )


def _unknown(zone_id: str) -> str:
    finding = orphans.finding_about(bare_zone_id(zone_id))
    return _said(finding) if finding else f"We have no zone {zone_id}."


@domains.command("new-zone")
@click.argument("name")
@account_option("Whose claim is meant, when several accounts have one.")
@reason_option
@json_option
def new_zone(name: str, number: str | None, reason: str, as_json: bool) -> None:
    """Give NAME another zone in the place of one that was lost at AWS. Its owner must type in new values."""
    domain = domain_named(name, number)
    zone = queries.current_zone(domain)
    lost = zone is not None and findings.is_open(FindingKind.VANISHED, zone.aws_hosted_zone_id)
    if zone is None or not lost or zone.state not in {ZoneState.CREATED, ZoneState.READY}:
        raise Stop(Exit.REFUSED, f"The zone of {domain.domain_name} is not known to be lost.")
    if is_at_aws(zone):
        found = f"Zone {zone.aws_hosted_zone_id} of {domain.domain_name} was found missing, and AWS has it."
        raise Stop(Exit.REFUSED, f"{found} Compare again: flask domains reconcile")
    fresh = compare.renew(zone, clock.now(), COMMAND, reason=reason)
    db.session.commit()
    queue(zone_tasks.set_up_zone, fresh.id)
    document = {
        "domain_name": domain.domain_name,
        "generation": fresh.generation,
        "lost": zone.aws_hosted_zone_id,
    }
    lines = [
        f"{domain.domain_name} gets a new zone. Its four name servers are ready in about a minute.",
        f"Next: flask domains show {domain.domain_name}",
    ]
    emit(document, lines, as_json=as_json)


@domains.command("reconcile")
@json_option
def reconcile_(as_json: bool) -> None:
    """Compare the zones at AWS with ours now, and print what does not fit."""
    if not probes.route53_is_used():
        nothing = {"zones_seen": 0, "zones_inspected": 0, "findings": [], "repaired": []}
        emit(
            nothing, ["Nothing to compare: METHODS has no delegation, and no zone is left."], as_json=as_json
        )
        return
    run_id = reconcile_run.start(clock.now())
    db.session.commit()
    reconcile_tasks.go_on(run_id, most_slices=100_000)
    run = db.session.get_one(Reconciliation, run_id, populate_existing=True)
    since = run.started_at
    if run.phase is not ReconciliationPhase.DONE:
        why = sentence(run.problem) if run.problem else "Another worker is at it."
        raise Stop(Exit.COULD_NOT_CHECK, f"The comparison is not finished: {why} It goes on by itself.")
    seen = f"{run.zones_seen} zones listed at AWS, the records of {run.zones_inspected} read."
    document = {
        "zones_seen": run.zones_seen,
        "zones_inspected": run.zones_inspected,
        "findings": (_document(one) for some in findings.all_waiting() for one in some),
        "repaired": (_document(one) for some in findings.all_repaired_since(since) for one in some),
    }
    emit(document, _lines(seen, since), as_json=as_json)
    if findings.waiting(limit=1):
        click.get_current_context().exit(Exit.NOT_VERIFIED.value)


def _document(finding: Finding) -> dict[str, object]:
    return {
        "kind": finding.kind,
        "zone": finding.aws_hosted_zone_id,
        "sentence": _said(finding),
        "since": finding.created_at.isoformat(),
        "repaired": finding.repaired,
    }


def _said(finding: Finding) -> str:
    return sentence(finding.message) if finding.message else ""


def _lines(seen: str, since: datetime) -> Iterator[str]:
    yield seen
    found = chain(findings.all_repaired_since(since), findings.all_waiting())
    rows = (
        [("repaired" if one.repaired else "waits", one.kind, _said(one)) for one in some] for some in found
    )
    first = next(rows, None)
    yield from ["Everything fits."] if first is None else tables(chain([first], rows))
