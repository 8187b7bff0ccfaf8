"""When staff last cleared somebody's tries to get in, and an index of the certificates that have a problem.

Tries from before that time count no more. By the index staff see how many names wait for their owners.

Locks: `users`, for a moment, for a column that starts empty. The index is built without a lock.
Took: not measured. The column starts empty, as in 0018, and the index has few rows.
Old code: goes on, and counts the tries that were cleared until their hour is over.
"""

import sqlalchemy as sa
from alembic import op

revision = "0033"
down_revision = "0029"
branch_labels = None
depends_on = None

CERTIFICATE, TROUBLED = "certificate", "ix_certificate_problem_code"


def upgrade() -> None:
    op.add_columns_online("users", sa.Column("tries_cleared_at", sa.DateTime(timezone=True), nullable=True))
    some = sa.text("problem_code IS NOT NULL")
    op.create_index_online(TROUBLED, CERTIFICATE, ["problem_code"], sqlite_where=some, postgresql_where=some)


def downgrade() -> None:
    op.drop_index_online(TROUBLED, CERTIFICATE)
    op.drop_columns_online("users", "tries_cleared_at")
