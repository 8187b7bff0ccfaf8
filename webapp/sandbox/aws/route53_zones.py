"""The hosted zones of the pretended Route 53: made, found, listed, deleted."""

from __future__ import annotations

import json
import secrets
import sqlite3
import string
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime

from webapp.sandbox.aws.faults import Controls
from webapp.sandbox.aws.rest_xml import RefusalError, Values
from webapp.sandbox.aws.route53_servers import allot_servers
from webapp.sandbox.aws.route53_values import name_labels, name_text, sort_key
from webapp.sandbox.shared.environment import route53_server
from webapp.sandbox.shared.store import Store

NS_TTL, SOA_TTL = 172800, 900
MAX_PAGE = 100

_ID_LETTERS = string.ascii_uppercase + string.digits


@dataclass(frozen=True)
class Account:
    """The one AWS account of the sandbox: its data, the switches of its faults, and its clock."""

    store: Store
    controls: Controls
    clock: Callable[[], float] = time.time


def new_change(connection: sqlite3.Connection, account: Account, comment: str | None = None) -> sqlite3.Row:
    now = account.clock()
    return one(
        connection.execute(
            "INSERT INTO change (id, submitted_at, in_sync_at, comment) VALUES (?, ?, ?, ?) RETURNING *",
            (_new_id("C"), now, now + account.controls.in_sync_seconds, comment),
        )
    )


def one(cursor: sqlite3.Cursor) -> sqlite3.Row:
    row: sqlite3.Row = cursor.fetchall()[0]
    return row


def change_info(change: sqlite3.Row, now: float) -> Values:
    return {
        "Id": f"/change/{change['id']}",
        "Status": "PENDING" if now < change["in_sync_at"] else "INSYNC",
        "SubmittedAt": datetime.fromtimestamp(change["submitted_at"], UTC),
        "Comment": change["comment"],
    }


def find_zone(connection: sqlite3.Connection, zone_id: str) -> sqlite3.Row:
    row: sqlite3.Row | None = connection.execute(
        "SELECT * FROM hosted_zone WHERE id = ? AND NOT deleted", (zone_id,)
    ).fetchone()
    if row is None:
        raise RefusalError("NoSuchHostedZone", f"No hosted zone found with ID: {zone_id}", 404)
    return row


def create_hosted_zone(account: Account, given: Values) -> Values:
    labels = name_labels(given["Name"])
    name = name_text(labels)
    if len(labels) < 2:
        raise RefusalError("InvalidDomainName", f"{name} is reserved by AWS!")
    if given.get("DelegationSetId"):
        raise RefusalError("NoSuchDelegationSet", "The specified delegation set does not exist.")
    config = given.get("HostedZoneConfig", {})
    if given.get("VPC") or config.get("PrivateZone"):
        raise RefusalError("InvalidInput", "The sandbox has public hosted zones only.")
    with account.store.writing() as connection:
        _refuse_known_reference(connection, given["CallerReference"])
        _refuse_full_account(connection, account.controls.zone_limit)
        numbers = allot_servers(connection, name, account.clock())
        change = new_change(connection, account)
        zone = one(
            connection.execute(
                "INSERT INTO hosted_zone (id, name, sort_key, caller_reference, comment, served_from)"
                " VALUES (?, ?, ?, ?, ?, ?) RETURNING *",
                (
                    _new_id("Z"),
                    name,
                    sort_key(labels),
                    given["CallerReference"],
                    config.get("Comment"),
                    change["in_sync_at"],
                ),
            )
        )
        _add_apex(connection, zone, numbers)
        location = f"https://route53.amazonaws.com/2013-04-01/hostedzone/{zone['id']}"
        return {
            "HostedZone": zone_values(connection, zone),
            "ChangeInfo": change_info(change, account.clock()),
            "DelegationSet": _delegation_set(connection, zone["id"]),
            "Location": location,
        }


def _refuse_known_reference(connection: sqlite3.Connection, reference: str) -> None:
    """A reference is used up for ever, that of a deleted zone too."""
    known = connection.execute(
        "SELECT 1 FROM hosted_zone WHERE caller_reference = ?", (reference,)
    ).fetchone()
    if known:
        message = "A hosted zone has already been created with the specified caller reference."
        raise RefusalError("HostedZoneAlreadyExists", message, 409)


def _refuse_full_account(connection: sqlite3.Connection, limit: int) -> None:
    if _count(connection) >= limit:
        raise RefusalError(
            "TooManyHostedZones", "Limits Exceeded: MAX_HOSTED_ZONES_BY_OWNER - Cannot create more."
        )


def _count(connection: sqlite3.Connection) -> int:
    (count,) = connection.execute("SELECT count(*) FROM hosted_zone WHERE NOT deleted").fetchone()
    return int(count)


def _add_apex(connection: sqlite3.Connection, zone: sqlite3.Row, numbers: list[int]) -> None:
    servers = [f"{route53_server(number)}." for number in numbers]
    soa = f"{servers[0]} awsdns-hostmaster.amazon.com. 1 7200 900 1209600 86400"
    connection.executemany(
        "INSERT INTO hosted_zone_server (zone_id, number, position) VALUES (?, ?, ?)",
        [(zone["id"], number, position) for position, number in enumerate(numbers)],
    )
    connection.executemany(
        "INSERT INTO hosted_record (zone_id, name, type, sort_key, ttl, content, served_from)"
        " VALUES (?, ?, ?, ?, ?, ?, ?)",
        [
            (
                zone["id"],
                zone["name"],
                kind,
                zone["sort_key"],
                ttl,
                json.dumps({"values": values}),
                zone["served_from"],
            )
            for kind, ttl, values in (("NS", NS_TTL, servers), ("SOA", SOA_TTL, [soa]))
        ],
    )


def _delegation_set(connection: sqlite3.Connection, zone_id: str) -> Values:
    rows = connection.execute(
        "SELECT number FROM hosted_zone_server WHERE zone_id = ? ORDER BY position", (zone_id,)
    )
    return {"NameServers": [route53_server(row["number"]) for row in rows]}


def zone_values(connection: sqlite3.Connection, zone: sqlite3.Row) -> Values:
    (count,) = connection.execute(
        "SELECT count(*) FROM hosted_record WHERE zone_id = ? AND served_until IS NULL", (zone["id"],)
    ).fetchone()
    return {
        "Id": f"/hostedzone/{zone['id']}",
        "Name": zone["name"],
        "CallerReference": zone["caller_reference"],
        "Config": {"Comment": zone["comment"], "PrivateZone": False},
        "ResourceRecordSetCount": count,
    }


def get_hosted_zone(account: Account, given: Values) -> Values:
    with account.store.reading() as connection:
        zone = find_zone(connection, given["Id"])
        return {
            "HostedZone": zone_values(connection, zone),
            "DelegationSet": _delegation_set(connection, zone["id"]),
        }


def delete_hosted_zone(account: Account, given: Values) -> Values:
    with account.store.writing() as connection:
        zone = find_zone(connection, given["Id"])
        if zone_values(connection, zone)["ResourceRecordSetCount"] > 2:
            message = "The specified hosted zone contains non-required resource record sets and so cannot be deleted."
            raise RefusalError("HostedZoneNotEmpty", message)
        change = new_change(connection, account)
        connection.execute(
            "UPDATE hosted_zone SET deleted = 1, served_until = ? WHERE id = ?",
            (change["in_sync_at"], zone["id"]),
        )
        connection.execute("DELETE FROM tag WHERE zone_id = ?", (zone["id"],))
        return {"ChangeInfo": change_info(change, account.clock())}


def list_hosted_zones(account: Account, given: Values) -> Values:
    """In the order of their ids; the marker is the id of the first zone of the page."""
    size, marker = page_size(given, MAX_PAGE), given.get("Marker", "")
    with account.store.reading() as connection:
        rows = [] if given.get("HostedZoneType") else _page_by_id(connection, marker, size + 1)
        return {
            "HostedZones": [zone_values(connection, zone) for zone in rows[:size]],
            "Marker": marker or None,
            "MaxItems": size,
            "IsTruncated": len(rows) > size,
            "NextMarker": rows[size]["id"] if len(rows) > size else None,
        }


def _page_by_id(connection: sqlite3.Connection, marker: str, size: int) -> list[sqlite3.Row]:
    query = "SELECT * FROM hosted_zone WHERE NOT deleted AND id >= ? ORDER BY id LIMIT ?"
    return connection.execute(query, (marker, size)).fetchall()


def list_hosted_zones_by_name(account: Account, given: Values) -> Values:
    """From `DNSName` onwards, in the order of the reversed labels: a place to start, never a filter."""
    size, start = page_size(given, MAX_PAGE), given.get("DNSName")
    if given.get("HostedZoneId") and not start:
        raise RefusalError("InvalidInput", "A hosted zone id needs a DNS name beside it.")
    key = sort_key(name_labels(start)) if start else ""
    query = (
        "SELECT * FROM hosted_zone WHERE NOT deleted AND (sort_key, id) >= (?, ?)"
        " ORDER BY sort_key, id LIMIT ?"
    )
    with account.store.reading() as connection:
        rows = connection.execute(query, (key, given.get("HostedZoneId", ""), size + 1)).fetchall()
        after = rows[size] if len(rows) > size else None
        return {
            "HostedZones": [zone_values(connection, zone) for zone in rows[:size]],
            "DNSName": start,
            "HostedZoneId": given.get("HostedZoneId"),
            "MaxItems": size,
            "IsTruncated": after is not None,
            "NextDNSName": after["name"] if after else None,
            "NextHostedZoneId": after["id"] if after else None,
        }


def page_size(given: Values, most: int) -> int:
    """MaxItems travels as text."""
    text = str(given.get("MaxItems", most))
    if not text.isdecimal() or int(text) < 1:
        raise RefusalError(
            "InvalidInput", f"1 validation error detected: '{text}' at 'maxItems' is not a number from 1"
        )
    return min(int(text), most)


def get_hosted_zone_count(account: Account, _given: Values) -> Values:
    with account.store.reading() as connection:
        return {"HostedZoneCount": _count(connection)}


def get_account_limit(account: Account, given: Values) -> Values:
    if given["Type"] != "MAX_HOSTED_ZONES_BY_OWNER":
        raise RefusalError("InvalidInput", f"The sandbox knows no limit of the type {given['Type']}.")
    with account.store.reading() as connection:
        limit = {"Type": given["Type"], "Value": account.controls.zone_limit}
        return {"Limit": limit, "Count": _count(connection)}


def get_change(account: Account, given: Values) -> Values:
    with account.store.reading() as connection:
        change = connection.execute("SELECT * FROM change WHERE id = ?", (given["Id"],)).fetchone()
    if change is None:
        raise RefusalError("NoSuchChange", f"Could not find resource with ID: {given['Id']}", 404)
    return {"ChangeInfo": change_info(change, account.clock())}


def _new_id(kind: str) -> str:
    return kind + "".join(secrets.choice(_ID_LETTERS) for _ in range(20))
