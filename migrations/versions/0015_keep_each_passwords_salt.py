"""Each password keeps the salt that SECRET_KEY gave it, so that a new key locks nobody out.

Stop the web nodes before it: one of the release before would store hashes without their salt, which never verify
again. Run it with the SECRET_KEY that was in force until now, or with that one alone in SECRET_KEY_FALLBACKS; with
several there it refuses, because a wrong salt makes every password worthless. `flask db downgrade` takes the salts
out again. Locks: the rows of `users` that have a password, while they are rewritten.
"""

import hashlib

import sqlalchemy as sa
from alembic import op
from alembic.util import CommandError
from flask import current_app

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None

PREFIX = "$salted-argon2$"
users = sa.table("users", sa.column("password", sa.String))


def upgrade() -> None:
    unsalted = users.c.password.like("$argon2%")
    if op.get_bind().execute(sa.select(sa.func.count()).select_from(users).where(unsalted)).scalar():
        salt = hashlib.sha256(f"password-salt:{_key_of_before()}".encode()).hexdigest()
        op.execute(
            users.update().where(unsalted).values(password=sa.literal(PREFIX + salt) + users.c.password)
        )


def _key_of_before() -> str:
    """The releases before knew no SECRET_KEY_FALLBACKS: one that is there now was their SECRET_KEY."""
    fallbacks = current_app.config["SECRET_KEY_FALLBACKS"]
    if len(fallbacks) > 1:
        raise CommandError(
            "SECRET_KEY_FALLBACKS has several keys (a comma divides them), and migration 0015 puts the salt of one "
            "into every password. Leave only the key in it that was SECRET_KEY until this upgrade, and run it again."
        )
    return str([current_app.config["SECRET_KEY"], *fallbacks][-1])


def downgrade() -> None:
    """Passwords that were set since 0015 have no salt of ours and must be chosen anew."""
    length = len(PREFIX) + hashlib.sha256().digest_size * 2
    op.execute(
        users.update()
        .where(users.c.password.like(f"{PREFIX}%"))
        .values(password=sa.func.substr(users.c.password, length + 1))
    )
