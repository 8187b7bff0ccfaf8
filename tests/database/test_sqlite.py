"""A SQLite file that another process holds: how long each waits for it, and what people read."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import text

from tests.app_fixtures import make_app, sign_in
from tests.factories import PASSWORD, make_account, make_user
from webapp.database.patience import EDGE, UNBOUNDED, Patience, patient
from webapp.extensions import db


@pytest.mark.parametrize(
    ("patience", "milliseconds"),
    [(EDGE, 1400), (UNBOUNDED, 20_000), (Patience(600.0), 20_000), (Patience(3.0), 3000)],
    ids=["edge", "migration", "worker", "page"],
)
def test_each_waits_as_long_as_it_may(app: Flask, patience: Patience, milliseconds: int) -> None:
    with patient(EDGE):
        db.session.execute(text("SELECT 1"))
        db.session.rollback()
    with patient(patience):
        assert db.session.scalar(text("PRAGMA busy_timeout")) == milliseconds
    db.session.rollback()


def test_page_that_cannot_write_says_so_and_works_again(tmp_path: Path) -> None:
    path = tmp_path / "nameplate.sqlite"
    app = make_app(tmp_path, database_url=f"sqlite:///{path}", database_page_seconds=1)
    app.config["WTF_CSRF_ENABLED"] = False
    with app.app_context():
        db.create_all()
        user = make_user(account=make_account(), email="owner@acme.test")
        db.session.commit()
        sent = {"email": user.email, "password": PASSWORD}
        client = app.test_client()
        with closing(sqlite3.connect(path)) as other, other:
            other.execute("BEGIN IMMEDIATE")
            page = client.post("/login", data=sent)
            assert page.status_code == 503
            assert "Our database does not answer at the moment" in page.text
            assert client.get("/edge/ask?domain=chat.acme.test").status_code == 404
            assert client.get("/healthz").status_code == 200
        sign_in(client, user)
        db.session.remove()
        db.engine.dispose()
