"""Links for whoever manages a domain, and transfers of domains between accounts.

Locks: none.
Took: no time.
Old code: goes on.
"""

revision = "0028"
down_revision = "0027"
branch_labels = None
depends_on = None


def upgrade() -> None:
    pass


def downgrade() -> None:
    pass
