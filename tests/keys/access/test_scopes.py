"""What scopes cover."""

from __future__ import annotations

import pytest

from webapp.keys.access import scopes
from webapp.models import ApiKey


@pytest.mark.parametrize(
    ("own", "needed", "may"),
    [
        ("read", "domains:read", True),
        ("read", "domains:write", False),
        ("write", "domains:read", True),
        ("write", "domains:write", True),
        ("domains:read", "domains:read", True),
        ("domains:read", "domains:write", False),
        ("domains:write", "domains:read", True),
        ("domains:write", "events:read", False),
        ("domains:write", "read", False),
        ("write", "read", True),
        ("read", "write", False),
    ],
)
def test_writing_includes_reading_and_one_resource_no_other(own: str, needed: str, may: bool) -> None:
    assert scopes.covers([own], needed) is may


def test_no_scope_covers_nothing() -> None:
    assert not any(scopes.covers([], needed) for needed in scopes.ALL)


def test_every_resource_has_a_scope_to_read() -> None:
    assert {f"{resource}:read" for resource in scopes.RESOURCES} <= set(scopes.ALL)
    assert "events:write" not in scopes.ALL


def test_test_keys_reach_few_resources_whatever_their_scopes() -> None:
    live, test = (ApiKey(scopes=["write"], is_test=one) for one in (False, True))
    reached = {one for one in scopes.RESOURCES if scopes.allows(test, f"{one}:read")}
    assert reached == scopes.OF_TEST_KEYS
    assert all(scopes.allows(live, f"{one}:read") for one in scopes.RESOURCES)


def test_scopes_beyond_those_of_the_asking_key() -> None:
    assert scopes.beyond(["domains:read", "domains:write", "read"], ["domains:write"]) == ["read"]
    assert scopes.beyond(["read", "events:read"], ["write"]) == []
