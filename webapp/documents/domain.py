"""One domain as the API tells it: what its page says, with ownership, routing and certificate apart."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from webapp.certificates.status import CertificateStatus
from webapp.config.settings import Settings
from webapp.dns import names
from webapp.domain_page.context import DomainPage
from webapp.domain_page.own_records.to_type import RecordsToType
from webapp.domain_page.proving.methods import ToType
from webapp.domain_page.status.status_text import shown
from webapp.domains.rules.standing import told_situation
from webapp.domains.rules.status import Situation, situation
from webapp.domains.suspension_notice import suspension_document
from webapp.live.status import probe_document
from webapp.models import Certificate, HostedZone, LLMClientCustomDomain

#: What is said of a record to add, by the mark of the last check.
_MARKS = {"found": "found", "missing": "missing", "unknown": "unknown", None: "not_asked"}


def summary(domain: LLMClientCustomDomain, settings: Settings) -> dict[str, Any]:
    """A domain in a list. It needs no report; load `listing.SHOWN` and the LLM client with many of them."""
    zone = domain.zones[0] if domain.zones else None
    certificate = domain.certificates[0] if domain.certificates else None
    return _summary(domain, settings, zone, certificate)


def _summary(
    domain: LLMClientCustomDomain,
    settings: Settings,
    zone: HostedZone | None,
    certificate: Certificate | None,
) -> dict[str, Any]:
    client, shown = domain.llm_client, told_situation(domain, zone, certificate)
    return {
        "id": domain.id,
        "domain_name": domain.domain_name,
        "shown": names.HostName(domain.domain_name).shown,
        "account": domain.account.number,
        "llm_client": {"id": client.id, "name": client.name} if client else None,
        "state": domain.state.value,
        "status": situation(domain, zone, certificate).value,
        "headline": shown.words,
        "needs_action": shown.urges,
        "is_verified": domain.is_verified,
        "verdict": domain.verdict,
        "method": domain.method.value,
        "next_method": domain.next_method.value if domain.next_method else None,
        "suspension": suspension_document(domain, settings),
        "live": probe_document(domain),
        "created_at": domain.created_at,
        "state_changed_at": domain.state_changed_at,
        "verified_at": domain.verified_at,
        "last_checked_at": domain.last_checked_at,
        "next_check_at": domain.next_check_at,
        "grace_until": domain.grace_until,
        "alarm_since": domain.alarm_since,
    }


def told(page: DomainPage, settings: Settings) -> dict[str, Any]:
    """Everything that the page tells, with its words."""
    domain, statement, report = page.domain, page.statement, page.latest_report
    next_, newest = page.coming, page.newest_certificate
    return {
        **_summary(domain, settings, page.zone, newest),
        "headline": statement.headline,
        "sentence": " ".join(statement.sentences),
        "next_step": statement.next_step,
        "who_acts": statement.who_acts,
        "checking": page.checking,
        "ownership": _ownership(page),
        "routing": _routing(domain, settings.contact),
        "certificate": _certificate(page.certificate, newest, domain, settings),
        "records": [*_records(page.todo)],
        "next_records": [*_records(next_.todo)] if next_ else [],
        "report": report.to_dict() if report else None,
        "restorable_until": page.keep_until,
    }


def _ownership(page: DomainPage) -> dict[str, Any]:
    """Whether DNS proves the claim, apart from where the name leads and from its certificate."""
    domain, report = page.domain, page.latest_report
    error = None
    if report is not None and not report.verified and not domain.state.is_gone:
        error = {"code": report.verdict, "detail": report.message, "next_step": report.next_step or None}
    elif page.refused is not None:
        error = {"code": page.refused.refusal.reason, "detail": page.refused.refusal.sentence}
    return {
        "status": domain.state.value,
        "verified_at": domain.verified_at,
        "verdict": domain.verdict,
        "error": error,
    }


def _routing(domain: LLMClientCustomDomain, contact: str) -> dict[str, Any]:
    """Whether visitors of the name are led to an LLM client."""
    client, step = domain.llm_client, None
    if domain.state.is_gone:
        status, detail = "off", f"{shown(domain.domain_name)} is being removed."
    elif domain.held_at is not None:
        status, detail = "suspended", "Staff have suspended the name, so that nobody is led anywhere."
        step = f"Contact {contact}."
    elif client is None:
        status, detail = "no_llm_client", "No LLM client is chosen for the name."
        step = "Choose an LLM client for it."
    elif not domain.is_verified:
        status, detail = "waiting", "The name is served as soon as it is verified."
    elif not client.deployed:
        status, detail = "not_deployed", f"“{client.name}” is not deployed."
        step = "Deploy it, or choose another one."
    else:
        return {"status": "serving", "hostname": client.hostname, "error": None}
    return {
        "status": status,
        "hostname": client.hostname if client else None,
        "error": {"code": status, "detail": detail, "next_step": step},
    }


def _certificate(
    status: CertificateStatus | None,
    row: Certificate | None,
    domain: LLMClientCustomDomain,
    settings: Settings,
) -> dict[str, Any]:
    probe = domain.probe
    if status is None or row is None:
        by_edge = domain.is_verified and not settings.asks_acm
        return {
            "status": "by_edge" if by_edge else "none",
            "issuer": probe.issuer if by_edge and probe else None,
            "not_after": probe.certificate_ends_at if by_edge and probe else None,
            "works": bool(by_edge and probe and probe.certificate_ends_at),
            "sentence": "The edge gets the certificate by itself." if by_edge else "",
            "error": None,
            "fixable": False,
        }
    code = row.problem.code if row.problem else "failed"
    wrong = status.situation not in {Situation.VERIFIED, Situation.REMOVING} and (
        row.problem or status.failed
    )
    return {
        "status": status.state.value,
        "issuer": "Amazon",
        "not_after": row.not_after,
        "works": status.works,
        "sentence": status.sentence,
        "error": {"code": code, "detail": status.sentence, "next_step": status.next_step} if wrong else None,
        "fixable": status.fixable,
    }


def _records(todo: ToType | None) -> Iterator[dict[str, Any]]:
    """What to add, each record by itself: a delegation is as many as it has name servers. `wrong`: it is missing, and
    something else stands in its place, which `report.unexpected` has.
    """
    if todo is None:
        return
    for group in todo.groups:
        gives_way = _gives_way(todo, group.name, group.type)
        for one in (value for value in group.values if value.mark != "unexpected"):
            status = "wrong" if one.mark == "missing" and gives_way else _MARKS[one.mark]
            yield {
                "type": group.type,
                "name": group.name,
                "relative_name": group.relative_name,
                "parent_zone": todo.parent_zone,
                "value": one.value,
                "required": True,
                "status": status,
                "error": _error_of_record(status, group.type, group.relative_name, todo.parent_zone),
            }


def _error_of_record(status: str, type_: str, relative_name: str, zone: str) -> dict[str, Any] | None:
    """Of this record alone; what the verdict says of all of them stands with the ownership. Nothing that strangers
    wrote is in it.
    """
    record = f"{type_} record “{relative_name}”"
    step: str | None
    match status:
        case "missing":
            detail, step = f"{zone} has no {record} with this value.", f"Add it where {zone} is managed."
        case "wrong":
            detail = (
                f"In {zone} something else is in the place of this {record}: see “unexpected” in the report."
            )
            step = "Replace it with this value."
        case "unknown":
            detail = (
                f"The name servers of {zone} could not be asked, so that we do not know whether it is there."
            )
            step = None
        case _:
            return None
    return {"code": status, "detail": detail, "next_step": step}


def _gives_way(todo: ToType, name: str, type_: str) -> bool:
    """Whether something that is not ours stands where records of this name and type belong."""
    if not isinstance(todo, RecordsToType):
        return bool(todo.unexpected)
    # Beside a CNAME nothing else can stand at its name (RFC 1034, 3.6.2).
    return any(
        line.name == name and (line.type == type_ or "CNAME" in {line.type, type_}) for line in todo.there
    )
