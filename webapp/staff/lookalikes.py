"""Names in other letters that look like Latin ones. Whoever registers one is warned, and staff get a finding.

A finding waits until staff have dealt with the name: they suspend it, or say on the overview that it is harmless.
"""

from __future__ import annotations

from datetime import datetime

from webapp.dns import names
from webapp.domains.lifecycle import Transition, TransitionKind
from webapp.models import Finding, LLMClientCustomDomain, Message
from webapp.zones import findings
from webapp.zones.findings import FindingKind


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


def _report(domain: LLMClientCustomDomain, now: datetime) -> None:
    twin = names.lookalike_of(names.HostName(domain.domain_name))
    if twin is None:
        return
    params = {"name": domain.domain_name, "twin": twin, "account": domain.account.number}
    findings.report(FindingKind.LOOKALIKE, Message("finding.lookalike", params), now, domain_id=domain.id)
