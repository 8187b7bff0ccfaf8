"""Rows as JSON documents. Keys are stable: scripts rely on them, so that they are only ever added to."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from webapp.checks import queries as check_queries
from webapp.commands.output import Exit
from webapp.dns import names
from webapp.dns.delegation import DelegationReport
from webapp.domain_page.instructions import Instructions, instructions
from webapp.domains import deny_list, queries
from webapp.domains.suspension_notice import hold_document
from webapp.extensions import settings
from webapp.messages.catalogue import sentence
from webapp.models import Check, Event, HostedZone, LLMClientCustomDomain


def domain_document(domain: LLMClientCustomDomain) -> dict[str, Any]:
    """What a line of a list needs."""
    return {
        "domain_name": domain.domain_name,
        "shown": names.HostName(domain.domain_name).shown,
        "account": domain.account.number,
        "llm_client": domain.llm_client.label if domain.llm_client else None,
        "state": domain.state.value,
        "is_verified": domain.is_verified,
        "verdict": domain.verdict,
        "aws_hosted_zone_id": domain.aws_hosted_zone_id,
        "created_at": iso(domain.created_at),
        "state_changed_at": iso(domain.state_changed_at),
        "verified_at": iso(domain.verified_at),
        "last_checked_at": iso(domain.last_checked_at),
        "next_check_at": iso(domain.next_check_at),
        "grace_until": iso(domain.grace_until),
        "hold": hold_document(domain, settings()),
    }


def whole_document(domain: LLMClientCustomDomain) -> dict[str, Any]:
    """Everything that the domain's page shows."""
    zone, report = queries.current_zone(domain), latest_report(domain)
    return {
        **domain_document(domain),
        "denied": deny_list.covering(domain.domain_name) is not None,
        "zone": _zone(zone) if zone else None,
        "records": _records(instructions(domain, zone, report)),
        "report": report.to_dict() if report else None,
        "history": [_event(event) for event in queries.history(domain, limit=20)],
    }


def _zone(zone: HostedZone) -> dict[str, Any]:
    return {"state": zone.state.value, "error": sentence(zone.problem) if zone.problem else None}


def check_document(check: Check) -> dict[str, Any]:
    return {
        "id": check.id,
        "status": check.status.value,
        "origin": check.origin.value,
        "created_at": iso(check.created_at),
        "started_at": iso(check.started_at),
        "finished_at": iso(check.finished_at),
        "verdict": check.verdict,
    }


def latest_report(domain: LLMClientCustomDomain) -> DelegationReport | None:
    check = check_queries.latest_check(domain)
    return report_of(check) if check else None


def report_of(check: Check) -> DelegationReport | None:
    return DelegationReport.from_dict(check.report) if check.report else None


def outcome_of(domain: LLMClientCustomDomain, report: DelegationReport) -> Exit:
    """A right delegation alone is not enough: another account's claim on the name may be the verified one."""
    if report.verified and domain.is_verified:
        return Exit.DONE
    return Exit.COULD_NOT_CHECK if report.transient else Exit.NOT_VERIFIED


def iso(moment: datetime | None) -> str | None:
    return moment.isoformat() if moment else None


def _records(todo: Instructions | None) -> list[dict[str, Any]]:
    """What to add at the parent zone's provider; empty while there is nothing to type yet."""
    if todo is None:
        return []
    return [
        {
            "type": todo.type,
            "name": todo.host,
            "relative_name": todo.relative_name,
            "parent_zone": todo.parent_zone,
            "values": list(todo.name_servers),
        }
    ]


def _event(event: Event) -> dict[str, Any]:
    return {
        "at": iso(event.created_at),
        "kind": event.kind.value,
        "actor": event.actor_name,
        "sentence": event.sentence,
        "reason": event.reason,
    }
