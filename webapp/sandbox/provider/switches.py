"""The switches of a zone: at which provider it is, whether CNAME records are flattened, what is appended."""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from webapp.sandbox.provider.providers import PROVIDERS, REGISTRAR, Provider
from webapp.sandbox.provider.record import Record, TypedError


class Flatten(StrEnum):
    """Which CNAME records are answered with the addresses of their target."""

    OFF = "off"
    APEX = "apex"
    EVERYWHERE = "everywhere"


#: What can be chosen for each switch, as the page, the API and the command write it.
CHOICES = {
    "provider": tuple(PROVIDERS),
    "flatten": tuple(one.value for one in Flatten),
    "names": ("append", "as-typed"),
}


@dataclass(frozen=True)
class Switches:
    """`appends`: a name without a final dot gets the zone's name appended, in values too."""

    provider: Provider = REGISTRAR
    flatten: Flatten = Flatten.OFF
    appends: bool = True

    def as_text(self) -> dict[str, str]:
        """The choices of `CHOICES`."""
        names = "append" if self.appends else "as-typed"
        return {"provider": self.provider.code, "flatten": self.flatten.value, "names": names}

    def flattens(self, record: Record) -> bool:
        if record.type != "CNAME":
            return record.type == "ALIAS"
        at_apex = record.name == record.zone
        return self.flatten is Flatten.EVERYWHERE or (self.flatten is Flatten.APEX and at_apex)


def switches_of(connection: sqlite3.Connection, zone: str) -> Switches:
    """Those of a zone that nobody has opened yet are as they come."""
    row = connection.execute(
        "SELECT provider, flatten, appends FROM provider_zone WHERE name = ?", (zone,)
    ).fetchone()
    if row is None:
        return Switches()
    return Switches(PROVIDERS[row["provider"]], Flatten(row["flatten"]), bool(row["appends"]))


def read_switches(given: Mapping[str, object], now: Switches) -> Switches:
    """What was chosen; what was not given stays as it is. Raises `TypedError`."""
    chosen = now.as_text()
    for field, value in given.items():
        if field not in CHOICES:
            raise TypedError(field, f"“{field}” is no setting of a zone: {', '.join(CHOICES)}.")
        if value not in CHOICES[field]:
            raise TypedError(
                field, f"“{value}” is not to be chosen for {field}: {', '.join(CHOICES[field])}."
            )
        chosen[field] = str(value)
    return Switches(PROVIDERS[chosen["provider"]], Flatten(chosen["flatten"]), chosen["names"] == "append")
