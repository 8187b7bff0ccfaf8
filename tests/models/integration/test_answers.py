"""The row of an answer that is given again."""

from __future__ import annotations

import pytest
from flask import Flask
from sqlalchemy.exc import IntegrityError

from tests.factories import make_key
from webapp.extensions import db
from webapp.models import IdempotentAnswer


def test_an_idempotency_key_is_taken_once_by_each_key(app: Flask) -> None:
    first, second = make_key(None)[0], make_key(None)[0]
    for key in (first, second):
        db.session.add(IdempotentAnswer(api_key_id=key.id, idempotency_key="a", fingerprint=""))
    db.session.flush()
    db.session.add(IdempotentAnswer(api_key_id=first.id, idempotency_key="a", fingerprint=""))
    with pytest.raises(IntegrityError):
        db.session.flush()
