"""What the work on domains tells about the parts of ours that it needs. Pure: it reads, and the task notes it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from webapp.aws.route53.port import Zone
from webapp.certificates import steps
from webapp.dns.delegation import DelegationReport
from webapp.notifications import outbox
from webapp.zones.provision import Deleted, Outcome, Ready, Trouble


@dataclass(frozen=True)
class Works:
    """The part did what was asked of it."""


@dataclass(frozen=True)
class Fails:
    """It did not. `sentence` is for staff."""

    sentence: str


#: What AWS answers about one zone alone, which does not mean that it refuses others.
_ABOUT_ONE_ZONE = frozenset({"HostedZoneAlreadyExists", "PriorRequestNotComplete", "HostedZoneNotEmpty"})


def of_resolver(reports: Sequence[DelegationReport | None]) -> Works | Fails | None:
    """None when no check of the batch needed a resolver. One that was heard by one check is there for all."""
    silent = [report for report in reports if report and _silent(report)]
    if any(_heard(report) for report in reports if report and report not in silent):
        return Works()
    if not silent:
        return None
    resolvers = sorted({asked.address for asked in silent[0].asked if asked.role == "resolver"})
    which = ", ".join(resolvers) or "that DNS_RESOLVERS names"
    return Fails(f"No answer from the resolver {which}: {_outcomes(silent[0])}.")


def _silent(report: DelegationReport) -> bool:
    return report.who_acts == "we" and report.reason == "resolver-silent"


def _heard(report: DelegationReport) -> bool:
    silence = {"TIMEOUT", "UNREACHABLE", "NOT_ASKED"}
    return any(asked.role == "resolver" and asked.outcome not in silence for asked in report.asked)


def _outcomes(report: DelegationReport) -> str:
    seen = sorted({asked.outcome for asked in report.asked if asked.role == "resolver"})
    return ", ".join(seen) or "nothing was heard"


def of_route53(outcome: Outcome) -> Works | Fails | None:
    """None when AWS was not asked, or did not do it for a reason that lies in this one zone."""
    if isinstance(outcome, Zone | Ready | Deleted):
        return Works()
    if not isinstance(outcome, Trouble) or outcome.finding is not None or outcome.code in _ABOUT_ONE_ZONE:
        return None
    return Works() if outcome.final else Fails(outcome.sentence)


def of_acm(outcome: steps.Outcome) -> Works | Fails | None:
    """None when ACM was not asked, or did not do it for a reason that lies in this one certificate."""
    if isinstance(outcome, steps.Requested | steps.Described):
        return Works()
    if not isinstance(outcome, steps.Trouble) or outcome.about_one:
        return None
    return Fails(outcome.sentence)


def of_mail(outcome: outbox.Outcome) -> Works | Fails:
    """A mail server that refuses one mailbox works."""
    return Fails(outcome.sentence) if isinstance(outcome, outbox.ServerTrouble) else Works()
