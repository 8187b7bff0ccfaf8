"""${message}

Locks: say here which tables this holds on PostgreSQL, and for how long.
Took: say here how long, and how long the edge waited at most, by
`python -m benchmarks.migrations --rows 200000`.
Old code: say here whether the release before can go on working until it is restarted.

Nobody may wait for a migration longer than a second; tests/schema_changes holds this one to it.
- Use the operations of webapp/schema_changes: `op.create_table_online`, `op.add_columns_online`,
  `op.drop_columns_online`, `op.create_index_online` (concurrently), `op.set_not_null_online` and
  `op.create_foreign_key_online` (not valid, then validated), `op.update_in_batches`, `op.rewrite_in_batches`.
- Each is committed by itself and does nothing that is done, so that a migration that broke off can be run again. Let
  the condition of a batch hold for no row that is done.
- Build what is new before dropping what is old: an index that replaces another is there first.
- A column gets no other type. Add a new one, fill it, and drop the former in a later release.
- Old code meets the new schema until it is restarted: a new column is empty or has a default, and what old code reads
  goes in a later release.
- Import no model: a migration has to work when the models have moved on.
Then delete this list.
"""

import sqlalchemy as sa
from alembic import op
${imports if imports else ""}
revision = ${repr(up_revision)}
down_revision = ${repr(down_revision)}
branch_labels = ${repr(branch_labels)}
depends_on = ${repr(depends_on)}


def upgrade() -> None:
    ${upgrades if upgrades else "pass"}


def downgrade() -> None:
    ${downgrades if downgrades else "pass"}
