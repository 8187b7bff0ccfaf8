"""What the doctor says of one part, and how all parts are looked at within a bounded time."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future
from dataclasses import dataclass
from enum import StrEnum
from functools import partial
from threading import Thread

from sqlalchemy.exc import DBAPIError


class Health(StrEnum):
    OK = "ok"
    WRONG = "wrong"
    #: It could not be looked at, mostly because something else is wrong.
    UNKNOWN = "unknown"


@dataclass(frozen=True)
class Diagnosis:
    """`sentence` says what is, `advice` what to do about it; there is advice for whatever is not OK."""

    health: Health
    sentence: str
    advice: str = ""


def ok(sentence: str) -> Diagnosis:
    return Diagnosis(Health.OK, sentence)


def wrong(sentence: str, advice: str) -> Diagnosis:
    return Diagnosis(Health.WRONG, sentence, advice)


def unknown(sentence: str, advice: str) -> Diagnosis:
    return Diagnosis(Health.UNKNOWN, sentence, advice)


Probe = Callable[[], Diagnosis]


def examine(probes: Mapping[str, Probe], seconds: float = 30.0) -> dict[str, Diagnosis]:
    """Run all of them at once, each in a thread of its own, because none of the clients is sure to give up."""
    asked = {part: _start(probe) for part, probe in probes.items()}
    deadline = time.monotonic() + seconds
    return {part: _result(future, deadline, seconds) for part, future in asked.items()}


@dataclass(frozen=True)
class Use:
    """What a part of AWS is needed for. `left`: how many rows still need it although the settings do not."""

    by_settings: bool
    why_not: str
    what: str
    left: Callable[[], int]


def if_used(use: Use, look: Callable[[], Diagnosis]) -> Diagnosis:
    """Nothing is asked of a part that nobody needs. Without AWS there may be no credentials for it."""
    if use.by_settings:
        return look()
    try:
        left = use.left()
    except DBAPIError:
        return unknown("What is left at AWS is counted in the database.", "Fix the database first.")
    if not left:
        return ok(f"Not used: {use.why_not}.")
    found = look()
    rows = f"{left} {use.what} is left" if left == 1 else f"{left} {use.what}s are left"
    still = f"{use.why_not}, but {rows}, so AWS is still needed."
    return Diagnosis(found.health, f"{still} {found.sentence}", found.advice)


def worst(found: Sequence[Diagnosis]) -> Health:
    seen = {diagnosis.health for diagnosis in found}
    return next((health for health in (Health.WRONG, Health.UNKNOWN) if health in seen), Health.OK)


def _start(probe: Probe) -> Future[Diagnosis]:
    future: Future[Diagnosis] = Future()
    Thread(target=partial(_run, probe, future), daemon=True).start()
    return future


def _run(probe: Probe, future: Future[Diagnosis]) -> None:
    try:
        future.set_result(probe())
    except Exception as err:  # noqa: BLE001 - a doctor that breaks off tells nothing about the other parts
        future.set_exception(err)


def _result(future: Future[Diagnosis], deadline: float, seconds: float) -> Diagnosis:
    try:
        return future.result(timeout=max(0.0, deadline - time.monotonic()))
    except TimeoutError:
        return unknown(f"It did not answer within {seconds:.0f} s.", "See whether it hangs, and look again.")
    except Exception as err:  # noqa: BLE001 - as above
        return unknown(
            f"It could not be looked at: {err}", "This is a fault of the doctor; please report it."
        )
