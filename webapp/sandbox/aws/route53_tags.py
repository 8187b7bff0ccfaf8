"""Tags of hosted zones."""

from __future__ import annotations

import sqlite3

from webapp.sandbox.aws.rest_xml import RefusalError, Values
from webapp.sandbox.aws.route53_zones import Account, find_zone

MAX_TAGS = 10


def change_tags(account: Account, given: Values) -> Values:
    with account.store.writing() as connection:
        zone_id = _tagged_zone(connection, given["ResourceType"], given["ResourceId"])
        connection.executemany(
            "DELETE FROM tag WHERE zone_id = ? AND key = ?",
            [(zone_id, key) for key in given.get("RemoveTagKeys", [])],
        )
        connection.executemany(
            "INSERT INTO tag (zone_id, key, value) VALUES (?, ?, ?)"
            " ON CONFLICT (zone_id, key) DO UPDATE SET value = excluded.value",
            [(zone_id, tag["Key"], tag.get("Value", "")) for tag in given.get("AddTags", [])],
        )
        if len(_tags(connection, zone_id)) > MAX_TAGS:
            raise RefusalError("InvalidInput", f"A resource can have {MAX_TAGS} tags at most.")
    return {}


def list_tags(account: Account, given: Values) -> Values:
    with account.store.reading() as connection:
        zone_id = _tagged_zone(connection, given["ResourceType"], given["ResourceId"])
        return {"ResourceTagSet": _tag_set(connection, zone_id)}


def list_tags_of_several(account: Account, given: Values) -> Values:
    if len(given["ResourceIds"]) > 10:
        raise RefusalError(
            "InvalidInput", "1 validation error detected: 'resourceIds' has more than 10 members"
        )
    with account.store.reading() as connection:
        zone_ids = [
            _tagged_zone(connection, given["ResourceType"], one_id) for one_id in given["ResourceIds"]
        ]
        return {"ResourceTagSets": [_tag_set(connection, zone_id) for zone_id in zone_ids]}


def _tagged_zone(connection: sqlite3.Connection, resource_type: str, resource_id: str) -> str:
    if resource_type != "hostedzone":
        raise RefusalError("InvalidInput", f"The sandbox has no resources of the type {resource_type}.")
    return str(find_zone(connection, resource_id)["id"])


def _tags(connection: sqlite3.Connection, zone_id: str) -> list[Values]:
    rows = connection.execute("SELECT key, value FROM tag WHERE zone_id = ? ORDER BY key", (zone_id,))
    return [{"Key": row["key"], "Value": row["value"]} for row in rows]


def _tag_set(connection: sqlite3.Connection, zone_id: str) -> Values:
    return {"ResourceType": "hostedzone", "ResourceId": zone_id, "Tags": _tags(connection, zone_id)}
