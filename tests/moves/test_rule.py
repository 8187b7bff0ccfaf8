"""When a name moves, as a table, and what holds for every pair of claims."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from webapp.moves.rule import LASTS, Holder, Look, Readings, Said, Step, kept_since, may_move

START = datetime(2026, 11, 1, tzinfo=UTC)
CONFIRMATION = timedelta(minutes=10)


def at(minutes: float, ended: float | None = None) -> Readings:
    """A check that began and ended so many minutes after the contest began."""
    last = minutes if ended is None else ended
    return Readings(START + timedelta(minutes=minutes), START + timedelta(minutes=last))


def look(minutes: float, said: Said = Said.CONTRARY, ended: float | None = None) -> Look:
    return Look(at(minutes, ended), said)


def holder(
    latest: Look | None = None, earlier: Look | None = None, contrary_since: float | None = None
) -> Holder:
    since = None if contrary_since is None else START + timedelta(minutes=contrary_since)
    return Holder(latest, earlier, since)


GONE = holder(look(11), look(0.1), 0.1)
TABLE: list[tuple[str, datetime | None, Readings, Holder, Step]] = [
    ("the first proof", None, at(0), GONE, Step.BEGIN),
    ("a proof just before its time", START, at(9.9), GONE, Step.WAIT),
    ("the holder is gone twice", START, at(11.1), GONE, Step.MOVE),
    ("exactly ten minutes on both sides", START, at(10.2), holder(look(10.1), look(0.1), 0.1), Step.MOVE),
    ("the holder was never checked", START, at(11), holder(), Step.ASK),
    ("the holder was checked before the contest", START, at(11), holder(look(-1), look(-20), -20), Step.ASK),
    ("its latest check began before the contest", START, at(11), holder(look(-0.1, ended=11)), Step.ASK),
    ("its latest check is hours old", START, at(400), holder(look(11), look(0.1), 0.1), Step.ASK),
    ("it could not be asked", START, at(11), holder(look(10, Said.UNASKED), None, -60), Step.UNHEARD),
    ("it stands as well", START, at(11), holder(look(10, Said.STANDS), None, None), Step.STANDS),
    ("one check of it is not two", START, at(11), holder(look(10.5), None, 10.5), Step.UNCONFIRMED),
    ("two of its checks in one minute", START, at(11), holder(look(10.9), look(10), 10), Step.UNCONFIRMED),
    ("gone for hours before the contest", START, at(11), holder(look(1), look(-60), -60), Step.MOVE),
    ("its contradiction began later than its check", START, at(30), holder(look(29), look(1), 25), Step.UNCONFIRMED),
    ("no contradiction is noted", START, at(30), holder(look(29), look(1), None), Step.UNCONFIRMED),
    ("a contest from the future is cut to now", START, at(-60), GONE, Step.WAIT),
    ("this check's clock was ahead as it ended", START, at(1, ended=90), GONE, Step.WAIT),
    ("this check's clock was ahead as it began", START, at(90, ended=1), GONE, Step.WAIT),
    ("its latest check's clock leapt", START, at(11), holder(look(1, ended=90), look(0.5), 0.5), Step.UNCONFIRMED),
    ("its earlier one's clock was slow", START, at(11), holder(look(2), look(1, ended=-60), -60), Step.UNCONFIRMED),
]  # fmt: skip


@pytest.mark.parametrize(
    ("since", "proof", "known", "step"), [row[1:] for row in TABLE], ids=[row[0] for row in TABLE]
)
def test_step(since: datetime | None, proof: Readings, known: Holder, step: Step) -> None:
    assert may_move(since, proof, known, CONFIRMATION) is step


def test_contest_begins_at_the_later_reading_of_its_first_check() -> None:
    assert kept_since(None, at(0, ended=1)) == START + timedelta(minutes=1)
    assert kept_since(None, at(1, ended=-60)) == START + timedelta(minutes=1)
    assert kept_since(START, at(5)) == START
    assert kept_since(START + timedelta(days=1), at(5)) == START + timedelta(minutes=5)


MINUTES = st.floats(-200, 200, allow_nan=False)
READINGS = st.builds(at, MINUTES, MINUTES)
LOOKS = st.none() | st.builds(Look, READINGS, st.sampled_from(Said))
HOLDERS = st.builds(Holder, LOOKS, LOOKS, st.none() | MINUTES.map(lambda m: START + timedelta(minutes=m)))


@given(since=st.none() | st.just(START), proof=READINGS, known=HOLDERS)
def test_never_without_two_agreeing_checks_of_both_sides_ten_minutes_apart(
    since: datetime | None, proof: Readings, known: Holder
) -> None:
    if may_move(since, proof, known, CONFIRMATION) is not Step.MOVE:
        return
    assert since is not None
    assert min(proof.began, proof.ended) - since >= CONFIRMATION
    latest, earlier = known.latest, known.earlier
    assert latest is not None
    assert earlier is not None
    assert {latest.said, earlier.said} == {Said.CONTRARY}
    assert latest.at.first >= since
    assert latest.at.first - earlier.at.last >= CONFIRMATION
    assert proof.first - latest.at.last <= LASTS


@given(known=HOLDERS, minutes=MINUTES, wrong=MINUTES)
def test_one_wrong_reading_of_this_check_never_moves_a_name_early(
    known: Holder, minutes: float, wrong: float
) -> None:
    """Whichever of the two readings is right, the name moves with both as it would with that one, or later."""
    for proof in (at(minutes, ended=wrong), at(wrong, ended=minutes)):
        if may_move(START, proof, known, CONFIRMATION) is Step.MOVE:
            assert START + timedelta(minutes=minutes) - START >= CONFIRMATION
