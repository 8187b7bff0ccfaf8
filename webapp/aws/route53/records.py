"""Record sets of one zone: read by start name, written in batches, one writer per zone in this process."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from threading import RLock
from typing import TYPE_CHECKING, Any

from webapp.aws.route53.alias import Alias
from webapp.aws.route53.batches import batches, halves
from webapp.aws.route53.port import Action, Applied, Change, RefusedChange
from webapp.aws.route53.text import absolute, bare, from_route53, plain_name, same_values, to_route53
from webapp.aws.shared.calls import Calls
from webapp.aws.shared.errors import InputRefused
from webapp.dns.records import RecordSet

if TYPE_CHECKING:
    from mypy_boto3_route53 import Route53Client
    from mypy_boto3_route53.type_defs import ChangeTypeDef

_STRIPES = 64


class Records:
    def __init__(self, client: Route53Client, calls: Calls) -> None:
        self._client = client
        self._calls = calls
        # A zone always gets the same lock. Two zones may share one, which only makes one wait for the other.
        self._locks = [RLock() for _ in range(_STRIPES)]

    def writing(self, zone_id: str) -> RLock:
        """The lock for writing to the zone: Route 53 refuses overlapping writes (PriorRequestNotComplete)."""
        return self._locks[hash(zone_id) % _STRIPES]

    def every(self, zone_id: str) -> Iterator[RecordSet]:
        return (_record_set(raw) for raw in self._raw(zone_id))

    def change(self, zone_id: str, changes: Iterable[Change]) -> Applied:
        """Make the changes; a name that Route 53 refuses is reported and does not keep back the others."""
        changes = tuple(changes)
        if any(change.record.type in ("NS", "SOA") for change in changes):
            raise ValueError("Nameplate never writes NS or SOA: they are the zone’s own")
        with self.writing(zone_id):
            wanted, refused = self._prepared(zone_id, changes)
            return self._submitted(zone_id, wanted, refused)

    def clear(self, zone_id: str, apex: str) -> None:
        """Delete everything but the apex’s SOA and NS, sub-delegations too. Raises `InputRefused`."""
        with self.writing(zone_id):
            doomed = [_deletion(raw) for raw in self._raw(zone_id) if not _belongs_to_zone(raw, apex)]
            applied = self._submitted(zone_id, doomed, [])
        if applied.refused:
            raise InputRefused(
                f"{len(applied.refused)} names of the zone cannot be deleted; {applied.refused[0].reason}",
                code="InvalidChangeBatch",
            )

    def _prepared(
        self, zone_id: str, changes: Sequence[Change]
    ) -> tuple[list[ChangeTypeDef], list[RefusedChange]]:
        wanted: list[ChangeTypeDef] = []
        refused: list[RefusedChange] = []
        for change in changes:
            if change.action is not Action.DELETE:
                wanted.append(_written(change))
                continue
            for raw in self._matching(zone_id, change.record.name, change.record.type):
                if _same(raw, change.record):
                    wanted.append(_deletion(raw))
                else:
                    refused.append(_someone_elses(change.record, raw))
        return wanted, refused

    def _submitted(
        self, zone_id: str, changes: Sequence[ChangeTypeDef], refused: list[RefusedChange]
    ) -> Applied:
        change_ids: list[str] = []
        waiting = list(batches(changes))
        while waiting:
            batch = waiting.pop(0)
            try:
                change_ids.append(self._submit(zone_id, batch))
            except InputRefused as refusal:
                if parts := halves(batch):
                    waiting[:0] = parts
                elif len(left := [change for change in batch if not self._is_so(zone_id, change)]) < len(
                    batch
                ):
                    waiting[:0] = [left] if left else []
                else:
                    name = plain_name(batch[0]["ResourceRecordSet"]["Name"])
                    refused.append(RefusedChange(name, str(refusal)))
        return Applied(tuple(change_ids), tuple(refused))

    def _submit(self, zone_id: str, batch: list[ChangeTypeDef]) -> str:
        answer = self._calls(
            self._client.change_resource_record_sets, HostedZoneId=zone_id, ChangeBatch={"Changes": batch}
        )
        return bare(answer["ChangeInfo"]["Id"])

    def _is_so(self, zone_id: str, change: ChangeTypeDef) -> bool:
        """Whether the zone is already as the change would make it, although Route 53 refused the change (“but it
        already exists”, “but it was not found”).
        """
        wanted = change["ResourceRecordSet"]
        found = list(self._matching(zone_id, plain_name(wanted["Name"]), wanted["Type"]))
        if change["Action"] == "DELETE":
            return not found
        return any(_record_set(raw) == _record_set(wanted) for raw in found)

    def _matching(self, zone_id: str, name: str, record_type: str) -> Iterator[Any]:
        """The record sets of exactly this name and type: several only if somebody made weighted ones."""
        for raw in self._raw(
            zone_id, StartRecordName=absolute(name), StartRecordType=record_type, MaxItems="2"
        ):
            if (plain_name(raw["Name"]), raw["Type"]) != (plain_name(name), record_type):
                return
            yield raw

    def _raw(self, zone_id: str, **start: Any) -> Iterator[Any]:
        while True:
            page = self._calls(self._client.list_resource_record_sets, HostedZoneId=zone_id, **start)
            yield from page["ResourceRecordSets"]
            if not page["IsTruncated"]:
                return
            start = {key: value for key, value in start.items() if key == "MaxItems"} | _next_start(page)


def _next_start(page: Any) -> dict[str, Any]:
    parts = ("RecordName", "RecordType", "RecordIdentifier")
    return {f"Start{part}": page[f"Next{part}"] for part in parts if f"Next{part}" in page}


def _record_set(raw: Any) -> RecordSet:
    if target := raw.get("AliasTarget"):
        return RecordSet(plain_name(raw["Name"]), raw["Type"], 0, (str(Alias.from_route53(target)),))
    values = tuple(from_route53(raw["Type"], record["Value"]) for record in raw.get("ResourceRecords", []))
    return RecordSet(plain_name(raw["Name"]), raw["Type"], raw.get("TTL", 0), tuple(sorted(values)))


def _written(change: Change) -> Any:
    record = change.record
    if alias := _alias(record):
        raw: Any = {"Name": absolute(record.name), "Type": record.type, "AliasTarget": alias.to_route53()}
        return {"Action": change.action.value, "ResourceRecordSet": raw}
    values = [{"Value": to_route53(record.type, value)} for value in record.values]
    raw = {"Name": absolute(record.name), "Type": record.type, "TTL": record.ttl, "ResourceRecords": values}
    return {"Action": change.action.value, "ResourceRecordSet": raw}


def _alias(record: RecordSet) -> Alias | None:
    return Alias.read(record.values[0]) if len(record.values) == 1 else None


def _deletion(raw: Any) -> Any:
    """A record set can only be deleted exactly as it stands, which is as it has just been read."""
    return {
        "Action": "DELETE",
        "ResourceRecordSet": {key: value for key, value in raw.items() if value != []},
    }


def _same(raw: Any, record: RecordSet) -> bool:
    return same_values(record.type, _record_set(raw).values, record.values)


def _someone_elses(record: RecordSet, raw: Any) -> RefusedChange:
    found = ", ".join(_record_set(raw).values)
    return RefusedChange(
        record.name,
        f"The {record.type} record set holds {found}, not what was to be deleted; it was left alone.",
    )


def _belongs_to_zone(raw: Any, apex: str) -> bool:
    return raw["Type"] in ("NS", "SOA") and plain_name(raw["Name"]) == apex
