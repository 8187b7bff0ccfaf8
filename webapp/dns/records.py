"""The record set: all records of one name and type."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class RecordSet:
    """All records of one name and type.

    Names are lower case without a final dot (the root is "."). Values are in zone-file presentation;
    values that are host names (NS, CNAME, DNAME) are lower case without a final dot too.
    """

    name: str
    type: str
    ttl: int
    values: tuple[str, ...]
