"""Run by Alembic, through `flask db`, inside the application's context."""

from collections.abc import Iterator
from contextlib import contextmanager
from logging.config import fileConfig

from alembic import context
from flask import current_app
from sqlalchemy import Connection

from webapp.schema_changes import batches, constraints, indexes, tables  # noqa: F401 - they are registered in `op`
from webapp.schema_changes.transactions import only_one, take_your_time

fileConfig(context.config.config_file_name, disable_existing_loggers=False)
database = current_app.extensions["migrate"].db


@contextmanager
def foreign_keys_off(connection: Connection) -> Iterator[None]:
    """SQLite alters a table by copying and dropping it, and with foreign keys on, the drop would delete what refers
    to the table. It must not be inside a transaction; afterwards every reference is checked.
    """
    if connection.dialect.name != "sqlite":
        yield
        return
    sqlite = connection.connection.dbapi_connection
    sqlite.execute("PRAGMA foreign_keys=OFF")
    try:
        yield
        if dangling := sqlite.execute("PRAGMA foreign_key_check").fetchall():
            raise RuntimeError(f"rows refer to what is not there: {dangling[:5]}")
    finally:
        sqlite.execute("PRAGMA foreign_keys=ON")


def run_migrations() -> None:
    """SQLite cannot alter a table in place, hence the batch mode. The steps of a migration commit themselves. Only
    its number is written in the transaction that Alembic opens for it.
    """
    engine = database.engine
    with only_one(engine), engine.connect() as connection, foreign_keys_off(connection):
        take_your_time(connection)
        context.configure(
            connection=connection,
            target_metadata=database.metadatas[None],
            transaction_per_migration=True,
            **current_app.extensions["migrate"].configure_args,
        )
        with context.begin_transaction():
            context.run_migrations()


run_migrations()
