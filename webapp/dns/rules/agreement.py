"""The rules for those who do not say the same: servers of the parent among each other, and resolvers."""

from __future__ import annotations

from typing import Any

from webapp.dns.answers import Outcome
from webapp.dns.judgement.finding import COPIES_DIFFER, FOR_LONG, INSIDE_VIEW, Finding, Params, shortened
from webapp.dns.judgement.verdict import Verdict
from webapp.dns.lookup.observation import ParentAnswer
from webapp.dns.rules.case import Case


def parent_inconsistent(case: Case) -> Finding | None:
    if case.agreed:
        return None
    for_long = case.settled_too_long and not case.agreed_where_sure
    reason = FOR_LONG if for_long else COPIES_DIFFER if case.copies_differ else ""
    behind = [answer for answer in case.speakers if answer not in case.right]
    params: dict[str, Any] = {
        "right": len(case.right),
        "answered": len(case.speakers),
        **shortened("different", [_said(answer) for answer in behind]),
    }
    if case.copies_differ:
        above = case.observation.parent_named_above
        others = {answer.server for answer in case.speakers} - above
        params |= {**shortened("above", sorted(above)), **shortened("others", sorted(others))}
    return Finding(Verdict.PARENT_INCONSISTENT, reason, params)


def _said(answer: ParentAnswer) -> dict[str, Any]:
    said = {"server": answer.server, "says": str(answer.says), "outcome": answer.outcome.value}
    return said | shortened("names", sorted(answer.name_servers))


def inside_view(case: Case) -> Finding | None:
    inside = [said.resolver for said in case.observation.resolvers if said.inside]
    return Finding(Verdict.VERIFIED, INSIDE_VIEW, {"resolvers": inside}) if inside else None


def resolving(case: Case) -> Finding | None:
    """Whether visitors already see what the parent says. One resolver of several may dissent."""
    dissenting = case.dissenting
    allowed = 1 if len(case.observation.resolvers) > 1 else 0
    if len(dissenting) <= allowed:
        return None
    params: Params = {"resolvers": [said.resolver for said in dissenting]}
    if any(said.outcome is Outcome.SERVFAIL for said in dissenting):
        params = {**params, "dnssec": any(said.bogus for said in dissenting)}
        return Finding(Verdict.RESOLVE_BROKEN, "", params)
    return Finding(Verdict.PROPAGATING, "", params)
