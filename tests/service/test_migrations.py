"""Migrations run up and down, and end where the models are, on both databases."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from flask import Flask
from flask_migrate import downgrade, upgrade
from flask_security.utils import get_hmac
from passlib.hash import argon2  # type: ignore[import-untyped]
from sqlalchemy import insert, inspect
from sqlalchemy.exc import IntegrityError

from tests.app_fixtures import make_app
from tests.factories import PASSWORD, make_account, make_domain, make_llm_client, make_user, make_zone
from webapp.config.keys import derived
from webapp.config.passwords import SaltedArgon2
from webapp.extensions import db
from webapp.models import Base, DeniedName, DomainState, utcnow

pytestmark = pytest.mark.service
MIGRATIONS = str(Path(__file__).resolve().parents[2] / "migrations")


@pytest.fixture
def empty(empty_database_url: str, tmp_path: Path) -> Iterator[Flask]:
    app = make_app(tmp_path, database_url=empty_database_url)
    with app.app_context():
        yield app
        db.session.remove()
        db.engine.dispose()


def tables() -> set[str]:
    return set(inspect(db.engine).get_table_names()) - {"alembic_version"}


def test_up_leads_to_the_models_and_down_to_nothing(empty: Flask) -> None:
    upgrade(directory=MIGRATIONS)
    assert tables() == set(Base.metadata.tables)
    with db.engine.connect() as connection:
        context = MigrationContext.configure(connection, opts=empty.extensions["migrate"].configure_args)
        assert compare_metadata(context, Base.metadata) == []
    downgrade(directory=MIGRATIONS, revision="base")
    assert tables() == set()
    upgrade(directory=MIGRATIONS)
    assert tables() == set(Base.metadata.tables)


def test_upgrade_keeps_data(empty: Flask) -> None:
    upgrade(directory=MIGRATIONS)
    make_domain(make_account(), state=DomainState.VERIFIED)
    db.session.commit()
    upgrade(directory=MIGRATIONS)
    assert (
        db.session.connection().exec_driver_sql("SELECT count(*) FROM llm_client_custom_domain").scalar() == 1
    )


def test_names_that_are_held_and_what_refers_to_them_survive_both_ways(empty: Flask) -> None:
    """With SQLite the table is copied and dropped, and the drop must take nothing with it."""
    upgrade(directory=MIGRATIONS)
    account = make_account()
    domain = make_domain(account, state=DomainState.VERIFIED)
    zone = make_zone(domain)
    make_llm_client(account, custom_domain=domain)
    domain.held_at, domain.hold_reason = utcnow(), "Reported."
    domain_id, name_servers = domain.id, zone.name_servers
    db.session.commit()
    downgrade(directory=MIGRATIONS, revision="0008")
    read = db.session.connection().exec_driver_sql
    assert read("SELECT is_verified FROM llm_client_custom_domain").scalar()
    assert read("SELECT custom_domain_id FROM llm_client").scalar() == domain_id
    db.session.rollback()
    upgrade(directory=MIGRATIONS)
    read = db.session.connection().exec_driver_sql
    assert read("SELECT count(*) FROM zone_name_server").scalar() == len(name_servers)
    assert read("SELECT custom_domain_id FROM llm_client").scalar() == domain_id
    with pytest.raises(IntegrityError):
        read("UPDATE llm_client_custom_domain SET is_verified = NOT is_verified")


def test_deny_list_comes_and_goes_and_holds_stay(empty: Flask) -> None:
    upgrade(directory=MIGRATIONS)
    domain = make_domain(
        make_account(), state=DomainState.VERIFIED, held_at=utcnow(), hold_reason="Reported."
    )
    db.session.add(DeniedName(name=domain.domain_name, reason="Reported.", actor_name="staff"))
    db.session.commit()
    with pytest.raises(IntegrityError):
        db.session.execute(
            insert(DeniedName).values(name=domain.domain_name, below=True, reason="x", actor_name="y")
        )
    db.session.rollback()
    downgrade(directory=MIGRATIONS, revision="0009")
    assert "denied_name" not in tables()
    read = db.session.connection().exec_driver_sql
    assert read("SELECT hold_reason FROM llm_client_custom_domain").scalar() == "Reported."
    db.session.rollback()
    upgrade(directory=MIGRATIONS)
    assert db.session.connection().exec_driver_sql("SELECT count(*) FROM denied_name").scalar() == 0


def test_password_keeps_the_salt_of_its_key_both_ways(empty: Flask, tmp_path: Path) -> None:
    upgrade(directory=MIGRATIONS)
    user = make_user()
    salt = derived(empty.config["SECRET_KEY"], "password-salt")
    empty.config["SECURITY_PASSWORD_SALT"] = salt
    earlier = user.password = str(argon2.hash(get_hmac(PASSWORD).decode()))
    db.session.commit()
    downgrade(directory=MIGRATIONS, revision="0013")
    assert db.session.connection().exec_driver_sql("SELECT password FROM users").scalar() == earlier
    db.session.rollback()
    upgrade(directory=MIGRATIONS)
    db.session.expire_all()
    assert user.password is not None
    assert user.password != earlier
    assert SaltedArgon2.verify(PASSWORD, user.password)
    downgrade(directory=MIGRATIONS, revision="0013")
    assert db.session.connection().exec_driver_sql("SELECT password FROM users").scalar() == earlier
