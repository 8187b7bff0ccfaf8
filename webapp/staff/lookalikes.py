"""Names in other letters that look like Latin ones. Whoever registers one is warned, and staff get a finding.

Names that scripts saved, or that are older than these findings, are found by a daily pass.
A finding waits until staff have dealt with the name: they suspend it, or say on the overview that it is harmless.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select

from webapp.dns import names
from webapp.domains.lifecycle import Transition, TransitionKind
from webapp.extensions import db
from webapp.models import GONE_STATES, Finding, LLMClientCustomDomain, Message
from webapp.zones import findings
from webapp.zones.findings import FindingKind

#: Names that the daily pass reads in one transaction.
AT_ONCE = 500


def on_transition(domain: LLMClientCustomDomain, *, transition: Transition) -> None:
    """Tell staff of a name that was just registered, until it is suspended or removed."""
    if transition.kind is TransitionKind.REGISTERED:
        _report(domain, transition.now)
    elif transition.kind is TransitionKind.SUSPENDED or domain.state.is_gone:
        findings.resolve([FindingKind.LOOKALIKE], transition.now, domain_id=domain.id)


def accept(finding: Finding, now: datetime) -> None:
    """Close a finding about a look-alike that is harmless. Other findings are closed by what they are about."""
    if finding.kind == FindingKind.LOOKALIKE and finding.resolved_at is None:
        finding.resolved_at = now


def report_missed(after_id: int, now: datetime) -> int | None:
    """Report those of the next names in other letters that no finding was ever about. The last id that was read, or
    None when no name is left. What staff called harmless stays closed.
    """
    domain = LLMClientCustomDomain
    query = select(domain).where(
        domain.id > after_id,
        domain.domain_name.contains("xn--"),
        domain.state.not_in(GONE_STATES),
        domain.held_at.is_(None),
    )
    found = db.session.scalars(query.order_by(domain.id).limit(AT_ONCE)).all()
    known = findings.ever_about(FindingKind.LOOKALIKE, [one.id for one in found])
    for one in found:
        if one.id not in known:
            _report(one, now)
    return found[-1].id if found else None


def _report(domain: LLMClientCustomDomain, now: datetime) -> None:
    twin = names.lookalike_of(names.HostName(domain.domain_name))
    if twin is None:
        return
    params = {"name": domain.domain_name, "twin": twin, "account": domain.account.number}
    findings.report(FindingKind.LOOKALIKE, Message("finding.lookalike", params), now, domain_id=domain.id)
