"""Tables and columns come and go once, however often the migration is run."""

from __future__ import annotations

from typing import Any

import pytest
import sqlalchemy as sa


def columns(op: Any) -> set[str]:
    return {one["name"] for one in sa.inspect(op.get_bind()).get_columns("thing")}


def test_table_that_is_there_is_left_alone(op: Any) -> None:
    op.create_table_online("thing", sa.Column("other", sa.Integer))
    assert columns(op) == {"id", "name"}
    assert [one["name"] for one in sa.inspect(op.get_bind()).get_indexes("thing")] == ["ix_thing_name"]


def test_only_missing_columns_are_added(op: Any) -> None:
    for _ in range(2):
        op.add_columns_online("thing", sa.Column("name", sa.Text), sa.Column("size", sa.Integer))
    assert columns(op) == {"id", "name", "size"}
    assert op.has_column("thing", "size")


@pytest.mark.parametrize("default", [None, sa.func.now(), sa.text("random()")])
def test_column_for_which_every_row_would_be_written_is_refused(op: Any, default: Any) -> None:
    with pytest.raises(ValueError, match=r"thing\.made"):
        op.add_columns_online("thing", sa.Column("made", sa.Text, nullable=False, server_default=default))


@pytest.mark.parametrize("default", ["0", sa.true(), sa.false()])
def test_constant_is_a_default(op: Any, default: Any) -> None:
    op.add_columns_online("thing", sa.Column("good", sa.Boolean, nullable=False, server_default=default))
    assert op.has_column("thing", "good")


def test_columns_and_tables_go_once(op: Any) -> None:
    op.drop_index_online("ix_thing_name", "thing")
    for _ in range(2):
        op.drop_columns_online("thing", "name", "never")
    assert columns(op) == {"id"}
    for _ in range(2):
        op.drop_tables_online("thing", "never")
    assert not op.has_table("thing")


@pytest.mark.parametrize("change", [{"nullable": False}, {"type_": sa.Text()}])
def test_change_that_reads_every_row_is_refused(op: Any, change: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="every row"):
        op.alter_online("thing", "name", **change)


def test_step_that_fails_leaves_nothing_behind(op: Any) -> None:
    def half() -> None:
        op.add_column("thing", sa.Column("size", sa.Integer))
        raise LookupError("in the middle")

    with pytest.raises(LookupError):
        op.with_lock_retries(half)
    assert columns(op) == {"id", "name"}
