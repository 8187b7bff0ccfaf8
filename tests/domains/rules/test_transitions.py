"""What a verdict does to a state, and when the next check is due."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from webapp.dns.delegation import AtParent, Verdict
from webapp.domains.rules.transitions import Decision, Periods, Standing, pause, pending_pause
from webapp.domains.rules.transitions import decide as decide_within
from webapp.models import DomainState

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
PERIODS = Periods()
CONFIRMATION, GRACE = PERIODS.confirmation, PERIODS.grace
ASKED_IN_VAIN = [Verdict.ZONE_PENDING, Verdict.PARENT_UNREACHABLE, Verdict.PARENT_INCONSISTENT]
CONTRARY = [verdict for verdict in Verdict if verdict.facts.at_parent is AtParent.CONTRARY]
LISTED = [verdict for verdict in Verdict if verdict.facts.at_parent is AtParent.OURS]
OUR_PART = [
    Verdict.ZONE_NOT_SERVED,
    Verdict.RESOLVE_BROKEN,
    Verdict.PROPAGATING,
    Verdict.VALIDATION_MISSING,
]


def standing(
    state: DomainState,
    *,
    contrary_since: datetime | None = None,
    grace: datetime | None = None,
    overdue: datetime | None = None,
) -> Standing:
    return Standing(state, NOW - timedelta(days=3), contrary_since, grace, overdue)


def decide(before: Standing, verdict: Verdict, now: datetime) -> Decision:
    return decide_within(before, verdict, now, PERIODS)


@pytest.mark.parametrize("state", list(DomainState))
@pytest.mark.parametrize("verdict", ASKED_IN_VAIN)
def test_what_could_not_be_asked_changes_nothing(state: DomainState, verdict: Verdict) -> None:
    before = standing(state, contrary_since=NOW - timedelta(days=9), grace=NOW - timedelta(days=2))
    after = decide(before, verdict, NOW)
    assert after == Decision(state, before.contrary_since, before.grace_until)


@pytest.mark.parametrize("verdict", [v for v in Verdict if v is not Verdict.VERIFIED])
def test_nothing_but_the_proof_verifies(verdict: Verdict) -> None:
    assert decide(standing(DomainState.PENDING), verdict, NOW).state is DomainState.PENDING


@pytest.mark.parametrize(
    "state",
    [DomainState.PENDING, DomainState.VERIFIED, DomainState.FAILING, DomainState.LAPSED, DomainState.EXPIRED],
)
def test_one_good_check_verifies_and_clears_the_clocks(state: DomainState) -> None:
    before = standing(state, contrary_since=NOW - timedelta(days=9), grace=NOW)
    assert decide(before, Verdict.VERIFIED, NOW) == Decision(DomainState.VERIFIED, None, None)


@pytest.mark.parametrize("state", [DomainState.REMOVING, DomainState.REMOVED])
def test_removed_names_do_not_come_back(state: DomainState) -> None:
    assert decide(standing(state), Verdict.VERIFIED, NOW).state is state


@pytest.mark.parametrize("verdict", CONTRARY)
def test_failing_takes_two_contrary_checks_ten_minutes_apart(verdict: Verdict) -> None:
    first = decide(standing(DomainState.VERIFIED), verdict, NOW)
    assert first == Decision(DomainState.VERIFIED, NOW, None)
    too_early = decide(standing(DomainState.VERIFIED, contrary_since=NOW), verdict, NOW + CONFIRMATION / 2)
    assert too_early.state is DomainState.VERIFIED
    confirmed = decide(standing(DomainState.VERIFIED, contrary_since=NOW), verdict, NOW + CONFIRMATION)
    assert confirmed == Decision(DomainState.FAILING, NOW, NOW + CONFIRMATION + GRACE)


def test_lapsed_only_after_the_grace_and_on_evidence() -> None:
    failing = standing(DomainState.FAILING, contrary_since=NOW, grace=NOW + GRACE)
    assert decide(failing, Verdict.NOT_DELEGATED, NOW + GRACE / 2).state is DomainState.FAILING
    assert decide(failing, Verdict.PARENT_UNREACHABLE, NOW + GRACE * 2).state is DomainState.FAILING
    first = decide(failing, Verdict.NOT_DELEGATED, NOW + GRACE)
    assert first == Decision(DomainState.FAILING, NOW, NOW + GRACE, NOW + GRACE)
    marked = standing(DomainState.FAILING, contrary_since=NOW, grace=NOW + GRACE, overdue=NOW + GRACE)
    too_early = decide(marked, Verdict.NOT_DELEGATED, NOW + GRACE + CONFIRMATION / 2)
    assert too_early == first
    second = decide(marked, Verdict.NOT_DELEGATED, NOW + GRACE + CONFIRMATION)
    assert second == Decision(DomainState.LAPSED, NOW, None)


def test_clock_that_leapt_lets_nothing_lapse() -> None:
    failing = standing(DomainState.FAILING, contrary_since=NOW, grace=NOW + GRACE)
    ahead = decide(failing, Verdict.NOT_DELEGATED, NOW + timedelta(days=10))
    assert ahead.state is DomainState.FAILING
    marked = replace(failing, overdue_since=ahead.overdue_since)
    back = decide(marked, Verdict.NOT_DELEGATED, NOW + timedelta(minutes=1))
    assert back == Decision(DomainState.FAILING, NOW, NOW + GRACE)


def test_date_of_a_clock_that_was_ahead_is_brought_back() -> None:
    far = standing(DomainState.FAILING, contrary_since=NOW, grace=NOW + timedelta(days=365))
    assert decide(far, Verdict.NOT_DELEGATED, NOW).grace_until == NOW + GRACE
    given = replace(far, extra_grace=timedelta(days=30))
    assert decide(given, Verdict.NOT_DELEGATED, NOW).grace_until == NOW + GRACE + timedelta(days=30)


@pytest.mark.parametrize("verdict", list(Verdict))
@pytest.mark.parametrize("firm", [False, True])
@pytest.mark.parametrize("state", list(DomainState))
def test_every_verdict_in_every_state(state: DomainState, verdict: Verdict, firm: bool) -> None:
    """Each after one contrary check, a minute past the date if there is one."""
    since, until = NOW - timedelta(days=7), NOW - timedelta(minutes=1)
    before = standing(state, contrary_since=since, grace=until, overdue=until)
    after = decide_within(before, verdict, NOW, PERIODS, firm=firm)
    as_it_was = Decision(state, since, until, until)
    proved = Decision(DomainState.VERIFIED, None, None)
    against = verdict in CONTRARY or (verdict is Verdict.PARENT_INCONSISTENT and firm)
    if state in {DomainState.REMOVING, DomainState.REMOVED}:
        expected = as_it_was
    elif verdict is Verdict.VERIFIED:
        expected = proved
    elif state is DomainState.VERIFIED:
        failing = Decision(DomainState.FAILING, since, NOW + GRACE)
        expected = failing if against else proved if verdict in LISTED else as_it_was
    elif state is DomainState.FAILING:
        ours = Decision(state, since, until)
        expected = proved if verdict is Verdict.STALE_DS else ours if verdict in OUR_PART else as_it_was
    else:
        expected = as_it_was
    assert after == expected
    assert {*CONTRARY, *LISTED, *ASKED_IN_VAIN} == set(Verdict)


@pytest.mark.parametrize("between", [Verdict.STALE_DS, *OUR_PART])
def test_delegation_that_was_right_in_between_begins_the_two_checks_anew(between: Verdict) -> None:
    contrary = decide(standing(DomainState.VERIFIED), Verdict.NOT_DELEGATED, NOW)
    right = decide(standing(DomainState.VERIFIED, contrary_since=contrary.contrary_since), between, NOW)
    assert right == Decision(DomainState.VERIFIED, None, None)
    assert pause(right, Verdict.STALE_DS, 0, PERIODS, shortest) == timedelta(hours=6)


def test_our_own_trouble_is_never_held_against_the_customer() -> None:
    live = standing(DomainState.VERIFIED, contrary_since=None)
    assert decide(live, Verdict.ZONE_NOT_SERVED, NOW) == Decision(DomainState.VERIFIED, None, None)


def test_pending_pauses_follow_the_printed_schedule() -> None:
    pauses = [pending_pause(n).total_seconds() for n in range(75)]
    assert pauses[0] == 60
    assert pauses[9] == pytest.approx(60 * 1.05**9)
    assert pauses[10] == pytest.approx(60 * 1.15**10)
    assert max(pauses) == timedelta(hours=4).total_seconds()
    assert sum(pauses[:10]) == pytest.approx(12.5 * 60, rel=0.01)
    assert pending_pause(10**6) == timedelta(hours=4)


def shortest(low: float, _high: float) -> float:
    return low


@pytest.mark.parametrize(
    ("decision", "verdict", "expected"),
    [
        (Decision(DomainState.VERIFIED, None, None), Verdict.VERIFIED, timedelta(hours=6)),
        (Decision(DomainState.VERIFIED, None, None), Verdict.PARENT_UNREACHABLE, timedelta(minutes=5)),
        (
            Decision(DomainState.VERIFIED, NOW, None),
            Verdict.NOT_DELEGATED,
            CONFIRMATION + timedelta(seconds=5),
        ),
        (Decision(DomainState.FAILING, NOW, NOW), Verdict.NOT_DELEGATED, timedelta(hours=1)),
        (
            Decision(DomainState.FAILING, NOW, NOW, NOW),
            Verdict.NOT_DELEGATED,
            CONFIRMATION + timedelta(seconds=5),
        ),
        (Decision(DomainState.PENDING, None, None), Verdict.NOT_DELEGATED, timedelta(seconds=60)),
        (Decision(DomainState.REMOVING, None, None), Verdict.NOT_DELEGATED, None),
        (Decision(DomainState.EXPIRED, None, None), Verdict.NOT_DELEGATED, None),
    ],
)
def test_next_check(decision: Decision, verdict: Verdict, expected: timedelta | None) -> None:
    assert pause(decision, verdict, 0, PERIODS, shortest) == expected
