"""The keys of `make run`: each works, and is the same at the next run."""

from __future__ import annotations

from flask import Flask
from sqlalchemy import func, select

from webapp.audit.log import SYSTEM
from webapp.extensions import db
from webapp.keys import services
from webapp.keys.access.authentication import authenticate
from webapp.models import Account, ApiKey, utcnow
from webapp.sandbox.laptop.first_data import SignIns, make_first_data, new_sign_ins
from webapp.sandbox.laptop.first_keys import with_keys


def _first_run() -> SignIns:
    sign_ins = new_sign_ins()
    make_first_data(sign_ins)
    return with_keys(sign_ins)


def _key(secret: str | None) -> ApiKey:
    key = authenticate(secret or "", utcnow())
    assert key is not None
    return key


def test_customer_has_a_key_of_the_account_and_staff_one_of_the_platform(app: Flask) -> None:
    sign_ins = _first_run()
    customer, staff = _key(sign_ins.customer.api_key), _key(sign_ins.staff.api_key)
    assert (customer.account, customer.scopes) == (db.session.scalars(select(Account)).one(), ["write"])
    assert (staff.account, staff.scopes) == (None, ["write"])


def test_second_run_keeps_them(app: Flask) -> None:
    first = _first_run()
    assert with_keys(first) == first
    assert db.session.scalar(select(func.count(ApiKey.id))) == 2


def test_key_that_ended_is_replaced(app: Flask) -> None:
    first = _first_run()
    services.revoke(_key(first.customer.api_key), actor=SYSTEM, now=utcnow())
    second = with_keys(first)
    assert second.customer.api_key != first.customer.api_key
    assert second.staff.api_key == first.staff.api_key
    assert _key(second.customer.api_key).account is not None


def test_customer_whose_account_is_gone_has_none(app: Flask) -> None:
    first = _first_run()
    db.session.scalars(select(Account)).one().deleted_at = utcnow()
    db.session.commit()
    assert with_keys(first).customer.api_key is None
