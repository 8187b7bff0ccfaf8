"""Accounts, their numbers, and who is staff."""

from __future__ import annotations

import re

import pytest
from flask import Flask

from tests.factories import make_account, make_user
from webapp.models import ValidationError
from webapp.models.account import new_account_number


def test_numbers_look_as_they_are_printed() -> None:
    assert all(re.fullmatch(r"[1-9]\d{3}-\d{4}-\d{4}", new_account_number()) for _ in range(50))


@pytest.mark.parametrize("number", ["123456789012", "1234-5678-901", "1234-5678-9012\n", ""])
def test_bad_number_is_refused(app: Flask, number: str) -> None:
    with pytest.raises(ValidationError):
        make_account(number=number)


def test_staff_is_a_role(app: Flask) -> None:
    assert make_user(staff=True).is_staff
    assert not make_user(account=make_account()).is_staff
