"""A name in the gallery that has lived through everything that a timeline tells."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

from sqlalchemy import select

from tests.factories import make_domain, make_zone
from webapp.audit.log import SYSTEM, Actor, note
from webapp.dns.judgement.verdict import Verdict
from webapp.extensions import db
from webapp.models import (
    Account,
    ActorKind,
    Certificate,
    CertificateState,
    Check,
    CheckOrigin,
    CheckStatus,
    DomainState,
    EventKind,
    LLMClientCustomDomain,
    Message,
    utcnow,
)

STAFF = Actor(ActorKind.STAFF, "staff@platform.example")


def of_timeline(account: Account) -> dict[str, int]:
    domain = make_domain(account, "chat.evergreen-garden-tools.example.net", DomainState.VERIFIED)
    domain.created_at, domain.verified_at = _ago(88), _ago(84)
    domain.verdict, domain.last_checked_at = Verdict.VERIFIED.value, _ago(0.1)
    domain.next_check_at = _ago(-0.4)
    make_zone(domain, created_at=domain.created_at)
    name, client = domain.domain_name, {"name": domain.domain_name, "llm_client": "Garden assistant"}
    _note(domain, EventKind.REGISTERED, Message("domain.registered", {"name": name}), 88)
    _state(domain, 84, DomainState.PENDING, DomainState.VERIFIED)
    _note(domain, EventKind.ATTACHED, Message("llm-client.attached", client), 84)
    _certificate(domain, 84, 395)
    _note(domain, EventKind.LIVE, Message("domain.live", {"name": name}), 83)
    _note(domain, EventKind.HELD, _held(domain), 62, by=STAFF, reason="Reported as phishing.")
    released = Message("domain.released", {"name": name, "served": True})
    _note(domain, EventKind.RELEASED, released, 60, by=STAFF, reason="It was a mistake of ours.")
    _state(domain, 31, DomainState.VERIFIED, DomainState.FAILING)
    _state(domain, 28, DomainState.FAILING, DomainState.VERIFIED)
    for n in reversed(range(160)):
        _check(domain, n * 0.55, Verdict.PARENT_UNREACHABLE if 20 < n < 25 else Verdict.VERIFIED)
    db.session.flush()
    ending = make_domain(account, "chat.autumn.example.net", DomainState.FAILING)
    ending.created_at, ending.verified_at, ending.contrary_since = _ago(70), _ago(68), _ago(3)
    ending.verdict, ending.last_checked_at = Verdict.DELEGATED_ELSEWHERE.value, _ago(0.01)
    ending.grace_until = _ago(-4)
    make_zone(ending, created_at=ending.created_at)
    _state(ending, 68, DomainState.PENDING, DomainState.VERIFIED)
    _certificate(ending, 68, 90)
    _state(ending, 3, DomainState.VERIFIED, DomainState.FAILING)
    db.session.flush()
    return {"long-life": domain.id, "no-renewal": ending.id}


def timeline_visits(shown: dict[str, int]) -> Iterator[tuple[str, str, str]]:
    life, day = shown["long-life"], (_ago(31).date()).isoformat()
    yield "customer", "domain-long-life", f"/domains/{life}"
    yield "customer", "domain-no-renewal", f"/domains/{shown['no-renewal']}"
    yield "customer", "history-long-life", f"/domains/{life}/history"
    yield "customer", "history-of-a-day", f"/domains/{life}/history?since={day}&until={day}"
    yield "customer", "history-of-an-empty-day", f"/domains/{life}/history?since=2020-01-01&until=2020-01-01"
    yield "customer", "check", f"/domains/{shown['state-verified']}/checks/{_check_of(shown)}"
    yield "customer", "check-not-kept", f"/domains/{life}/checks/{_newest_check(life)}"
    yield "staff", "domain-long-life", f"/staff/domains/{life}"


def _check_of(shown: dict[str, int]) -> int:
    return _newest_check(shown["state-verified"])


def _newest_check(domain_id: int) -> int:
    newest = select(Check.id).where(Check.custom_domain_id == domain_id).order_by(Check.id.desc())
    return db.session.scalars(newest.limit(1)).one()


def _ago(days: float) -> datetime:
    return utcnow() - timedelta(days=days)


def _note(
    domain: LLMClientCustomDomain,
    kind: EventKind,
    said: Message,
    days: float,
    *,
    by: Actor = SYSTEM,
    reason: str | None = None,
    evidence: dict[str, str] | None = None,
) -> None:
    note(domain, kind, said, by, reason=reason, evidence=evidence).created_at = _ago(days)


def _state(domain: LLMClientCustomDomain, days: float, before: DomainState, after: DomainState) -> None:
    name, until = domain.domain_name, _ago(days - 7).isoformat()
    said = Message("domain.failing", {"name": name, "until": until})
    verdict = Verdict.DELEGATED_ELSEWHERE
    if after is DomainState.VERIFIED:
        said = Message("domain.verified", {"name": name, "parent": name.partition(".")[2]})
        verdict = Verdict.VERIFIED
    evidence = {"from": before.value, "to": after.value, "verdict": verdict.value}
    _note(domain, EventKind.STATE_CHANGED, said, days, evidence=evidence)
    domain.state_changed_at = _ago(days)


def _held(domain: LLMClientCustomDomain) -> Message:
    return Message(
        "domain.suspended", {"name": domain.domain_name, "served": True, "contact": "help@platform.example"}
    )


def _check(domain: LLMClientCustomDomain, days: float, verdict: Verdict) -> None:
    at = _ago(days)
    check = Check(custom_domain=domain, origin=CheckOrigin.SCHEDULE, status=CheckStatus.DONE)
    check.created_at = check.updated_at = at
    check.verdict = verdict.value
    db.session.add(check)


def _certificate(domain: LLMClientCustomDomain, days: float, life: int) -> None:
    end = _ago(days - life)
    certificate = Certificate(
        custom_domain=domain,
        domain_name=domain.domain_name,
        state=CertificateState.ISSUED,
        idempotency_token=f"timeline{domain.id}",
        issued_at=_ago(days),
        not_after=end,
    )
    db.session.add(certificate)
    said = Message("certificate.issued", {"name": domain.domain_name, "until": end.isoformat()})
    _note(domain, EventKind.CERTIFICATE_ISSUED, said, days)
