"""Rows are written a few at a time, and what broke off goes on."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
import sqlalchemy as sa

from webapp.schema_changes import batches

ROWS = 25


@pytest.fixture(autouse=True)
def _small_batches(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(batches, "AT_ONCE", 10)
    monkeypatch.setattr(batches, "REWRITTEN_AT_ONCE", 10)


@pytest.fixture
def written(op: Any) -> Iterator[list[int]]:
    """How many rows each statement wrote; the ids have gaps."""
    rows = [{"id": 3 * number, "name": f"N{number}"} for number in range(1, ROWS + 1)]
    op.get_bind().execute(sa.text("INSERT INTO thing (id, name) VALUES (:id, :name)"), rows)
    found: list[int] = []

    def after(_connection: Any, cursor: Any, statement: str, *_: Any) -> None:
        if statement.startswith(("UPDATE", "DELETE", "INSERT INTO other")):
            found.append(cursor.rowcount)

    sa.event.listen(op.get_bind(), "after_cursor_execute", after)
    yield found
    sa.event.remove(op.get_bind(), "after_cursor_execute", after)


def names(op: Any) -> list[str]:
    return list(op.get_bind().execute(sa.text("SELECT name FROM thing ORDER BY id")).scalars())


def test_update_writes_every_row_once_and_ten_at_a_time(op: Any, written: list[int]) -> None:
    for _ in range(2):
        op.update_in_batches(
            "thing",
            "name = lower(name) || :end",
            "name LIKE 'N%' AND name NOT LIKE '%!'",
            parameters={"end": "!"},
        )
    assert written == [10, 10, 5]
    assert names(op)[::24] == ["n1!", "n25!"]


def test_update_passes_by_what_is_done(op: Any, written: list[int]) -> None:
    op.update_in_batches("thing", "name = NULL", "name IS NOT NULL AND id > 60")
    op.update_in_batches("thing", "name = NULL", "name IS NOT NULL")
    assert written == [5, 10, 10]


def test_delete_and_insert_are_batches_as_well(op: Any, written: list[int]) -> None:
    op.create_table_online("other", sa.Column("id", sa.Integer, primary_key=True))
    for _ in range(2):
        op.insert_in_batches(
            "INSERT INTO other (id) SELECT id FROM thing WHERE [batch] ON CONFLICT DO NOTHING", "thing"
        )
    assert written == [10, 10, 5, 0, 0, 0]
    op.delete_in_batches("other", "id > 3")
    assert written[6:] == [10, 10, 4]


@pytest.mark.parametrize("statement", ["INSERT INTO a SELECT 1 ON CONFLICT DO NOTHING", "INSERT … [batch]"])
def test_insert_that_cannot_be_run_again_is_refused(op: Any, statement: str) -> None:
    with pytest.raises(ValueError, match="ON CONFLICT"):
        op.insert_in_batches(statement, "thing")


def test_rewriting_goes_on_behind_the_batch_that_was_done(op: Any, written: list[int]) -> None:
    seen: list[str] = []

    def rewrite(row: dict[str, Any]) -> dict[str, Any] | None:
        seen.append(row["name"])
        if len(seen) == 15:
            raise LookupError("killed in the second batch")
        return None if row["name"] == "N2" else {"name": row["name"].lower()}

    with pytest.raises(LookupError):
        op.rewrite_in_batches("thing", ["name"], "name LIKE 'N%' AND name <> lower(name)", rewrite=rewrite)
    assert names(op)[9:11] == ["n10", "N11"], "what the killed batch had done is taken back"
    op.rewrite_in_batches("thing", ["name"], "name LIKE 'N%' AND name <> lower(name)", rewrite=rewrite)
    assert sum(name.startswith("n") for name in names(op)) == ROWS - 1
    assert seen.count("N3") == 1
    assert seen.count("N11") == 2


def test_rewriting_writes_documents_and_goes_by_any_key(op: Any) -> None:
    op.create_table_online(
        "status", sa.Column("component", sa.String(9), primary_key=True), sa.Column("params", sa.JSON)
    )
    op.get_bind().execute(sa.text("INSERT INTO status VALUES ('mail', NULL), ('dns', NULL)"))
    op.rewrite_in_batches(
        "status",
        [],
        "params IS NULL",
        rewrite=lambda row: {"params": {"of": row["row_key"]}},
        key="component",
    )
    found = op.get_bind().execute(sa.text("SELECT params FROM status ORDER BY component")).scalars().all()
    assert found == ['{"of": "dns"}', '{"of": "mail"}']
