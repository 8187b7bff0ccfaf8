"""People of one account and of another."""

from __future__ import annotations

import pytest

from tests.factories import make_account, make_domain, make_user
from webapp.extensions import db
from webapp.models import Account, MembershipRole, User


@pytest.fixture
def member(account: Account, customer: User) -> User:
    """Of the same account as `customer`, who owns it."""
    user = make_user(account=account, email="member@acme.test")
    user.memberships[0].role = MembershipRole.MEMBER
    db.session.commit()
    return user


@pytest.fixture
def rival() -> Account:
    """Another account, with an owner and a domain."""
    account = make_account("Rival")
    make_user(account=account, email="owner@rival.test")
    make_domain(account, "chat.rival.test")
    db.session.commit()
    return account
