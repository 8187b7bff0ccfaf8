"""Verifying a delegation: `look_up` measures, `judge` decides, `verify` does both."""

from __future__ import annotations

from datetime import datetime

from webapp.dns.batch_cache import BatchCache
from webapp.dns.delegation.baseline import Baseline, fresh_set_overlaps, take_baseline, zone_answers
from webapp.dns.judgement.finding import (
    DOMAIN_MISSING,
    GONE,
    OUR_FAULT,
    PARKED,
    WHOLE_DOMAIN,
    WRONG_LEVEL,
    Finding,
)
from webapp.dns.judgement.messages_whole_domain import AlarmWords, alarm_words
from webapp.dns.judgement.report import DelegationReport, Hint, Mark
from webapp.dns.judgement.verdict import AtParent, Verdict, WhoActs
from webapp.dns.lookup.expectation import Expectation
from webapp.dns.lookup.look_up import look_up
from webapp.dns.lookup.observation import Observation
from webapp.dns.name_arithmetic import as_typed
from webapp.dns.resolver import Dns
from webapp.dns.rules.judge import judge
from webapp.dns.servers.evidence import Asked, Observer, Role

__all__ = [
    "DOMAIN_MISSING",
    "GONE",
    "OUR_FAULT",
    "PARKED",
    "WHOLE_DOMAIN",
    "WRONG_LEVEL",
    "AlarmWords",
    "Asked",
    "AtParent",
    "Baseline",
    "BatchCache",
    "DelegationReport",
    "Expectation",
    "Finding",
    "Hint",
    "Mark",
    "Observation",
    "Observer",
    "Role",
    "Verdict",
    "WhoActs",
    "alarm_words",
    "as_typed",
    "fresh_set_overlaps",
    "judge",
    "look_up",
    "take_baseline",
    "verify",
    "zone_answers",
]


async def verify(
    expectation: Expectation,
    dns: Dns,
    now: datetime,
    cache: BatchCache | None = None,
    observer: Observer | None = None,
) -> DelegationReport:
    """One check, from the questions to the report. Checks of one batch share `cache`."""
    return judge(expectation, await look_up(expectation, dns, cache, observer=observer), now)
