"""The row of a key."""

from __future__ import annotations

from datetime import timedelta

import pytest

from webapp.models import Account, ApiKey, ValidationError, utcnow

NOW = utcnow()


def test_key_is_valid_until_it_is_revoked_or_expires_or_its_account_goes() -> None:
    assert ApiKey().is_valid(NOW)
    assert ApiKey(expires_at=NOW + timedelta(seconds=1)).is_valid(NOW)
    assert not ApiKey(expires_at=NOW).is_valid(NOW)
    assert not ApiKey(revoked_at=NOW).is_valid(NOW)
    assert ApiKey(account=Account(name="Acme")).is_valid(NOW)
    assert not ApiKey(account=Account(name="Acme", deleted_at=NOW)).is_valid(NOW)


def test_name_can_be_read() -> None:
    with pytest.raises(ValidationError, match="Leave out the character"):
        ApiKey(name="Deploy\u202e")
