"""When somebody confirmed that they know which records stop resolving once their name is delegated.

Locks: `hosted_zone` for a moment, for a column without a default.
"""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_columns_online(
        "hosted_zone", sa.Column("acknowledged_at", sa.DateTime(timezone=True), nullable=True)
    )


def downgrade() -> None:
    op.drop_columns_online("hosted_zone", "acknowledged_at")
