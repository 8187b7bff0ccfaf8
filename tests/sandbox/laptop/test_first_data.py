"""What an empty database gets."""

from __future__ import annotations

from flask import Flask
from flask_security.utils import verify_password
from sqlalchemy import select

from webapp.extensions import db
from webapp.models import Account, MembershipRole, User
from webapp.sandbox.laptop.first_data import SignIn, SignIns, make_first_data, new_sign_ins


def _user(email: str) -> User:
    return db.session.scalars(select(User).filter_by(email=email)).one()


def _can_sign_in(sign_in: SignIn) -> bool:
    kept = _user(sign_in.email).password
    return kept is not None and verify_password(sign_in.password, kept)


def _made() -> SignIns:
    sign_ins = new_sign_ins()
    make_first_data(sign_ins)
    db.session.expire_all()
    return sign_ins


def test_the_customer_owns_an_account_with_one_llm_client(app: Flask) -> None:
    customer = _user(_made().customer.email)
    (membership,) = customer.memberships
    assert membership.role is MembershipRole.OWNER
    assert len(membership.account.llm_clients) == 1
    assert not customer.is_staff


def test_staff_belong_to_no_account(app: Flask) -> None:
    staff = _user(_made().staff.email)
    assert staff.is_staff
    assert staff.memberships == []


def test_both_can_sign_in(app: Flask) -> None:
    sign_ins = _made()
    for sign_in in (sign_ins.customer, sign_ins.staff):
        user = _user(sign_in.email)
        assert user.active
        assert user.confirmed_at is not None
        assert _can_sign_in(sign_in)


def test_again_gives_new_passwords_to_the_same_people(app: Flask) -> None:
    before, after = _made(), _made()
    assert len(db.session.scalars(select(Account)).all()) == 1
    assert len(db.session.scalars(select(User)).all()) == 2
    assert _can_sign_in(after.customer)
    assert not _can_sign_in(before.customer)
