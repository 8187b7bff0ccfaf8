"""Each password keeps the salt that SECRET_KEY gave it, so that a new key locks nobody out.

Run it with the SECRET_KEY that was in force until now, alone or as the last of SECRET_KEY_FALLBACKS. Locks: the rows
of `users` that have a password, while they are rewritten.
"""

import hashlib

import sqlalchemy as sa
from alembic import op
from flask import current_app

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None

PREFIX = "$salted-argon2$"
users = sa.table("users", sa.column("password", sa.String))


def upgrade() -> None:
    key = [current_app.config["SECRET_KEY"], *current_app.config["SECRET_KEY_FALLBACKS"]][-1]
    salt = hashlib.sha256(f"password-salt:{key}".encode()).hexdigest()
    op.execute(
        users.update()
        .where(users.c.password.like("$argon2%"))
        .values(password=sa.literal(PREFIX + salt) + users.c.password)
    )


def downgrade() -> None:
    """Passwords that were set since 0015 have no salt of ours and must be chosen anew."""
    length = len(PREFIX) + hashlib.sha256().digest_size * 2
    op.execute(
        users.update()
        .where(users.c.password.like(f"{PREFIX}%"))
        .values(password=sa.func.substr(users.c.password, length + 1))
    )
