"""What `make run` puts into an empty database: a customer with an LLM client, and a member of staff."""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field
from typing import cast

from flask_security.utils import hash_password, naive_utcnow
from sqlalchemy import select

from webapp.extensions import datastore, db
from webapp.models import STAFF_ROLE, Account, LLMClient, Membership, MembershipRole, User

CUSTOMER_EMAIL = "customer@nameplate.test"
STAFF_EMAIL = "staff@nameplate.test"


@dataclass(frozen=True)
class SignIn:
    """`api_key`: None in files of earlier releases, and for somebody without an account."""

    email: str
    password: str = field(repr=False)
    api_key: str | None = field(default=None, repr=False)


@dataclass(frozen=True)
class SignIns:
    customer: SignIn
    staff: SignIn


def new_sign_ins() -> SignIns:
    return SignIns(
        customer=SignIn(CUSTOMER_EMAIL, secrets.token_urlsafe(12)),
        staff=SignIn(STAFF_EMAIL, secrets.token_urlsafe(12)),
    )


def make_first_data(sign_ins: SignIns) -> None:
    """Make what is missing, and let both sign in with these passwords. Commits."""
    customer = _user(sign_ins.customer)
    if not customer.memberships:
        account = Account(name="Acme")
        account.memberships.append(Membership(user=customer, role=MembershipRole.OWNER))
        account.llm_clients.append(LLMClient(name="Sales assistant", deployed=True))
        db.session.add(account)
    staff = _user(sign_ins.staff)
    datastore.add_role_to_user(staff, datastore.find_or_create_role(STAFF_ROLE))
    db.session.commit()


def _user(sign_in: SignIn) -> User:
    user = db.session.scalar(select(User).filter_by(email=sign_in.email))
    if user is None:
        user = cast("User", datastore.create_user(email=sign_in.email, confirmed_at=naive_utcnow()))
    user.password = hash_password(sign_in.password)
    return user
