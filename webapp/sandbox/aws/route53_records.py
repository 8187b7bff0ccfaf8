"""The record sets of a hosted zone: changes in batches, whole or not at all, and the list of them."""

from __future__ import annotations

import json
import sqlite3
from dataclasses import dataclass, field
from typing import Any

from webapp.sandbox.aws.rest_xml import RefusalError, Values
from webapp.sandbox.aws.route53_values import name_labels, name_text, rdata, sort_key
from webapp.sandbox.aws.route53_zones import Account, change_info, find_zone, new_change, page_size

MAX_PAGE = 300
MAX_RECORDS, MAX_CHARACTERS = 1000, 32000
TYPES = frozenset(
    "A AAAA CAA CNAME DS HTTPS MX NAPTR NS PTR SOA SPF SRV SSHFP SVCB TLSA TXT".split()  # noqa: SIM905
)

_ROUTING = (
    "SetIdentifier",
    "Weight",
    "Region",
    "GeoLocation",
    "Failover",
    "MultiValueAnswer",
    "HealthCheckId",
)

Key = tuple[str, str]


@dataclass(frozen=True)
class HostedSet:
    """One record set. `content` is {"values": [...]} or {"alias": {...}}, the latter without a TTL."""

    name: str
    type: str
    sort_key: str
    ttl: int | None
    content: dict[str, Any]

    @property
    def key(self) -> Key:
        return self.sort_key, self.type

    def as_values(self) -> Values:
        if alias := self.content.get("alias"):
            return {"Name": self.name, "Type": self.type, "AliasTarget": alias}
        records = [{"Value": value} for value in self.content["values"]]
        return {"Name": self.name, "Type": self.type, "TTL": self.ttl, "ResourceRecords": records}

    def same_content(self, other: HostedSet) -> bool:
        if "alias" in self.content or "alias" in other.content:
            return self.content == other.content
        return self.ttl == other.ttl and sorted(self.content["values"]) == sorted(other.content["values"])


@dataclass
class _Batch:
    """A zone's record sets while a batch is tried on them. What is wrong gathers in `faults`."""

    zone_name: str
    sets: dict[Key, HostedSet]
    faults: list[str] = field(default_factory=list)
    touched: set[Key] = field(default_factory=set)

    def apply(self, action: str, wanted: HostedSet) -> None:
        present = self.sets.get(wanted.key)
        described = f"resource record set [name='{wanted.name}', type='{wanted.type}']"
        self.touched.add(wanted.key)
        if action == "CREATE" and present:
            self.faults.append(f"Tried to create {described} but it already exists")
        elif action == "DELETE" and not present:
            self.faults.append(f"Tried to delete {described} but it was not found")
        elif action == "DELETE" and present and not present.same_content(wanted):
            self.faults.append(
                f"Tried to delete {described} but the values provided do not match the current values"
            )
        elif action == "DELETE":
            del self.sets[wanted.key]
        else:
            self.sets[wanted.key] = wanted

    def check_result(self) -> None:
        apex = sort_key(name_labels(self.zone_name))
        if (apex, "NS") not in self.sets:
            self.faults.append("A HostedZone must contain at least one NS record for the zone itself.")
        if (apex, "SOA") not in self.sets:
            self.faults.append("A HostedZone must contain exactly one SOA record.")
        types: dict[str, set[str]] = {}
        for where, kind in self.sets:
            types.setdefault(where, set()).add(kind)
        for where in sorted({where for where, _ in self.touched}):
            kinds = types.get(where, set())
            if "CNAME" in kinds and where == apex:
                self.faults.append(self._conflict(where, "is not permitted at apex in"))
            elif "CNAME" in kinds and len(kinds) > 1:
                clash = "is not permitted as it conflicts with other records with the same DNS name in"
                self.faults.append(self._conflict(where, clash))

    def _conflict(self, where: str, clash: str) -> str:
        name = self.sets[where, "CNAME"].name
        return f"RRSet of type CNAME with DNS name {name} {clash} zone {self.zone_name}"


def change_record_sets(account: Account, given: Values) -> Values:
    changes = given["ChangeBatch"]["Changes"]
    _refuse_large(changes)
    with account.store.writing() as connection:
        zone = find_zone(connection, given["HostedZoneId"])
        before = {one.key: one for one in read_sets(connection, zone["id"])}
        batch = _try(zone["name"], before, changes)
        change = new_change(connection, account, given["ChangeBatch"].get("Comment"))
        gone = [before[key] for key in before if before[key] != batch.sets.get(key)]
        fresh = [batch.sets[key] for key in batch.sets if batch.sets[key] != before.get(key)]
        _write(connection, zone["id"], gone, fresh, at=change["in_sync_at"])
        _forget_unserved(connection, zone["id"], account.clock())
        return {"ChangeInfo": change_info(change, account.clock())}


def _refuse_large(changes: list[Values]) -> None:
    """The limits of one request; an UPSERT counts twice (Developer Guide, “Quotas”)."""
    records = characters = 0
    for change in changes:
        weight = 2 if change.get("Action") == "UPSERT" else 1
        values = [
            record.get("Value", "") for record in change["ResourceRecordSet"].get("ResourceRecords", [])
        ]
        records += weight * len(values)
        characters += weight * sum(map(len, values))
    if records > MAX_RECORDS:
        raise RefusalError("InvalidChangeBatch", f"[Number of records limit of {MAX_RECORDS} exceeded.]")
    if characters > MAX_CHARACTERS:
        raise RefusalError(
            "InvalidChangeBatch", f"[Number of characters limit of {MAX_CHARACTERS} exceeded.]"
        )


def _try(zone_name: str, before: dict[Key, HostedSet], changes: list[Values]) -> _Batch:
    batch = _Batch(zone_name, dict(before))
    seen: set[tuple[str, Key]] = set()
    for change in changes:
        action, wanted = change.get("Action"), _wanted(zone_name, change)
        if action not in {"CREATE", "DELETE", "UPSERT"}:
            raise RefusalError(
                "InvalidInput", f"“{action}” is not an action; they are CREATE, DELETE and UPSERT."
            )
        if (action, wanted.key) in seen:
            described = f"'{action} {wanted.type} {wanted.name}'"
            message = f"The request contains an invalid set of changes for a resource record set {described}"
            batch.faults.append(message)
        seen.add((action, wanted.key))
        batch.apply(action, wanted)
    batch.check_result()
    if batch.faults:
        raise RefusalError("InvalidChangeBatch", f"[{', '.join(batch.faults)}]")
    return batch


def _wanted(zone_name: str, change: Values) -> HostedSet:
    given = change["ResourceRecordSet"]
    if used := [name for name in _ROUTING if name in given]:
        raise RefusalError("InvalidInput", f"The sandbox has no routing policies ({', '.join(used)}).")
    if given.get("Type") not in TYPES:
        raise RefusalError("InvalidInput", f"“{given.get('Type')}” is not a record type of Route 53.")
    labels = name_labels(given.get("Name", ""), "InvalidChangeBatch")
    zone_labels = name_labels(zone_name)
    name = name_text(labels)
    if labels[-len(zone_labels) :] != zone_labels:
        raise RefusalError(
            "InvalidChangeBatch", f"[RRSet with DNS name {name} is not permitted in zone {zone_name}]"
        )
    return HostedSet(
        name, given["Type"], sort_key(labels), given.get("TTL"), _content(name, change["Action"], given)
    )


def _content(name: str, action: str, given: Values) -> dict[str, Any]:
    values = [record.get("Value", "") for record in given.get("ResourceRecords", [])]
    alias = given.get("AliasTarget")
    if bool(alias) == bool(values and "TTL" in given) or (alias and (values or "TTL" in given)):
        found = "more than one" if alias else "none"
        message = (
            "Invalid request: Expected exactly one of [AliasTarget, all of [TTL, and ResourceRecords], or "
            f"TrafficPolicyInstanceId], but found {found} in Change with [Action={action}, Name={name}, "
            f"Type={given['Type']}, SetIdentifier=null]"
        )
        raise RefusalError("InvalidInput", message)
    if alias:
        return {"alias": alias}
    _refuse_values(name, given["Type"], values, given["TTL"])
    return {"values": values}


def _refuse_values(name: str, record_type: str, values: list[str], ttl: int) -> None:
    for value in values:
        rdata(record_type, value)
    if len(set(values)) < len(values):
        raise RefusalError("InvalidChangeBatch", f"[Duplicate Resource Record in {record_type} {name}]")
    if record_type in {"CNAME", "SOA"} and len(values) > 1:
        raise RefusalError("InvalidChangeBatch", f"[{record_type} {name} can have one value only]")
    if not 0 <= ttl < 2**31:
        raise RefusalError(
            "InvalidInput", f"{ttl} is not a TTL; it is a number of seconds from 0 to 2147483647."
        )


def read_sets(
    connection: sqlite3.Connection, zone_id: str, start: Key = ("", ""), most: int = -1
) -> list[HostedSet]:
    """What the API shows: also what is not in sync yet."""
    rows = connection.execute(
        "SELECT * FROM hosted_record WHERE zone_id = ? AND served_until IS NULL"
        " AND (sort_key, type) >= (?, ?) ORDER BY sort_key, type LIMIT ?",
        (zone_id, *start, most),
    )
    return [_hosted_set(row) for row in rows]


def served_sets(connection: sqlite3.Connection, zone_id: str, now: float) -> list[HostedSet]:
    """What the name servers answer with: only what is in sync."""
    rows = connection.execute(
        "SELECT * FROM hosted_record WHERE zone_id = ? AND served_from <= ?"
        " AND (served_until IS NULL OR served_until > ?)",
        (zone_id, now, now),
    )
    return [_hosted_set(row) for row in rows]


def _hosted_set(row: sqlite3.Row) -> HostedSet:
    return HostedSet(row["name"], row["type"], row["sort_key"], row["ttl"], json.loads(row["content"]))


def _write(
    connection: sqlite3.Connection, zone_id: str, gone: list[HostedSet], fresh: list[HostedSet], *, at: float
) -> None:
    connection.executemany(
        "UPDATE hosted_record SET served_until = ?"
        " WHERE zone_id = ? AND sort_key = ? AND type = ? AND served_until IS NULL",
        [(at, zone_id, *one.key) for one in gone],
    )
    connection.executemany(
        "INSERT INTO hosted_record (zone_id, name, type, sort_key, ttl, content, served_from)"
        " VALUES (?, ?, ?, ?, ?, ?, ?)",
        [(zone_id, one.name, one.type, one.sort_key, one.ttl, json.dumps(one.content), at) for one in fresh],
    )


def _forget_unserved(connection: sqlite3.Connection, zone_id: str, now: float) -> None:
    connection.execute("DELETE FROM hosted_record WHERE zone_id = ? AND served_until <= ?", (zone_id, now))


def list_record_sets(account: Account, given: Values) -> Values:
    """From a name and type onwards, in the order of the reversed labels."""
    size = page_size(given, MAX_PAGE)
    if "StartRecordType" in given and "StartRecordName" not in given:
        raise RefusalError("InvalidInput", "The input is not valid: a start type needs a start name.")
    start = given.get("StartRecordName")
    key = (sort_key(name_labels(start, "InvalidInput")) if start else "", given.get("StartRecordType", ""))
    with account.store.reading() as connection:
        zone = find_zone(connection, given["HostedZoneId"])
        found = read_sets(connection, zone["id"], key, size + 1)
    after = found[size] if len(found) > size else None
    return {
        "ResourceRecordSets": [one.as_values() for one in found[:size]],
        "IsTruncated": after is not None,
        "NextRecordName": after.name if after else None,
        "NextRecordType": after.type if after else None,
        "MaxItems": size,
    }
