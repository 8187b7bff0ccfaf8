"""What `flask doctor` says of the platform's keys."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy.exc import DBAPIError

from webapp.health.doctor.diagnosis import Diagnosis, ok, unknown, wrong
from webapp.keys import queries

#: A key that nobody has used for so long is forgotten somewhere.
UNUSED = timedelta(days=365)


@dataclass(frozen=True)
class PlatformKeys:
    without_end: int
    #: The prefixes of those that nobody used for `UNUSED`.
    unused: Sequence[str]


def platform_keys(now: datetime) -> PlatformKeys:
    return PlatformKeys(queries.platform_keys_without_end(now), queries.platform_keys_unused(now, UNUSED))


def platform_keys_health(read: Callable[[], PlatformKeys]) -> Diagnosis:
    try:
        found = read()
    except DBAPIError:
        return unknown("The platform’s keys are in the database.", "Fix the database first.")
    if found.unused:
        names = ", ".join(found.unused)
        return wrong(
            f"Nobody has used these keys of the platform for a year: {names}.",
            "Revoke them (flask keys revoke PREFIX): each reaches every account.",
        )
    if found.without_end:
        count = found.without_end
        what = (
            "One key of the platform never expires"
            if count == 1
            else f"{count} keys of the platform never expire"
        )
        return ok(f"{what}. Each reaches every account, so replace it now and then.")
    return ok("Every key of the platform expires, and all of them are used.")
