"""What was measured, judged: the outcome, its parameters, and the visit that it is about. Pure."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

from webapp.models import ProbeOutcome
from webapp.probes.visits.facts import CertificateSeen, Facts, Reached, Reply, Trust, Visit

#: How many days before a certificate ends people are warned, and after which part of its life at the earliest: one
#: that lasts for a week is renewed in its last days.
WARNINGS = ((14, 0.25), (3, 0.1))
_AWAY = {502, 503, 504}
_REDIRECTS = {301, 302, 303, 307, 308}


@dataclass(frozen=True)
class Judgement:
    """`params` are JSON values, for the sentence of the outcome. `warning`: one of the days of `WARNINGS`."""

    outcome: ProbeOutcome
    params: dict[str, Any]
    visit: Visit | None = None
    warning: int | None = None


def judge(facts: Facts, now: datetime, edge: Collection[str] = (), *, delegated: bool = False) -> Judgement:
    """A name works if it works at each of its addresses; otherwise the first that does not is told. `edge`: the
    addresses of our edge, as far as we know them. `delegated`: all records of the name are in a zone of ours.
    """
    asked = [visit for visit in facts.visits if visit.reached is not Reached.UNASKED]
    if not facts.resolved or (facts.visits and not asked):
        return Judgement(ProbeOutcome.NOT_ASKED, {"name": facts.name})
    if not asked:
        return Judgement(ProbeOutcome.UNRESOLVED, {"name": facts.name})
    found = [_of_visit(facts, visit, now, edge, delegated=delegated) for visit in asked]
    failing = [one for one in found if not one.outcome.works]
    if failing:
        return failing[0]
    return min(found, key=_ends)


def _ends(found: Judgement) -> float:
    """When the certificate ends, in seconds since 1970; one that cannot be read comes last."""
    shown = found.visit.certificate if found.visit else None
    return shown.ends_at.timestamp() if shown else float("inf")


def _of_visit(
    facts: Facts, visit: Visit, now: datetime, edge: Collection[str], *, delegated: bool
) -> Judgement:
    outcome, more = _outcome(facts, visit, at_edge=visit.address in edge)
    params: dict[str, Any] = {"name": facts.name, "address": visit.address, **more}
    if edge:
        params["edge"] = visit.address in edge
    if delegated:
        params["delegated"] = True
    if len(facts.visits) > 1:
        params["addresses"] = len(facts.visits)
    if visit.reply is not None:
        params["status"] = visit.reply.status
    if outcome is not ProbeOutcome.LIVE:
        return Judgement(outcome, params, visit)
    warning = warning_of(visit.certificate, now)
    if warning is not None and visit.certificate is not None:
        ends = visit.certificate.ends_at.isoformat()
        return Judgement(ProbeOutcome.CERTIFICATE_SOON, {**params, "ends": ends}, visit, warning)
    return Judgement(ProbeOutcome.LIVE, params, visit)


def warning_of(shown: CertificateSeen | None, now: datetime) -> int | None:
    """The nearest of `WARNINGS` whose time has come; None before the first."""
    if shown is None:
        return None
    left, life = shown.ends_at - now, shown.ends_at - shown.starts_at
    come = [days for days, part in WARNINGS if left <= min(timedelta(days=days), life * part)]
    return min(come, default=None)


def _outcome(facts: Facts, visit: Visit, *, at_edge: bool) -> tuple[ProbeOutcome, dict[str, Any]]:
    """At an address of our edge no network stands before it, whatever headers an LLM client sends."""
    if visit.reached is not Reached.CONNECTED:
        return _NOT_CONNECTED[visit.reached], {}
    reply = visit.reply
    if visit.trust is not Trust.TRUSTED:
        if reply is not None and reply.network and not reply.ours and not at_edge:
            return ProbeOutcome.PROXIED, {"network": reply.network}
        return _untrusted(visit)
    if reply is None:
        return ProbeOutcome.EDGE_AWAY, {}
    return _answered(facts, reply if not at_edge else replace(reply, network=""))


_NOT_CONNECTED = {
    Reached.FILTERED: ProbeOutcome.REFUSED_ADDRESS,
    Reached.CLOSED: ProbeOutcome.REFUSED_PORT,
    Reached.SILENT: ProbeOutcome.SILENT_PORT,
    Reached.NO_TLS: ProbeOutcome.TLS_BROKEN,
}


def _untrusted(visit: Visit) -> tuple[ProbeOutcome, dict[str, Any]]:
    shown = visit.certificate
    if visit.trust is Trust.OTHER_NAME:
        return ProbeOutcome.CERTIFICATE_OTHER, {"names": list(shown.names) if shown else []}
    if visit.trust is Trust.ENDED:
        return ProbeOutcome.CERTIFICATE_ENDED, {"ends": shown.ends_at.isoformat() if shown else None}
    return ProbeOutcome.CERTIFICATE_UNTRUSTED, {"issuer": shown.issuer if shown else ""}


def _answered(facts: Facts, reply: Reply) -> tuple[ProbeOutcome, dict[str, Any]]:
    if reply.ours:
        return ProbeOutcome.LIVE, {"network": reply.network} if reply.network else {}
    if reply.network:
        return ProbeOutcome.PROXIED, {"network": reply.network}
    if reply.status in _REDIRECTS and reply.location:
        loops = _leads_back(facts, reply.location)
        outcome = ProbeOutcome.REDIRECT_LOOP if loops else ProbeOutcome.REDIRECTED
        return outcome, {"location": reply.location}
    if reply.nobody:
        return ProbeOutcome.NOT_SERVED, {}
    if reply.status in _AWAY:
        return ProbeOutcome.EDGE_AWAY, {}
    return ProbeOutcome.POINTS_ELSEWHERE, {"server": reply.server}


def _leads_back(facts: Facts, location: str) -> bool:
    """Whether a visitor who follows the redirect asks the same again, at least after http:// has led back here."""
    try:
        target = urlsplit(location)
        host = (target.hostname or "").rstrip(".")
    except ValueError:
        return False
    return host in {"", facts.name} and not target.query and target.path == facts.path
