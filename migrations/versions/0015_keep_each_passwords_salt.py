"""Each password keeps the salt that SECRET_KEY gave it, so that a new key locks nobody out; and the keys of
authenticator apps say which key encrypted them, because another one would make garbage of them without a fault.

Stop the web nodes before it: one of the release before would store hashes without their salt, which never verify
again. Run it with the SECRET_KEY that was in force until now, or with that one alone in SECRET_KEY_FALLBACKS; with
several there it refuses, because a wrong salt makes every password worthless. `flask db downgrade` takes the salts
out again.

Locks: the rows of `users` that have a password, a thousand at a time.
Took: a second or less with 200,000 names; the edge waited at most 0.01 s, others 0.01 s.
Old code: must not go on: see above.
"""

import hashlib
import json
from typing import Any

import sqlalchemy as sa
from alembic import op
from alembic.util import CommandError
from flask import current_app

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None

PREFIX = "$salted-argon2$"
#: The tag of every key of an app that a release before this one stored.
NO_TAG = "1"
users = sa.table(
    "users",
    sa.column("id", sa.Integer),
    sa.column("password", sa.String),
    sa.column("tf_totp_secret", sa.String),
)
HAS_APP = users.c.tf_totp_secret.is_not(None)
UNSALTED = users.c.password.like("$argon2%")


def upgrade() -> None:
    concerned = sa.select(sa.func.count()).select_from(users).where(UNSALTED | HAS_APP)
    if not op.get_bind().execute(concerned).scalar():
        return
    key = _key_of_before()
    salt = _derived(key, "password-salt")
    op.update_in_batches(
        "users",
        "password = :salt || password",
        "password LIKE '$argon2%'",
        parameters={"salt": PREFIX + salt},
    )
    _tag_again(NO_TAG, _tag(key))


def downgrade() -> None:
    """Passwords that were set since 0015 have no salt of ours and must be chosen anew."""
    length = len(PREFIX) + hashlib.sha256().digest_size * 2
    op.update_in_batches("users", f"password = substr(password, {length + 1})", f"password LIKE '{PREFIX}%'")
    _tag_again(_tag(_oldest_key()), NO_TAG)


def _key_of_before() -> str:
    """The releases before knew no SECRET_KEY_FALLBACKS: one that is there now was their SECRET_KEY."""
    if len(current_app.config["SECRET_KEY_FALLBACKS"]) > 1:
        raise CommandError(
            "SECRET_KEY_FALLBACKS has several keys (a comma divides them), and migration 0015 puts the salt of one "
            "into every password. Leave only the key in it that was SECRET_KEY until this upgrade, and run it again."
        )
    return _oldest_key()


def _oldest_key() -> str:
    return str([current_app.config["SECRET_KEY"], *current_app.config["SECRET_KEY_FALLBACKS"]][-1])


def _tag_again(before: str, after: str) -> None:
    def again(row: dict[str, Any]) -> dict[str, Any] | None:
        secret = json.loads(row["tf_totp_secret"])
        if secret.get("enckey", {}).get("t") != before:
            return None
        secret["enckey"]["t"] = after
        return {"tf_totp_secret": json.dumps(secret, sort_keys=True, separators=(",", ":"))}

    op.rewrite_in_batches("users", ["tf_totp_secret"], "tf_totp_secret IS NOT NULL", rewrite=again)


def _tag(key: str) -> str:
    return _derived(_derived(key, "one-time-codes"), "tag")[:8]


def _derived(key: str, purpose: str) -> str:
    return hashlib.sha256(f"{purpose}:{key}".encode()).hexdigest()
