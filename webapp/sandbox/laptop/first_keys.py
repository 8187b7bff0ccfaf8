"""The API keys in `run.json`: one of the first customer's account, and one of the platform for staff."""

from __future__ import annotations

from dataclasses import replace

from sqlalchemy import select

from webapp.audit.log import SYSTEM
from webapp.extensions import db
from webapp.keys import services
from webapp.keys.access.authentication import authenticate
from webapp.keys.access.scopes import WRITE
from webapp.keys.services import MadeKey, Wanted
from webapp.models import Account, Membership, User, utcnow
from webapp.sandbox.laptop.first_data import SignIn, SignIns


def with_keys(sign_ins: SignIns) -> SignIns:
    """The sign-ins with a key each. Those of an earlier run are kept while they work. Commits."""
    account = _account_of(sign_ins.customer)
    customer = _working(sign_ins.customer.api_key, account) if account else None
    staff = _working(sign_ins.staff.api_key, None)
    db.session.commit()
    return SignIns(replace(sign_ins.customer, api_key=customer), replace(sign_ins.staff, api_key=staff))


def _account_of(sign_in: SignIn) -> Account | None:
    """None once somebody deleted it, or took the customer out of it."""
    return db.session.scalar(
        select(Account)
        .join(Membership)
        .join(User, User.id == Membership.user_id)
        .where(User.email == sign_in.email, Account.deleted_at.is_(None))
        .order_by(Membership.id)
        .limit(1)
    )


def _working(secret: str | None, account: Account | None) -> str | None:
    """The key if it still opens this account (None: the platform), else a new one. None when there are too many."""
    now = utcnow()
    key = authenticate(secret or "", now)
    if key is not None and key.account is account:
        return secret
    made = services.create(account, Wanted("make run", [WRITE]), actor=SYSTEM, now=now)
    return made.secret if isinstance(made, MadeKey) else None
