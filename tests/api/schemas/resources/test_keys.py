"""What can be asked of keys."""

from __future__ import annotations

import pytest
from pydantic import ValidationError

from webapp.api.schemas.resources.keys import NewKey
from webapp.keys.access.scopes import ALL


def test_the_document_names_every_scope() -> None:
    told = NewKey.model_json_schema()["properties"]["scopes"]["description"]
    assert f"Of {', '.join(ALL)}." in told


def test_a_key_may_have_all_scopes_and_needs_one() -> None:
    wanted = NewKey.model_validate({"name": "Billing server", "scopes": [*ALL]})
    assert wanted.scopes == [*ALL]
    with pytest.raises(ValidationError, match="at least 1 item"):
        NewKey.model_validate({"name": "Billing server", "scopes": []})


def test_an_end_without_a_time_zone_is_refused() -> None:
    with pytest.raises(ValidationError, match="timezone"):
        NewKey.model_validate(
            {"name": "Billing server", "scopes": ["read"], "expires_at": "2026-11-27T08:20:00"}
        )
