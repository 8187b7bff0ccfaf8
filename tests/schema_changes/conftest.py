"""Operations of ours on a database in memory, as a migration has them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
import sqlalchemy as sa
from alembic.migration import MigrationContext
from alembic.operations import Operations
from sqlalchemy.pool import StaticPool

from webapp.schema_changes import batches, constraints, indexes, tables  # noqa: F401 - they are registered in `op`


@pytest.fixture
def connection() -> Iterator[sa.Connection]:
    engine = sa.create_engine("sqlite://", poolclass=StaticPool)
    with engine.connect() as found:
        yield found
    engine.dispose()


@pytest.fixture
def op(connection: sa.Connection) -> Iterator[Any]:
    """Inside the transaction that Alembic opens for each migration."""
    context = MigrationContext.configure(connection, opts={"transaction_per_migration": True})
    with Operations.context(context) as operations, context.begin_transaction(_per_migration=True):
        operations.create_table_online(  # type: ignore[attr-defined]
            "thing",
            sa.Column("id", sa.Integer, primary_key=True),
            sa.Column("name", sa.String(20)),
            sa.Index("ix_thing_name", "name"),
        )
        yield operations
