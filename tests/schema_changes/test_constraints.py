"""A column is required once every row has a value."""

from __future__ import annotations

from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError


def test_column_is_filled_and_required_once(op: Any) -> None:
    op.get_bind().execute(sa.text("INSERT INTO thing (id) VALUES (1)"))
    turns: list[int] = []

    def fill() -> None:
        turns.append(1)
        op.update_in_batches("thing", "name = 'x'", "name IS NULL")

    for _ in range(2):
        op.set_not_null_online("thing", "name", existing_type=sa.String(20), fill=fill)
    assert len(turns) == 1, "SQLite lets nobody write meanwhile; what is required is filled no more"
    with pytest.raises(IntegrityError):
        op.get_bind().execute(sa.text("INSERT INTO thing (id) VALUES (2)"))


def test_foreign_key_is_made_once(op: Any) -> None:
    op.add_columns_online("thing", sa.Column("parent_id", sa.Integer))
    for _ in range(2):
        op.create_foreign_key_online(
            "fk_thing_parent_id", "thing", "thing", columns=["parent_id"], referent_columns=["id"]
        )
    assert [one["name"] for one in sa.inspect(op.get_bind()).get_foreign_keys("thing")] == [
        "fk_thing_parent_id"
    ]
