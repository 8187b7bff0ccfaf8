"""Reports as a check brings them, for tests of what follows from one."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from webapp.dns.delegation import DelegationReport, Expectation, Verdict
from webapp.dns.judgement.messages import LEGACY
from webapp.dns.methods import AnyExpectation


def report(expectation: AnyExpectation, verdict: Verdict, now: datetime, **values: Any) -> DelegationReport:
    assert isinstance(expectation, Expectation)
    found = expectation.name_servers if verdict is Verdict.VERIFIED else ()
    defaults: dict[str, Any] = {
        "verdict": verdict,
        "host": expectation.host,
        "parent_zone": expectation.host.partition(".")[2],
        "relative_name": expectation.host.partition(".")[0],
        "expected": expectation.name_servers,
        "found": found,
        "missing": tuple(name for name in expectation.name_servers if name not in found),
        "unexpected": (),
        "asked": (),
        "who_acts": "you",
        "transient": verdict.transient,
        "further": (),
        "old_answers_until": None,
        "checked_at": now,
        "duration_ms": 12,
        "params": {LEGACY: {"message": f"{verdict.value} of {expectation.host}.", "next_step": ""}},
    }
    return DelegationReport(**{**defaults, **values})
