"""Migrations run up and down, and end where the models are, on both databases."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import flask_migrate
import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from flask import Flask
from flask_security.utils import get_hmac
from passlib.hash import argon2  # type: ignore[import-untyped]
from passlib.totp import TOTP  # type: ignore[import-untyped]
from sqlalchemy import DateTime, Integer, func, insert, inspect, select, text, update
from sqlalchemy.exc import IntegrityError

from tests.app_fixtures import make_app
from tests.domains.reports import report
from tests.factories import (
    PASSWORD,
    make_account,
    make_checked,
    make_domain,
    make_llm_client,
    make_user,
    make_zone,
)
from tests.service.broken_upgrade import run_broken, scripts
from webapp.audit.log import note
from webapp.checks import record
from webapp.checks.request import open_new_check
from webapp.config.keys import derived, one_time_code_keys
from webapp.config.passwords import SaltedArgon2
from webapp.dns.delegation import Expectation, Verdict
from webapp.extensions import db
from webapp.messages.catalogue import event_sentence, sentence
from webapp.messages.sentences.certificates import YOURS
from webapp.models import (
    Base,
    Certificate,
    Check,
    CheckOrigin,
    CheckReport,
    DeniedName,
    DomainState,
    Event,
    EventKind,
    Finding,
    HostedZone,
    LLMClientCustomDomain,
    MailStop,
    Message,
    SystemStatus,
    utcnow,
)
from webapp.proofs.delegation.expectation import expectation_of

pytestmark = pytest.mark.service
MIGRATIONS = str(Path(__file__).resolve().parents[2] / "migrations")


@pytest.fixture
def empty(empty_database_url: str, tmp_path: Path) -> Iterator[Flask]:
    app = make_app(tmp_path, database_url=empty_database_url)
    with app.app_context():
        yield app
        db.session.remove()
        db.engine.dispose()


def upgrade(revision: str = "head") -> None:
    """Ends the session's transaction first: the migration would wait for its locks for ever."""
    db.session.rollback()
    flask_migrate.upgrade(directory=MIGRATIONS, revision=revision)


def downgrade(revision: str) -> None:
    """As `upgrade`."""
    db.session.rollback()
    flask_migrate.downgrade(directory=MIGRATIONS, revision=revision)


def tables() -> set[str]:
    return set(inspect(db.engine).get_table_names()) - {"alembic_version"}


def test_up_leads_to_the_models_and_down_to_nothing(empty: Flask) -> None:
    upgrade()
    assert tables() == set(Base.metadata.tables)
    with db.engine.connect() as connection:
        context = MigrationContext.configure(connection, opts=empty.extensions["migrate"].configure_args)
        assert compare_metadata(context, Base.metadata) == []
    downgrade("base")
    assert tables() == set()
    upgrade()
    assert tables() == set(Base.metadata.tables)


def test_upgrade_keeps_data(empty: Flask) -> None:
    upgrade()
    make_domain(make_account(), state=DomainState.VERIFIED)
    db.session.commit()
    upgrade()
    assert (
        db.session.connection().exec_driver_sql("SELECT count(*) FROM llm_client_custom_domain").scalar() == 1
    )


def test_names_that_are_held_and_what_refers_to_them_survive_both_ways(empty: Flask) -> None:
    """With SQLite the table is copied and dropped, and the drop must take nothing with it."""
    upgrade()
    account = make_account()
    domain = make_domain(account, state=DomainState.VERIFIED)
    zone = make_zone(domain)
    make_llm_client(account, custom_domain=domain)
    domain.held_at, domain.hold_reason = utcnow(), "Reported."
    domain_id, name_servers = domain.id, zone.name_servers
    db.session.commit()
    downgrade("0008")
    read = db.session.connection().exec_driver_sql
    assert read("SELECT is_verified FROM llm_client_custom_domain").scalar()
    assert read("SELECT custom_domain_id FROM llm_client").scalar() == domain_id
    db.session.rollback()
    upgrade()
    read = db.session.connection().exec_driver_sql
    assert read("SELECT count(*) FROM zone_name_server").scalar() == len(name_servers)
    assert read("SELECT custom_domain_id FROM llm_client").scalar() == domain_id
    with pytest.raises(IntegrityError):
        read("UPDATE llm_client_custom_domain SET is_verified = NOT is_verified")


def test_deny_list_comes_and_goes_and_holds_stay(empty: Flask) -> None:
    upgrade()
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
    downgrade("0009")
    assert "denied_name" not in tables()
    read = db.session.connection().exec_driver_sql
    assert read("SELECT hold_reason FROM llm_client_custom_domain").scalar() == "Reported."
    db.session.rollback()
    upgrade()
    assert db.session.connection().exec_driver_sql("SELECT count(*) FROM denied_name").scalar() == 0


def put(table: str, **values: Any) -> None:
    """A row as an earlier release left it; what it must have besides is filled in."""
    now = "2026-11-20 10:00:00.000000"
    filled: dict[str, Any] = {}
    for column in inspect(db.engine).get_columns(table):
        name, kind = str(column["name"]), column["type"]
        if name in values or column["nullable"] or column["default"] is not None or name == "id":
            continue
        filled[name] = now if isinstance(kind, DateTime) else 1 if isinstance(kind, Integer) else "x"
    row = filled | values
    names = ", ".join(row)
    places = ", ".join(f":{name}" for name in row)
    db.session.execute(text(f"INSERT INTO {table} ({names}) VALUES ({places})"), row)  # noqa: S608


def read(statement: str) -> list[tuple[Any, ...]]:
    return [tuple(row) for row in db.session.execute(text(statement))]


FINDING = "Zone Z1 of chat.acme.com carries our tag, and this database does not know it."


def old_rows() -> None:
    """What release 0013 kept as sentences."""
    domain = "llm_client_custom_domain"
    put("account", id=1, number="1234-5678-9012", name="Acme", name_key="acme")
    named = {"domain_name": "chat.acme.com", "registrable_domain": "acme.com"}
    put(domain, id=1, account_id=1, state="pending", is_verified=False, records_error="Not yet.", **named)
    put(
        "hosted_zone",
        id=1,
        custom_domain_id=1,
        domain_name="chat.acme.com",
        state="ready",
        name_servers="[]",
        error="AWS said no.",
    )
    certificate = {"custom_domain_id": 1, "domain_name": "chat.acme.com", "state": "failed"}
    step = "Add a CAA record at acme.com."
    put(
        "certificate",
        id=1,
        failure_reason="CAA_ERROR",
        error="CAA forbids it.",
        next_step=step,
        **certificate,
    )
    put("finding", id=1, kind="orphan", sentence=FINDING, repaired=False)
    put("system_status", component="mail", sentence="No mail.", trouble_since="2026-11-20 10:00:00.000000")
    event = {"custom_domain_id": 1, "account_id": 1, "actor_kind": "system", "actor_name": "Nameplate"}
    put("event", id=1, kind="registered", sentence="chat.acme.com was registered.", **event)
    put("event", id=2, kind="zone.trouble", sentence="We could not prepare the zone yet, alas.", **event)
    put(
        "mail", id=1, account_id=1, custom_domain_id=1, kind="verified", sentence="chat.acme.com is verified."
    )
    db.session.commit()


def test_sentences_of_earlier_releases_become_codes_stay_readable_and_come_back(empty: Flask) -> None:
    upgrade("0013")
    old_rows()
    upgrade()
    events = db.session.scalars(select(Event).order_by(Event.id)).all()
    assert [event.message for event in events] == [
        Message("domain.registered", {"name": "chat.acme.com"}),
        None,
    ]
    said = ["chat.acme.com was registered.", "We could not prepare the zone yet, alas."]
    assert [event_sentence(event) for event in events] == said
    certificate = db.session.get_one(Certificate, 1)
    assert certificate.problem is not None
    assert certificate.problem.code in YOURS, "its owner is still the one who can do something"
    assert sentence(certificate.problem) == "CAA forbids it."
    zone, finding = db.session.get_one(HostedZone, 1), db.session.get_one(Finding, 1)
    assert [one and sentence(one) for one in (zone.problem, finding.message)] == ["AWS said no.", FINDING]
    domain = db.session.get_one(LLMClientCustomDomain, 1)
    status = db.session.get_one(SystemStatus, "mail")
    assert [one and sentence(one) for one in (domain.records_problem, status.problem)] == [
        "Not yet.",
        "No mail.",
    ]
    db.session.rollback()
    downgrade("0013")
    assert read("SELECT sentence FROM event ORDER BY id") == [(one,) for one in said]
    assert read("SELECT error, next_step FROM certificate") == [
        ("CAA forbids it.", "Add a CAA record at acme.com.")
    ]
    assert read("SELECT error FROM hosted_zone") == [("AWS said no.",)]
    assert read("SELECT sentence FROM finding") == [(FINDING,)]
    assert read("SELECT sentence FROM system_status") == [("No mail.",)]
    assert read("SELECT records_error FROM llm_client_custom_domain") == [("Not yet.",)]
    assert read("SELECT sentence FROM mail") == [("chat.acme.com is verified.",)]


def test_what_only_a_later_release_can_say_comes_back_as_its_code(empty: Flask) -> None:
    upgrade()
    domain = make_domain(make_account())
    name = domain.domain_name
    note(domain, EventKind.GRACE_EXTENDED, Message("domain.grace-extended", {"name": name}))
    db.session.commit()
    downgrade("0013")
    assert read("SELECT sentence FROM event") == [(f"domain.grace-extended (name {name})",)]


def test_password_keeps_the_salt_of_its_key_both_ways(empty: Flask, tmp_path: Path) -> None:
    upgrade()
    user = make_user()
    salt = derived(empty.config["SECRET_KEY"], "password-salt")
    empty.config["SECURITY_PASSWORD_SALT"] = salt
    earlier = user.password = str(argon2.hash(get_hmac(PASSWORD).decode()))
    db.session.commit()
    downgrade("0014")
    assert db.session.connection().exec_driver_sql("SELECT password FROM users").scalar() == earlier
    db.session.rollback()
    upgrade()
    db.session.expire_all()
    assert user.password is not None
    assert user.password != earlier
    assert SaltedArgon2.verify(PASSWORD, user.password)
    downgrade("0014")
    assert db.session.connection().exec_driver_sql("SELECT password FROM users").scalar() == earlier


def test_people_stay_when_their_last_code_comes_and_goes(empty: Flask) -> None:
    upgrade()
    user = make_user(account=make_account())
    user.last_code_counter = 2**40
    db.session.commit()
    downgrade("0017")
    assert "last_code_counter" not in {one["name"] for one in inspect(db.engine).get_columns("users")}
    assert read("SELECT count(*) FROM membership") == [(1,)]
    upgrade()
    assert read("SELECT email, last_code_counter FROM users") == [(user.email, None)]


@pytest.mark.parametrize("several", [False, True], ids=["one fallback", "several"])
def test_salt_is_that_of_the_key_of_before(empty_database_url: str, tmp_path: Path, several: bool) -> None:
    """Whoever replaced the key before the upgrade has the former one as a fallback."""
    before, others = "only-for-tests-0123456789", ["a-third-for-tests-5647382"] * several
    app = make_app(
        tmp_path,
        database_url=empty_database_url,
        secret_key="another-for-tests-9876543",
        secret_key_fallbacks=[*others, before],
    )
    with app.app_context():
        upgrade()
        user = make_user()
        app.config["SECURITY_PASSWORD_SALT"] = derived(before, "password-salt")
        earlier = user.password = str(argon2.hash(get_hmac(PASSWORD).decode()))
        one_key = TOTP.using(issuer="Nameplate", secrets={"1": derived(before, "one-time-codes")})
        stored = user.tf_totp_secret = one_key.new().to_json(encrypt=True)
        db.session.commit()
        downgrade("0014")
        if several:
            with pytest.raises(SystemExit):
                upgrade()
            assert read("SELECT password FROM users") == [(earlier,)]
            app.config["SECRET_KEY_FALLBACKS"] = [before]
        upgrade()
        db.session.expire_all()
        assert user.password is not None
        assert SaltedArgon2.verify(PASSWORD, user.password)
        tagged = TOTP.using(secrets=one_time_code_keys([before]))
        assert user.tf_totp_secret is not None
        assert '"t":"1"' not in user.tf_totp_secret
        assert tagged.from_source(user.tf_totp_secret).key == one_key.from_source(stored).key
        downgrade("0014")
        assert read("SELECT password, tf_totp_secret FROM users") == [(earlier, stored)]
        db.session.remove()
        db.engine.dispose()


def test_mailbox_that_wants_no_invitations_stays_that_until_the_table_goes(empty: Flask) -> None:
    upgrade()
    make_domain(make_account(), state=DomainState.VERIFIED)
    db.session.add(MailStop(address_hash="a" * 64))
    db.session.commit()
    upgrade()
    with pytest.raises(IntegrityError):
        put("mail_stop", address_hash="a" * 64)
    db.session.rollback()
    downgrade("0015")
    assert "mail_stop" not in tables()
    upgrade()
    assert read("SELECT count(*) FROM mail_stop") == [(0,)]
    assert read("SELECT count(*) FROM llm_client_custom_domain") == [(1,)]


def checked(domain: LLMClientCustomDomain, verdict: Verdict, at: datetime) -> int:
    """The id of a check that was recorded so; its answers took other milliseconds each time."""
    found = report(expectation_of(domain), verdict, at, duration_ms=at.minute)
    return make_checked(domain, found, at).id


def checked_quietly(domain: LLMClientCustomDomain, at: datetime) -> int:
    """A check of the schedule that changes nothing, whose row is as small as it can be."""
    check = open_new_check(domain, CheckOrigin.SCHEDULE, at).check
    db.session.flush()
    work = record.take(check.id, at)
    assert work is not None
    domain.verdict = Verdict.NOT_DELEGATED.value
    db.session.flush()
    found = report(work.expectation, Verdict.NOT_DELEGATED, at, duration_ms=5000)
    record.end_checks([(work, found)], at + timedelta(seconds=5), quiet=True)
    db.session.commit()
    db.session.expire_all()
    assert check.started_at is None
    return check.id


def make_check_open(domain_id: int) -> None:
    statement = text(
        "INSERT INTO domain_check (custom_domain_id, origin, status, created_at, updated_at)"
        " VALUES (:domain, 'customer', 'waiting', :now, :now)"
    )
    db.session.execute(statement, {"domain": domain_id, "now": utcnow()})


def test_reports_are_shared_and_come_back_whole_and_those_of_before_are_still_read(empty: Flask) -> None:
    upgrade("0021")
    put("account", id=1, number="1234-5678-9012", name="Acme", name_key="acme")
    named = {"domain_name": "chat.acme.com", "registrable_domain": "acme.com"}
    put("llm_client_custom_domain", id=1, account_id=1, state="pending", is_verified=False, **named)
    expected = Expectation("chat.acme.com", ("ns1.aws.test", "ns2.aws.test"))
    before = report(expected, Verdict.NOT_DELEGATED, utcnow()).to_data()
    put("domain_check", custom_domain_id=1, origin="schedule", status="done", report=json.dumps(before))
    db.session.commit()
    upgrade()
    domain = db.session.get_one(LLMClientCustomDomain, 1)
    make_zone(domain)
    assert db.session.get_one(Check, 1).report == before
    start = utcnow().replace(minute=0)
    verdicts = [Verdict.NOT_DELEGATED, Verdict.NOT_DELEGATED, Verdict.VERIFIED, Verdict.NOT_DELEGATED]
    ids = [checked(domain, one, start + timedelta(minutes=nth)) for nth, one in enumerate(verdicts, 1)]
    db.session.commit()
    db.session.expire_all()
    told = {which: db.session.get_one(Check, which).report for which in ids}
    assert [one["duration_ms"] for one in told.values() if one] == [1, 0, 3, 4], "the second shows its row's"
    assert db.session.scalar(select(func.count()).select_from(CheckReport)) == 2
    quiet = checked_quietly(domain, start + timedelta(minutes=5))
    told = {which: db.session.get_one(Check, which).report for which in (*ids, quiet)}
    damaged = checked(domain, Verdict.PARENT_UNREACHABLE, start + timedelta(minutes=6))
    db.session.execute(update(CheckReport).where(CheckReport.check_id == damaged).values(body=b"\x01damaged"))
    db.session.commit()
    downgrade("0021")
    stored = dict(read("SELECT id, report FROM domain_check ORDER BY id"))
    whole = {which: json.loads(one) if isinstance(one, str) else one for which, one in stored.items()}
    assert whole == {1: before, **told, damaged: None}, "what is damaged does not block the way back"
    ended = "SELECT count(*) FROM domain_check WHERE id > 1 AND (started_at IS NULL OR finished_at IS NULL)"
    assert read(f"{ended} AND report IS NOT NULL") == [(0,)]
    db.session.rollback()
    upgrade()
    db.session.expire_all()
    assert {which: db.session.get_one(Check, which).report for which in told} == told


@pytest.mark.parametrize("direction", ["upgrade", "downgrade"])
def test_migration_of_reports_goes_on_wherever_it_broke_off_and_loses_nothing(
    empty: Flask, direction: str
) -> None:
    upgrade()
    domain = make_domain(make_account(), "chat.acme.com")
    make_zone(domain)
    start = utcnow().replace(minute=0)
    verdicts = [Verdict.NOT_DELEGATED, Verdict.VERIFIED, Verdict.NOT_DELEGATED]
    ids = [checked(domain, one, start + timedelta(minutes=nth)) for nth, one in enumerate(verdicts, 1)]
    domain_id = domain.id
    make_check_open(domain_id)
    told = {which: db.session.get_one(Check, which).report for which in ids}
    db.session.commit()
    db.session.remove()
    if direction == "upgrade":
        downgrade("0021")
        db.session.remove()
    module = next(one.module for one in scripts() if one.revision == "0022")
    assert run_broken(module, db.engine, direction) >= 6
    stored = dict(read("SELECT id, report FROM domain_check WHERE status = 'done' ORDER BY id"))
    whole = {which: json.loads(one) if isinstance(one, str) else one for which, one in stored.items()}
    assert whole == told
    db.session.rollback()
    with pytest.raises(IntegrityError):
        make_check_open(domain_id)
