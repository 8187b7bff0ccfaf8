from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from tests.factories import make_domain
from webapp.audit.log import note
from webapp.extensions import db
from webapp.models import Account, DomainState, EventKind, Message, Probe
from webapp.staff.figures.registrations import Step, registrations, steps_of

NOW = datetime(2026, 11, 27, 12, 30, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


def test_each_day_counts_its_own_in_utc(account: Account) -> None:
    times = [
        NOW,
        NOW - timedelta(hours=12, minutes=29),
        NOW - timedelta(hours=12, minutes=31),
        NOW - timedelta(days=31),
    ]
    for number, at in enumerate(times):
        make_domain(account, f"chat{number}.acme.test", created_at=at)
    db.session.commit()
    found = registrations(NOW)
    assert len(found.days) == 30
    assert [one.count for one in found.days[-2:]] == [1, 2]
    assert (found.total, found.followed, found.exact) == (3, 3, True)


def test_steps_are_counted_with_the_median_from_the_step_before() -> None:
    ways = [
        (NOW, NOW + MINUTE, NOW + 3 * MINUTE, NOW + 10 * MINUTE),
        (NOW, NOW + 3 * MINUTE, NOW + 5 * MINUTE, None),
        (NOW, NOW + 5 * MINUTE, None, None),
        (NOW, None, None, None),
    ]
    assert steps_of(ways, with_live=True) == [
        Step("Registered", 4, None),
        Step("Records seen", 3, 180.0),
        Step("Verified", 2, 120.0),
        Step("Live", 1, 420.0),
    ]
    assert [one.name for one in steps_of(ways, with_live=False)] == ["Registered", "Records seen", "Verified"]


def test_later_step_says_that_the_earlier_ones_were() -> None:
    """Pruned history, or a verdict that was right at the first check: verified means that its records were seen."""
    steps = steps_of([(NOW, None, NOW + MINUTE, NOW + 2 * MINUTE)], with_live=True)
    assert [(one.count, one.seconds) for one in steps] == [(1, None), (1, 60.0), (1, 0.0), (1, 60.0)]


def test_nothing_registered() -> None:
    assert [(one.count, one.seconds) for one in steps_of([], with_live=True)] == [(0, None)] * 4


@pytest.mark.parametrize(
    ("verdict", "seen"),
    [
        ("NOT_DELEGATED", 0),
        ("ZONE_PENDING", 0),
        ("PARENT_UNREACHABLE", 0),
        ("NS_MISTYPED", 1),
        ("CNAME_WRONG", 1),
    ],
)
def test_records_are_seen_when_something_was_typed(account: Account, verdict: str, seen: int) -> None:
    domain = make_domain(account, "chat.acme.test", created_at=NOW - timedelta(hours=2))
    event = note(domain, EventKind.VERDICT_CHANGED, Message("check.requested"), evidence={"verdict": verdict})
    event.created_at = NOW - timedelta(hours=1)
    db.session.commit()
    step = registrations(NOW).steps[1]
    assert (step.name, step.count, step.seconds) == ("Records seen", seen, 3600.0 if seen else None)


def test_rows_make_the_way_of_a_name(account: Account, monkeypatch: pytest.MonkeyPatch) -> None:
    made = make_domain(
        account,
        "chat.acme.test",
        DomainState.VERIFIED,
        created_at=NOW - 60 * MINUTE,
        verified_at=NOW - 30 * MINUTE,
    )
    made.probe = Probe(first_live_at=NOW - 20 * MINUTE, attempts=0)
    db.session.commit()
    monkeypatch.setattr(
        "webapp.staff.figures.registrations.settings", lambda: type("S", (), {"probes_names": True})
    )
    assert [(one.name, one.count, one.seconds) for one in registrations(NOW).steps] == [
        ("Registered", 1, None),
        ("Records seen", 1, 1800.0),
        ("Verified", 1, 0.0),
        ("Live", 1, 600.0),
    ]
