"""Many names at once: imports and their lines.

Locks: none.
Took: no time.
Old code: goes on.
"""

revision = "0029"
down_revision = "0028"
branch_labels = None
depends_on = None


def upgrade() -> None:
    pass


def downgrade() -> None:
    pass
