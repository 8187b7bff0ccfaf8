"""Which LLM clients were made by test keys, so that test keys change no others; and two indexes, by which a person is
found by an address in any letters, and passkeys by their person.

Locks: `llm_client`, for a moment, for a column with a constant. The indexes are built without a lock.
Took: not measured. The column has a constant, as that of `membership` in 0007.
Old code: goes on, and makes LLM clients that test keys cannot change.
"""

import sqlalchemy as sa
from alembic import op

revision = "0034"
down_revision = "0033"
branch_labels = None
depends_on = None


EMAIL, PASSKEYS = "ix_users_lower_email", "ix_webauthn_user_id"


def upgrade() -> None:
    op.add_columns_online(
        "llm_client", sa.Column("is_test", sa.Boolean(), nullable=False, server_default=sa.false())
    )
    op.create_index_online(EMAIL, "users", [sa.text("lower(email)")])
    op.create_index_online(PASSKEYS, "webauthn", ["user_id"])


def downgrade() -> None:
    op.drop_index_online(PASSKEYS, "webauthn")
    op.drop_index_online(EMAIL, "users")
    op.drop_columns_online("llm_client", "is_test")
