"""Which LLM clients were made by test keys, so that test keys change no others.

Locks: `llm_client`, for a moment, for a column with a constant.
Took: not measured. The column has a constant, as that of `membership` in 0007.
Old code: goes on, and makes LLM clients that test keys cannot change.
"""

import sqlalchemy as sa
from alembic import op

revision = "0034"
down_revision = "0033"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_columns_online(
        "llm_client", sa.Column("is_test", sa.Boolean(), nullable=False, server_default=sa.false())
    )


def downgrade() -> None:
    op.drop_columns_online("llm_client", "is_test")
