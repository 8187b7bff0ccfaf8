"""`flask domains adopt-zone` and `delete-orphan-zone`: what becomes of a zone that no row knows.

A person decides at a prompt, for as long as they like. So everything is asked again after it.
"""

from __future__ import annotations

import asyncio
from typing import Any

import click

from webapp.audit.log import COMMAND
from webapp.aws.shared.errors import AwsError, Gone
from webapp.commands.domains import domains
from webapp.commands.find import account_option, bare_zone_id, domain_named
from webapp.commands.output import Exit, Stop, confirmed, emit, json_option, reason_option, tell
from webapp.commands.texts import fact
from webapp.dns.delegation import Baseline, fresh_set_overlaps, take_baseline
from webapp.domains import queries
from webapp.domains.listing import iso
from webapp.extensions import db, dns, route53
from webapp.jobs import clock
from webapp.models import Finding, HostedZone, LLMClientCustomDomain, MembershipRole
from webapp.runtime.queue import queue
from webapp.zones import orphans
from webapp.zones import tasks as zone_tasks
from webapp.zones.orphans import Orphan

_dry_run_option = click.option("--dry-run", is_flag=True, help="Say what would be done, and do nothing.")
_yes_option = click.option("--yes", is_flag=True, help="Do not ask.")


@domains.command("adopt-zone")
@click.argument("zone_id", metavar="ZONEID")
@account_option("Whose claim gets it. It has to be named, even if nobody else has a claim on the name.")
@reason_option
@_dry_run_option
@_yes_option
@json_option
def adopt_zone(
    *, zone_id: str, number: str | None, reason: str, dry_run: bool, yes: bool, as_json: bool
) -> None:
    """Give a zone at AWS that no row knows to the claim on its name.

    For a zone that was made after the backup that was restored: the customer has typed in its name servers. Make sure
    that it was made for this very account. If the parent zone lists its name servers, the name is verified at once.
    """
    orphan, finding = _orphan(zone_id)
    domain = _adopting(orphan, number)
    document = {**_told(domain, orphan, finding), "dry_run": dry_run}
    what = f"zone {orphan.zone.id} to {document['domain_name']} of account {document['account']}"
    if dry_run:
        emit(document, [f"This would give {what}.", *_facts(document)], as_json=as_json)
        return
    for line in _facts(document):
        tell(line)
    confirmed(f"Give {what}?", yes, f"to give {what}")
    orphan, _finding = _orphan(zone_id)
    domain = _adopting(orphan, number)
    baseline = _baseline(orphan)
    zone = orphans.adopt(domain, orphan, baseline, actor=COMMAND, reason=reason, now=clock.now())
    if isinstance(zone, str):
        db.session.rollback()
        raise Stop(Exit.REFUSED, zone)
    db.session.commit()
    queue(zone_tasks.set_up_zone, zone.id)
    lines = [
        f"{domain.domain_name} has adopted zone {orphan.zone.id}. It is ready in about a minute.",
        f"Next: flask domains show {domain.domain_name}",
    ]
    emit({**document, "generation": zone.generation}, lines, as_json=as_json)


def _adopting(orphan: Orphan, number: str | None) -> LLMClientCustomDomain:
    """The account's claim on the name, if it may have the zone."""
    domain = domain_named(orphan.zone.name, number, insist=True)
    if refusal := orphans.refusal_to_adopt(domain, orphan):
        raise Stop(Exit.REFUSED, refusal)
    current = queries.current_zone(domain)
    if domain.state.is_verified and current is not None and is_at_aws(current):
        raise Stop(
            Exit.REFUSED,
            f"{domain.domain_name} is {domain.state}, and AWS has its zone {current.aws_hosted_zone_id}, which was "
            "found missing. Compare again: flask domains reconcile",
        )
    return domain


def is_at_aws(zone: HostedZone) -> bool:
    """Whether AWS has a zone now that was found missing."""
    try:
        return orphans.is_at_aws(zone, route53())
    except AwsError as err:
        sentence = f"AWS could not be asked about zone {zone.aws_hosted_zone_id}: {err}"
        raise Stop(Exit.COULD_NOT_CHECK, sentence) from err


def _told(domain: LLMClientCustomDomain, orphan: Orphan, finding: Finding) -> dict[str, Any]:
    """What tells one claim on a name from another."""
    owners = [one.user.email for one in domain.account.memberships if one.role is MembershipRole.OWNER]
    return {
        "zone": orphan.zone.id,
        "domain_name": domain.domain_name,
        "account": domain.account.number,
        "account_name": domain.account.name,
        "owners": sorted(owners),
        "claim": str(domain.id),
        "tagged_claim": orphan.claim_id,
        "registered_at": iso(domain.created_at),
        "found_at": iso(finding.created_at),
        "name_servers": list(orphan.zone.name_servers),
        "doubts": orphans.doubts_about(domain, orphan, finding),
    }


def _facts(document: dict[str, Any]) -> list[str]:
    return [
        fact("Account", f"{document['account']}  {document['account_name']}"),
        fact("Owners", ", ".join(document["owners"]) or "none"),
        fact("Claim", f"{document['claim']}, registered {document['registered_at']}"),
        fact("Zone", f"made for claim {document['tagged_claim']}, found {document['found_at']}"),
        *(f"Warning: {doubt}" for doubt in document["doubts"]),
    ]


@domains.command("delete-orphan-zone")
@click.argument("zone_id", metavar="ZONEID")
@reason_option
@click.option(
    "--although-listed",
    is_flag=True,
    help="Also when the parent zone lists its name servers. Somebody else can then obtain the name.",
)
@_dry_run_option
@_yes_option
@json_option
def delete_orphan_zone(
    *, zone_id: str, reason: str, although_listed: bool, dry_run: bool, yes: bool, as_json: bool
) -> None:
    """Delete a zone at AWS that carries our tags and that no row knows.

    The servers of its parent zone are asked first. While they list one of its name servers, it stays.
    """
    orphan, _finding = _deletable(zone_id, although_listed)
    name = orphan.zone.name
    document = {"zone": orphan.zone.id, "domain_name": name, "dry_run": dry_run}
    if dry_run:
        emit(document, [f"This would delete zone {orphan.zone.id} of {name}."], as_json=as_json)
        return
    what = f"zone {orphan.zone.id} of {name}"
    confirmed(f"Delete {what} at AWS?", yes, f"to delete {what}")
    orphan, finding = _deletable(zone_id, although_listed)
    if refusal := orphans.begin_deletion(orphan, clock.now()):
        db.session.rollback()
        raise Stop(Exit.REFUSED, refusal)
    db.session.commit()
    try:
        orphans.delete(orphan, route53())
    except AwsError as err:
        orphans.not_deleted(finding)
        db.session.commit()
        raise Stop(Exit.COULD_NOT_CHECK, f"AWS did not delete zone {orphan.zone.id}: {err}") from err
    orphans.deleted(orphan, actor=COMMAND, reason=reason)
    db.session.commit()
    emit(document, [f"Zone {orphan.zone.id} of {name} is deleted."], as_json=as_json)


def _deletable(zone_id: str, although_listed: bool) -> tuple[Orphan, Finding]:
    """The zone, unless its parent zone lists one of its name servers."""
    orphan, finding = _orphan(zone_id)
    listed = None if although_listed else fresh_set_overlaps(_baseline(orphan), orphan.zone.name_servers)
    if listed:
        sentence = (
            f"The parent zone of {orphan.zone.name} lists {', '.join(sorted(listed))}. Whoever gets these name "
            "servers from AWS next could answer for the name, so the zone stays."
        )
        raise Stop(Exit.REFUSED, sentence, listed=sorted(listed))
    return orphan, finding


def _orphan(typed: str) -> tuple[Orphan, Finding]:
    """The zone, if the last comparison with AWS found that no row knows it and it is ours by its tags now."""
    zone_id = bare_zone_id(typed)
    known = orphans.row_of(zone_id)
    if known is not None:
        raise Stop(Exit.REFUSED, f"Zone {zone_id} is the one of {known.domain_name} that we know.")
    finding = orphans.finding_about(zone_id)
    if finding is None:
        found = f"The last comparison with AWS found no zone {zone_id} that is ours and not known here."
        raise Stop(Exit.NOT_FOUND, f"{found} Compare again: flask domains reconcile")
    try:
        orphan = orphans.read(finding, route53())
    except Gone as err:
        raise Stop(Exit.NOT_FOUND, f"Zone {zone_id} is not at AWS any more.") from err
    except AwsError as err:
        raise Stop(Exit.COULD_NOT_CHECK, f"AWS could not be asked about zone {zone_id}: {err}") from err
    if isinstance(orphan, str):
        raise Stop(Exit.REFUSED, orphan)
    return orphan, finding


def _baseline(orphan: Orphan) -> Baseline:
    baseline = asyncio.run(take_baseline(orphan.zone.name, dns()))
    if not baseline.reachable:
        sentence = f"The name servers above {orphan.zone.name} did not answer, so nothing was done."
        raise Stop(Exit.COULD_NOT_CHECK, sentence)
    return baseline
