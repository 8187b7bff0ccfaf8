"""The regions that botocore knows. AWS opens new ones, so an unknown one may be right."""

from __future__ import annotations

from difflib import SequenceMatcher

import boto3


def nearest_region(region: str) -> str | None:
    """None for a region in which ACM is known to be; else the one whose name is closest."""
    session = boto3.session.Session()
    known = [
        one
        for partition in session.get_available_partitions()
        for one in session.get_available_regions("acm", partition_name=partition)
    ]
    if region in known:
        return None
    return max(
        known, key=lambda one: (sorted(one) == sorted(region), SequenceMatcher(None, one, region).ratio())
    )
