"""Route 53 in memory, for the tests of whatever uses it: the same methods, the same refusals, no waiting."""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from itertools import count

from webapp.aws.route53.port import Action, Applied, Change, Quota, RefusedChange, TaggedZone, Zone, ZonePage
from webapp.aws.route53.text import same_values
from webapp.aws.shared.errors import AwsError, CapacityReached, Gone, InputRefused, NotOurs
from webapp.dns.records import RecordSet

Key = tuple[str, str]


@dataclass
class Kept:
    """A zone as the twin keeps it. Tests may write to it to play a stranger in the AWS console."""

    zone: Zone
    installation_id: str
    claim_id: str
    record_sets: dict[Key, RecordSet] = field(default_factory=dict)
    tags: dict[str, str] = field(default_factory=dict)


class MemoryRoute53:
    """`kept` (by zone id) is open to tests. Changes are in sync at once unless `in_sync` is set to False."""

    def __init__(self, *, installation_id: str = "test", limit: int = 500, page_size: int = 100) -> None:
        self.installation_id = installation_id
        self.limit = limit
        self.page_size = page_size
        self.kept: dict[str, Kept] = {}
        self.in_sync = True
        self._changes: set[str] = set()
        self._numbers = count(1)
        self._faults: dict[str, deque[tuple[AwsError, bool]]] = defaultdict(deque)

    def fail(self, method: str, error: AwsError, *, after: bool = False) -> None:
        """Let the next call of `method` raise; `after`: it is carried out all the same, the answer is lost."""
        self._faults[method].append((error, after))

    def create_zone(self, name: str, caller_reference: str, claim_id: str) -> Zone:
        lost_answer = self._fault("create_zone")
        zone = self._found(name, caller_reference)
        if zone is None:
            zone = self._made(name, caller_reference, claim_id)
        else:
            kept = self.kept[zone.id]
            if kept.installation_id != self.installation_id:
                raise NotOurs(f"Zone {zone.id} has our reference but is another installation’s.")
            kept.claim_id = claim_id
        if lost_answer:
            raise lost_answer
        return zone

    def get_zone(self, zone_id: str) -> Zone:
        self._raise_fault("get_zone")
        return self._get(zone_id).zone

    def find_zone(self, name: str, caller_reference: str) -> Zone | None:
        self._raise_fault("find_zone")
        return self._found(name, caller_reference)

    def change_in_sync(self, change_id: str) -> bool:
        self._raise_fault("change_in_sync")
        if change_id not in self._changes:
            raise Gone(f"GetChange: NoSuchChange: {change_id}", code="NoSuchChange")
        return self.in_sync

    def zone_is_ours(self, zone_id: str, name: str, claim_id: str) -> bool:
        self._raise_fault("zone_is_ours")
        return zone_id in self.kept and self._is_ours(self.kept[zone_id], name, claim_id)

    def may_take(self, zone_id: str, tags: Mapping[str, str]) -> bool:
        self._raise_fault("may_take")
        kept = self._get(zone_id)
        return kept.installation_id == self.installation_id or tags.items() <= kept.tags.items()

    def take_zone(self, zone_id: str) -> None:
        self._raise_fault("take_zone")
        self._get(zone_id).installation_id = self.installation_id

    def record_sets(self, zone_id: str) -> Iterator[RecordSet]:
        self._raise_fault("record_sets")
        return iter(list(self._get(zone_id).record_sets.values()))

    def change_records(self, zone_id: str, changes: Iterable[Change]) -> Applied:
        changes = tuple(changes)
        if any(change.record.type in ("NS", "SOA") for change in changes):
            raise ValueError("Nameplate never writes NS or SOA: they are the zone’s own")
        lost_answer = self._fault("change_records")
        record_sets = self._get(zone_id).record_sets
        before = dict(record_sets)
        refused = tuple(r for r in (_carry_out(record_sets, change) for change in changes) if r)
        if lost_answer:
            raise lost_answer
        return Applied((self._change_id(),) if record_sets != before else (), refused)

    def zone_page(self, marker: str | None = None) -> ZonePage:
        self._raise_fault("zone_page")
        left = [zone_id for zone_id in sorted(self.kept) if zone_id >= (marker or "")]
        page, rest = left[: self.page_size], left[self.page_size :]
        return ZonePage(tuple(self._listed(page)), rest[0] if rest else None)

    def zone_quota(self) -> Quota:
        self._raise_fault("zone_quota")
        return Quota(self.limit, len(self.kept))

    def empty_zone(self, zone_id: str, name: str, claim_id: str) -> None:
        lost_answer = self._fault("empty_zone")
        self._insist(self._get(zone_id), name, claim_id)
        apex = {(name, "NS"), (name, "SOA")}
        kept = self._get(zone_id)
        kept.record_sets = {key: record for key, record in kept.record_sets.items() if key in apex}
        if lost_answer:
            raise lost_answer

    def delete_zone(self, zone_id: str, name: str, claim_id: str) -> None:
        lost_answer = self._fault("delete_zone")
        if zone_id in self.kept:
            self._insist(self.kept[zone_id], name, claim_id)
        self.kept.pop(zone_id, None)
        if lost_answer:
            raise lost_answer

    def _found(self, name: str, caller_reference: str) -> Zone | None:
        zones = (kept.zone for kept in self.kept.values())
        return next((z for z in zones if (z.name, z.caller_reference) == (name, caller_reference)), None)

    def _made(self, name: str, caller_reference: str, claim_id: str) -> Zone:
        if len(self.kept) >= self.limit:
            raise CapacityReached(
                f"The AWS account holds {len(self.kept)} of {self.limit} hosted zones.",
                code="TooManyHostedZones",
            )
        if "." not in name:
            raise InputRefused(f"CreateHostedZone: InvalidDomainName: {name}", code="InvalidDomainName")
        number = next(self._numbers)
        change_id = self._change_id()
        zone = Zone(f"Z{number:012d}", name, _four(number), change_id, False, caller_reference)
        # Only the answer to its creation tells a zone’s change, as at AWS.
        stored = replace(zone, change_id=None, in_sync=None)
        apex = RecordSet(name, "NS", 172800, zone.name_servers)
        self.kept[zone.id] = Kept(stored, self.installation_id, claim_id, {(name, "NS"): apex})
        return zone

    def _listed(self, zone_ids: Iterable[str]) -> Iterator[TaggedZone]:
        for kept in (self.kept[zone_id] for zone_id in zone_ids):
            if kept.installation_id == self.installation_id:
                zone = kept.zone
                yield TaggedZone(zone.id, zone.name, zone.caller_reference, kept.claim_id)

    def _insist(self, kept: Kept, name: str, claim_id: str) -> None:
        if not self._is_ours(kept, name, claim_id):
            raise NotOurs(
                f"Zone {kept.zone.id} is not this installation’s zone for {name}; it was left alone."
            )

    def _is_ours(self, kept: Kept, name: str, claim_id: str) -> bool:
        mark = (kept.zone.name, kept.installation_id, kept.claim_id)
        return mark == (name, self.installation_id, claim_id)

    def _get(self, zone_id: str) -> Kept:
        if zone_id not in self.kept:
            raise Gone(f"NoSuchHostedZone: {zone_id}", code="NoSuchHostedZone")
        return self.kept[zone_id]

    def _change_id(self) -> str:
        change_id = f"C{next(self._numbers):012d}"
        self._changes.add(change_id)
        return change_id

    def _raise_fault(self, method: str) -> None:
        if lost_answer := self._fault(method):
            raise lost_answer

    def _fault(self, method: str) -> AwsError | None:
        """Raises a fault queued for before the work; returns one queued for after it."""
        if not self._faults[method]:
            return None
        error, after = self._faults[method].popleft()
        if after:
            return error
        raise error


def _four(number: int) -> tuple[str, ...]:
    """Four name servers like Route 53’s, shared with no other number below 512."""
    suffixes = ("com", "net", "org", "co.uk")
    names = (f"ns-{512 * i + number % 512}.awsdns-{number % 64:02d}.{tld}" for i, tld in enumerate(suffixes))
    return tuple(sorted(names))


def _carry_out(record_sets: dict[Key, RecordSet], change: Change) -> RefusedChange | None:
    record, key = change.record, (change.record.name, change.record.type)
    found = record_sets.get(key)
    if found and change.action is Action.DELETE and not same_values(record.type, found.values, record.values):
        held = ", ".join(found.values)
        return RefusedChange(
            record.name,
            f"The {record.type} record set holds {held}, not what was to be deleted; it was left alone.",
        )
    if found and change.action is Action.CREATE and found != _sorted(record):
        return RefusedChange(record.name, f"InvalidChangeBatch: a {record.type} record set already exists")
    if change.action is Action.DELETE:
        record_sets.pop(key, None)
    else:
        record_sets[key] = _sorted(record)
    return None


def _sorted(record: RecordSet) -> RecordSet:
    return replace(record, values=tuple(sorted(record.values)))
