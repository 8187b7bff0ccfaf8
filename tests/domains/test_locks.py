"""Who waits for a domain's lock reads the clock once it is held: what came meanwhile lies ahead of an earlier one."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

import pytest

from tests.factories import make_domain
from webapp.audit.log import COMMAND
from webapp.certificates import retry
from webapp.checks import request
from webapp.domains import lifecycle, locks, suspension
from webapp.extensions import settings
from webapp.models import Account, CheckOrigin, LLMClientCustomDomain, Method, utcnow
from webapp.probes import lifecycle as probes
from webapp.proofs import change, restore

Act = Callable[[LLMClientCustomDomain], object]
#: What people do to a domain, after the module that does it.
ACTS: list[tuple[str, Act]] = [
    ("certificates.retry", lambda one: retry.by_owner(one, actor=COMMAND, settings=settings())),
    (
        "checks.request",
        lambda one: request.request_check(
            one, origin=CheckOrigin.CUSTOMER, actor=COMMAND, settings=settings()
        ),
    ),
    ("domains.lifecycle", lambda one: lifecycle.remove(one, actor=COMMAND)),
    ("domains.suspension", lambda one: suspension.suspend(one, actor=COMMAND, reason="Asked.")),
    ("domains.suspension", lambda one: suspension.release(one, actor=COMMAND, reason="Asked.")),
    ("domains.suspension", lambda one: suspension.extend_grace(one, 3, actor=COMMAND, reason="Asked.")),
    ("probes.lifecycle", lambda one: probes.look_now(one, settings())),
    (
        "proofs.change",
        lambda one: change.choose(one, Method.RECORDS, actor=COMMAND, settings=settings()),
    ),
    ("proofs.restore", lambda one: restore.keep(one, actor=COMMAND, settings=settings())),
]


@pytest.mark.parametrize(("module", "act"), ACTS)
def test_clock_is_read_behind_the_lock(
    account: Account, monkeypatch: pytest.MonkeyPatch, module: str, act: Act
) -> None:
    domain, happened = make_domain(account), list[str]()

    def lock(domain: LLMClientCustomDomain) -> bool:
        happened.append("locked")
        return locks.lock_domain(domain)

    def now() -> datetime:
        happened.append("read")
        return utcnow()

    monkeypatch.setattr(f"webapp.{module}.lock_domain", lock)
    monkeypatch.setattr("webapp.jobs.clock.now", now)
    act(domain)
    assert happened[:2] == ["locked", "read"]
