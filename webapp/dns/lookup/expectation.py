"""The expected delegation, and the past of a name as far as a judgement needs it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from webapp.dns.name_arithmetic import canonical


@dataclass(frozen=True)
class Expectation:
    """The delegation set of our zone for `host`, and what we know of its past.

    Capitals and final dots are folded away. Raises ValueError for names that are no ASCII domain names.
    `proved`: the name is verified already, so that this check has nothing new to prove.
    `known_delegations`: the name servers of zones above the host, as an earlier check, or the one before our zone was
    made, saw the zones above hand them out.
    `inconsistent_since`: when the parent's servers were first seen to disagree, without agreeing since.
    `listed_before`: whether the parent listed any of our name servers before; None where nobody knows.
    `history`: what the earlier checks of the name left for this one, see `webapp.dns.rules.history`.
    """

    host: str
    name_servers: tuple[str, ...]
    former_name_servers: tuple[str, ...] = ()
    zone_in_sync: bool = True
    inconsistent_since: datetime | None = None
    proved: bool = False
    listed_before: bool | None = None
    history: Mapping[str, Any] | None = None
    known_delegations: Mapping[str, tuple[str, ...]] = field(default_factory=dict, hash=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "host", canonical(self.host))
        for name in ("name_servers", "former_name_servers"):
            object.__setattr__(self, name, tuple(dict.fromkeys(map(canonical, getattr(self, name)))))


def as_utc(moment: datetime) -> datetime:
    """The moment in UTC. A moment without a time zone comes from a database, which stores UTC."""
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
