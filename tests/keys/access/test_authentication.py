"""Which keys open something."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import update

from tests.factories import make_key
from webapp.extensions import db
from webapp.keys.access.authentication import authenticate
from webapp.models import Account, ApiKey, utcnow

NOW = utcnow()


def test_key_opens_its_account(account: Account) -> None:
    key, token = make_key(account)
    assert authenticate(token, NOW) is key
    assert key.account is account


def test_key_of_the_platform_has_no_account(account: Account) -> None:
    key, token = make_key(None)
    assert authenticate(token, NOW) is key
    assert key.account is None


def test_wrong_secret_of_a_known_prefix_opens_nothing(account: Account) -> None:
    key, token = make_key(account)
    other = make_key(account)[1]
    assert authenticate(f"{key.prefix}{other[len(key.prefix) :]}", NOW) is None
    assert authenticate(key.prefix, NOW) is None
    assert authenticate(token[:-1], NOW) is None


def test_expired_key_opens_nothing(account: Account) -> None:
    token = make_key(account, expires_at=NOW)[1]
    assert authenticate(token, NOW) is None
    assert authenticate(token, NOW - timedelta(seconds=1)) is not None


def test_key_ends_with_its_account(account: Account) -> None:
    token = make_key(account)[1]
    account.deleted_at = NOW
    db.session.flush()
    assert authenticate(token, NOW) is None


def test_key_that_another_process_revoked_opens_nothing_at_once(account: Account) -> None:
    key, token = make_key(account)
    assert authenticate(token, NOW) is key
    revoke = update(ApiKey).where(ApiKey.id == key.id).values(revoked_at=NOW)
    db.session.execute(revoke.execution_options(synchronize_session=False))
    assert authenticate(token, NOW) is None


@pytest.mark.parametrize("show", [repr, str])
def test_row_shows_no_hash(show: type[str], account: Account) -> None:
    key, token = make_key(account)
    assert show(key) == f"<ApiKey {key.prefix}>"
    assert token not in show(key)
