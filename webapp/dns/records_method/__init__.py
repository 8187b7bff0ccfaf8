"""Verifying a name by records in its own zone: `look_up` measures, `judge` decides, `verify` does both.

A TXT record with a token proves the name, and a CNAME record, or addresses at an apex, lead it to the edge.
"""

from __future__ import annotations

from datetime import datetime

from webapp.dns.batch_cache import BatchCache
from webapp.dns.records_method.lookup.expectation import LABEL, RecordsExpectation, ValidationRecord
from webapp.dns.records_method.lookup.look_up import look_up
from webapp.dns.records_method.lookup.observation import RecordsObservation
from webapp.dns.records_method.rules.judge import judge
from webapp.dns.records_method.words.report import RecordsReport, Stage, message_of
from webapp.dns.resolver import Dns
from webapp.dns.servers.evidence import Observer

__all__ = [
    "LABEL",
    "RecordsExpectation",
    "RecordsObservation",
    "RecordsReport",
    "Stage",
    "ValidationRecord",
    "judge",
    "look_up",
    "message_of",
    "verify",
]


async def verify(
    expectation: RecordsExpectation,
    dns: Dns,
    now: datetime,
    cache: BatchCache | None = None,
    observer: Observer | None = None,
) -> RecordsReport:
    """One check, from the questions to the report. Checks of one batch share `cache`."""
    return judge(expectation, await look_up(expectation, dns, cache, observer=observer), now)
