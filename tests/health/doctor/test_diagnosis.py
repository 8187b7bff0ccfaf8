"""How the doctor looks at many parts at once and puts up with all of them."""

from __future__ import annotations

import threading
from typing import NoReturn

import pytest

from webapp.health.doctor.diagnosis import Diagnosis, Health, examine, ok, unknown, worst, wrong

WRONG, UNKNOWN = wrong("It is broken.", "Mend it."), unknown("Nobody knows.", "Check again.")


def break_off() -> NoReturn:
    raise KeyError("a probe of ours")


def test_each_part_has_its_diagnosis_in_order() -> None:
    found = examine({"one": lambda: ok("Fine."), "two": lambda: WRONG})
    assert list(found.items()) == [("one", ok("Fine.")), ("two", WRONG)]


def test_part_that_hangs_or_breaks_leaves_the_others_alone() -> None:
    over = threading.Event()

    def hang() -> Diagnosis:
        over.wait(60)
        return ok("Too late.")

    found = examine({"hangs": hang, "breaks": break_off, "works": lambda: ok("Fine.")}, seconds=2)
    over.set()
    assert [found[part].health for part in ("hangs", "breaks", "works")] == [
        Health.UNKNOWN,
        Health.UNKNOWN,
        Health.OK,
    ]
    assert "did not answer" in found["hangs"].sentence
    assert "a probe of ours" in found["breaks"].sentence


@pytest.mark.parametrize(
    ("found", "health"),
    [
        ([ok("")], Health.OK),
        ([ok(""), UNKNOWN], Health.UNKNOWN),
        ([UNKNOWN, WRONG, ok("")], Health.WRONG),
    ],
)
def test_wrong_is_worse_than_unknown(found: list[Diagnosis], health: Health) -> None:
    assert worst(found) is health
