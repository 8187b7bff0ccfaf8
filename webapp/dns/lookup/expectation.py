"""The expected delegation."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from webapp.dns.name_arithmetic import canonical


@dataclass(frozen=True)
class Expectation:
    """The delegation set of our zone for `host`, and what we know of its past.

    Capitals and final dots are folded away. Raises ValueError for names that are no ASCII domain names.
    `proved`: the name is verified already, so that this check has nothing new to prove.
    `inconsistent_since`: when the parent's servers were first seen to disagree, without agreeing since.
    """

    host: str
    name_servers: tuple[str, ...]
    former_name_servers: tuple[str, ...] = ()
    zone_in_sync: bool = True
    inconsistent_since: datetime | None = None
    proved: bool = False

    def __post_init__(self) -> None:
        object.__setattr__(self, "host", canonical(self.host))
        for field in ("name_servers", "former_name_servers"):
            object.__setattr__(self, field, tuple(dict.fromkeys(map(canonical, getattr(self, field)))))
