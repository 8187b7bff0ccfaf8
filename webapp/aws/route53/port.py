"""What the rest of Nameplate knows of Route 53: the values, and the port with its two classes.

`webapp.aws.route53.zones.Route53` talks to AWS (or to the sandbox); `tests.twins.route53.MemoryRoute53` is its twin.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from webapp.dns.records import RecordSet


@dataclass(frozen=True)
class Zone:
    """A public hosted zone. `change_id` and `in_sync` are known only from its creation, else None."""

    id: str
    name: str
    name_servers: tuple[str, ...]
    change_id: str | None
    in_sync: bool | None
    caller_reference: str


@dataclass(frozen=True)
class TaggedZone:
    """A zone as the list of this installation’s zones shows it: without its name servers, with its claim."""

    id: str
    name: str
    caller_reference: str
    claim_id: str


@dataclass(frozen=True)
class ZonePage:
    """Part of the list of this installation’s zones. `marker` asks for the next part, None when there is none."""

    zones: tuple[TaggedZone, ...]
    marker: str | None


@dataclass(frozen=True)
class Quota:
    """The account’s limit of hosted zones, and how many it has."""

    limit: int
    used: int

    @property
    def full(self) -> bool:
        return self.used >= self.limit

    def nearly_full(self, percent: float) -> bool:
        """Whether at least so many percent of the limit are used."""
        return self.used * 100 >= self.limit * percent


class Action(StrEnum):
    CREATE = "CREATE"
    UPSERT = "UPSERT"
    DELETE = "DELETE"


@dataclass(frozen=True)
class Change:
    """CREATE leaves an unequal record set alone; DELETE removes one only if its values are those given."""

    action: Action
    record: RecordSet


@dataclass(frozen=True)
class RefusedChange:
    """The changes of one name that Route 53 would not make, and why. Nothing of them was carried out."""

    name: str
    reason: str


@dataclass(frozen=True)
class Applied:
    """What became of a set of changes: the change ids to poll (empty if all was so already) and the refused."""

    change_ids: tuple[str, ...] = ()
    refused: tuple[RefusedChange, ...] = ()


class Route53Api(Protocol):
    """Every method may raise `AwsError`; zone and change ids are bare, names lower case without final dot."""

    def create_zone(self, name: str, caller_reference: str, claim_id: str) -> Zone: ...
    def get_zone(self, zone_id: str) -> Zone: ...
    def find_zone(self, name: str, caller_reference: str) -> Zone | None: ...
    def change_in_sync(self, change_id: str) -> bool: ...
    def zone_is_ours(self, zone_id: str, name: str, claim_id: str) -> bool: ...
    def may_take(self, zone_id: str, tags: Mapping[str, str]) -> bool: ...
    def take_zone(self, zone_id: str) -> None: ...
    def record_sets(self, zone_id: str) -> Iterator[RecordSet]: ...
    def change_records(self, zone_id: str, changes: Iterable[Change]) -> Applied: ...
    def zone_page(self, marker: str | None = None) -> ZonePage: ...
    def zone_quota(self) -> Quota: ...
    def empty_zone(self, zone_id: str, name: str, claim_id: str) -> None: ...
    def delete_zone(self, zone_id: str, name: str, claim_id: str) -> None: ...
