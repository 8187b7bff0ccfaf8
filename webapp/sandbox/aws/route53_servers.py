"""Which four of the 2,048 name servers a new hosted zone gets."""

from __future__ import annotations

import random
import secrets
import sqlite3

from webapp.sandbox.aws.rest_xml import RefusalError
from webapp.sandbox.shared.environment import (
    GROUPS_PER_SUFFIX,
    ROUTE53_SUFFIXES,
    SERVERS_PER_GROUP,
    route53_group,
)


def allot_servers(connection: sqlite3.Connection, name: str, now: float) -> list[int]:
    """Four servers, one per suffix: a set that no zone ever had, and none that a zone of this name ever had.

    Zones of one name must sit in different groups of servers, or their answers could not be told apart. When
    a suffix has no group left the account gets the answer of a Route 53 that has too many zones of this name.
    """
    rows = connection.execute(
        "SELECT number, name, served_until IS NULL OR served_until > :now AS served"
        " FROM hosted_zone_server JOIN hosted_zone ON id = zone_id"
        " WHERE name = :name OR name LIKE '%.' || :name OR :name LIKE '%.' || name",
        {"now": now, "name": name},
    ).fetchall()
    used = {row["number"] for row in rows if row["name"] == name}
    taken = {route53_group(row["number"]) for row in rows if row["name"] == name and row["served"]}
    related = {route53_group(row["number"]) for row in rows if row["served"]}
    while True:
        numbers = [_pick(suffix, taken, related, used) for suffix in range(len(ROUTE53_SUFFIXES))]
        if not _set_exists(connection, numbers):
            random.shuffle(numbers)
            return numbers


def _pick(suffix: int, taken: set[int], related: set[int], used: set[int]) -> int:
    groups = set(range(suffix * GROUPS_PER_SUFFIX, (suffix + 1) * GROUPS_PER_SUFFIX))
    free = [number for group in groups - taken - related or groups - taken for number in _servers(group)]
    fresh = [number for number in free if number not in used]
    if not fresh:
        message = "Route 53 has too many hosted zones with this name or a name above or below it."
        raise RefusalError("DelegationSetNotAvailable", message)
    return secrets.choice(fresh)


def _servers(group: int) -> range:
    return range(group * SERVERS_PER_GROUP, (group + 1) * SERVERS_PER_GROUP)


def _set_exists(connection: sqlite3.Connection, numbers: list[int]) -> bool:
    found = connection.execute(
        "SELECT 1 FROM hosted_zone_server WHERE number IN (?, ?, ?, ?) GROUP BY zone_id HAVING count(*) = 4",
        numbers,
    )
    return found.fetchone() is not None
