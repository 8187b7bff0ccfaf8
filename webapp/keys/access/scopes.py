"""What a key may do: `read` and `write` in all resources, `domains:read` in one. Writing includes reading."""

from __future__ import annotations

from collections.abc import Iterable

from webapp.models import ApiKey

RESOURCES = (
    "accounts",
    "keys",
    "llm-clients",
    "domains",
    "events",
    "webhooks",
    "handover-links",
    "transfers",
    "imports",
)
#: Nothing of these is written by itself.
_ONLY_READ = {"events"}
#: What test keys reach, whatever their scopes: each resource here shows them only test names. A key that reached
#: the others would see more than that, or could make a key that does.
OF_TEST_KEYS = frozenset({"accounts", "llm-clients", "domains", "events", "handover-links"})

READ, WRITE = "read", "write"
ALL = (
    READ,
    WRITE,
    *(
        f"{resource}:{right}"
        for resource in RESOURCES
        for right in (READ, WRITE)
        if right == READ or resource not in _ONLY_READ
    ),
)


def covers(scopes: Iterable[str], needed: str) -> bool:
    """Whether a key with these scopes has the one that is needed."""
    resource, _, right = needed.rpartition(":")
    rights = {right, WRITE}
    wanted = rights | {f"{resource}:{one}" for one in rights} if resource else rights
    return not wanted.isdisjoint(scopes)


def shortest(scopes: Iterable[str]) -> list[str]:
    """The same rights in as few scopes as say them, in the order of `ALL`."""
    given = set(scopes)
    return [one for one in ALL if one in given and not covers(given - {one}, one)]


def is_for_test_keys(scope: str) -> bool:
    """Whether a test key may have it; `read` and `write` reach no more of one than the resources that it may have."""
    resource = scope.rpartition(":")[0]
    return not resource or resource in OF_TEST_KEYS


def allows(key: ApiKey, needed: str) -> bool:
    """Whether the key may do it. Test keys reach few resources, and a new resource is none of theirs at first."""
    return covers(key.scopes, needed) and not (key.is_test and not is_for_test_keys(needed))


def beyond(asked: Iterable[str], own: Iterable[str]) -> list[str]:
    """Those of the scopes asked for that a key with its own scopes has not got."""
    own = list(own)
    return [scope for scope in asked if not covers(own, scope)]
