"""How many names an account can register now, by the limits that every registration has."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from webapp.config.settings import Settings
from webapp.domains import limits, queries
from webapp.models import Account, Message


@dataclass(frozen=True)
class Room:
    """`names`: how many more may wait for their proof. `zones`: how many of them may get a hosted zone today."""

    names: int
    zones: int
    settings: Settings

    def for_a(self, *, zoned: bool) -> int:
        return min(self.names, self.zones) if zoned else self.names

    @property
    def problem(self) -> Message:
        """Of a line for which there is none."""
        params = {
            "waiting": self.settings.unverified_per_account,
            "zones": self.settings.zones_per_account_per_day,
        }
        return Message("import.no-room", params)

    def less(self, names: int, zones: int) -> Room:
        return Room(self.names - names, self.zones - zones, self.settings)


def room_of(account: Account, settings: Settings, now: datetime) -> Room:
    """What strangers do meanwhile can make it less: the registration decides."""
    unproved = queries.unproved_of(account)
    names = max(0, settings.unverified_per_account - unproved.waiting)
    made = queries.zones_made_since(now - timedelta(days=1), account=account)
    zones = max(0, settings.zones_per_account_per_day - made)
    if limits.no_zone(account, settings, unproved) is not None:
        zones = 0
    return Room(names, zones, settings)
