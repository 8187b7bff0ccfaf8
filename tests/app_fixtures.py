"""An application in memory, its twins of the outside world, and the people in it."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from functools import cache, partial
from pathlib import Path
from typing import Any, cast

import pytest
from botocore.loaders import JSONFileLoader
from flask import Flask
from flask.testing import FlaskClient
from jinja2.bccache import Bucket, BytecodeCache
from sqlalchemy.dialects.postgresql.psycopg import PGDialect_psycopg
from sqlalchemy.dialects.sqlite.pysqlite import SQLiteDialect_pysqlite
from sqlalchemy.util import LRUCache
from werkzeug.routing import Rule
from werkzeug.routing.converters import DEFAULT_CONVERTERS
from werkzeug.test import TestResponse

from tests.factories import PASSWORD, make_account, make_llm_client, make_user
from tests.page_lint import lint
from tests.twins.acm import MemoryAcm
from tests.twins.dns import MemoryDns
from tests.twins.route53 import MemoryRoute53
from webapp import create_app
from webapp.config.settings import Settings
from webapp.extensions import db
from webapp.jobs import clock
from webapp.models import Account, LLMClient, User, utcnow
from webapp.runtime.requests.afterwards import run

#: A password need not resist anybody in a test, and argon2 as it should be costs a tenth of a second.
CHEAP_HASH = {
    "SECURITY_PASSWORD_HASH_PASSLIB_OPTIONS": {
        "argon2__time_cost": 1,
        "argon2__memory_cost": 8,
        "argon2__parallelism": 1,
    }
}


def make_settings(directory: Path, **values: object) -> Settings:
    places = {
        "cache_directory": directory / "cache",
        "broker_path": directory / "broker.sqlite",
        "mail_url": f"file:{directory / 'mail'}",
    }
    places = {name: place for name, place in places.items() if name not in values}
    given = repr(sorted(values.items())), tuple(os.environ.get(name) for name in _VARIABLES)
    if given not in _read_settings:
        _read_settings[given] = Settings(
            **{  # type: ignore[arg-type]
                "_env_file": None,
                "secret_key": "only-for-tests-0123456789",
                "database_url": "sqlite://",
                # On a machine that is busy with many tests, a server may be slow to take a connection.
                "database_silent_seconds": 20,
                **places,
                "platform_domain": "platform.example",
                "reserved_suffixes_allowed": ["test"],
                "staff_second_factor": "off",
                **values,
            }
        )
    return _read_settings[given].model_copy(update=places)


_VARIABLES = [name.upper() for name in Settings.model_fields]
#: Reading settings is a tenth of making an application, and most of them differ in nothing but their directory.
_read_settings: LRUCache[Any, Settings] = LRUCache(100)


class Browser(FlaskClient):
    """Asks as from outside: a test stands inside an application context, whose `g` a request must not inherit.

    Every page that it gets must pass the lint. What is sent in pieces it reads to the end: otherwise the answer holds
    its context until it is collected, which may be in the midst of another test.
    """

    def open(self, *args: Any, **kwargs: Any) -> TestResponse:
        with self.application.app_context():
            response = super().open(*args, **{"buffered": True, **kwargs})
        if response.mimetype == "text/html" and response.data and not 300 <= response.status_code < 400:
            assert "Refresh" not in response.headers
            assert lint(response.get_data(as_text=True)) == [], response.request.path
        return response


class CompiledTemplates(BytecodeCache):
    """Every test has an application of its own, and all of them the same templates, which take long to compile."""

    def __init__(self) -> None:
        self._kept: dict[str, bytes] = {}

    def load_bytecode(self, bucket: Bucket) -> None:
        if code := self._kept.get(bucket.key):
            bucket.bytecode_from_string(code)

    def dump_bytecode(self, bucket: Bucket) -> None:
        self._kept[bucket.key] = bucket.bytecode_to_string()


_compiled_templates = CompiledTemplates()
_builders: dict[tuple[object, ...], Any] = {}
_compile_builder = Rule._compile_builder


def _compiled_once(rule: Rule, append_unknown: bool = True) -> Any:
    """Every application has the same routes, and compiling what builds their URLs took two thirds of making one."""
    key = (rule.rule, rule.host, rule.subdomain, repr(rule.defaults), rule.merge_slashes, append_unknown)
    if key not in _builders:
        _builders[key] = _compile_builder(rule, append_unknown)
    return _builders[key]


Rule._compile_builder = _compiled_once  # type: ignore[assignment, method-assign] # there is no other way

_parsed: dict[tuple[object, ...], Any] = {}
_parse = Rule.compile


def _parsed_once(rule: Rule) -> None:
    """The same of what reads the rule, as long as its converters are those that every application has."""
    if rule.map is None or rule.map.converters != DEFAULT_CONVERTERS:
        return _parse(rule)
    key = (rule.rule, rule.host, rule.subdomain, rule.merge_slashes, rule.is_leaf, rule.map.host_matching)
    if key not in _parsed:
        _parse(rule)
        _parsed[key] = rule._parts, rule._trace, rule._converters
        return None
    rule._parts, rule._trace, rule._converters = _parsed[key]
    rule.arguments.update(rule._converters)
    rule._build = rule._compile_builder(False).__get__(rule, None)
    rule._build_unknown = rule._compile_builder(True).__get__(rule, None)
    return None


Rule.compile = _parsed_once  # type: ignore[assignment, method-assign] # as above

#: Every client of AWS reads the models of its service anew, which was half of making one.
_load_file = JSONFileLoader.load_file


@cache
def _loaded_once(path: str) -> Any:
    return _load_file(JSONFileLoader(), path)


JSONFileLoader.load_file = lambda _loader, path: _loaded_once(path)  # type: ignore[method-assign, assignment]

#: Every application has an engine of its own, and all of them the same statements, whose compilation took a fifth of
#: the time. SQLAlchemy looks a statement up along with the dialect that it was compiled for.
_compiled_statements: LRUCache[Any, Any] = LRUCache(2000)


def _same_dialect(dialect: object, other: object) -> bool:
    return type(dialect) is type(other)


def _hash_of_dialect(dialect: object) -> int:
    return hash(type(dialect))


# So that what one engine's dialect has compiled is found by all others.
for _dialect in (SQLiteDialect_pysqlite, PGDialect_psycopg):
    _dialect.__eq__ = _same_dialect  # type: ignore[method-assign]
    _dialect.__hash__ = _hash_of_dialect  # type: ignore[assignment]


def make_app(directory: Path, **values: object) -> Flask:
    app = create_app(make_settings(directory, **values), {"TESTING": True, **CHEAP_HASH})
    app.test_client_class = Browser
    app.jinja_env.bytecode_cache = _compiled_templates
    app.extensions["dns"] = MemoryDns()
    app.extensions["route53"] = MemoryRoute53()
    app.extensions["acm"] = MemoryAcm()
    # A test that sent mail from another thread would have to wait for it.
    app.extensions["afterwards"] = partial(run, app)
    with app.app_context():
        db.engine.update_execution_options(compiled_cache=_compiled_statements)
    return app


_empty_tables: list[bytes] = []


def make_tables() -> None:
    """The tables of the database in memory, from a copy of the first ones: making them is a third of a small test."""
    with closing(db.engine.raw_connection()) as borrowed:
        connection = cast("sqlite3.Connection", borrowed.driver_connection)
        if _empty_tables:
            connection.deserialize(_empty_tables[0])
            return
        db.create_all()
        _empty_tables.append(connection.serialize())


@pytest.fixture
def app(tmp_path: Path) -> Iterator[Flask]:
    """Inside an application context, with empty tables."""
    app = make_app(tmp_path)
    with app.app_context():
        make_tables()
        yield app
        db.session.remove()
        db.engine.dispose()


@pytest.fixture
def leases_by_our_clock(monkeypatch: pytest.MonkeyPatch) -> None:
    """Leases and due times follow the clock that the test moves: PostgreSQL's own stays where it is."""
    monkeypatch.setattr(clock, "now", utcnow)


@pytest.fixture
def queued(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, tuple[object, ...]]]:
    """What was queued for the worker, as (task name, arguments), instead of a broker."""
    sent: list[tuple[str, tuple[object, ...]]] = []

    def record(
        _celery: object, name: str, args: tuple[object, ...] = (), *_more: object, **_options: object
    ) -> None:
        sent.append((name.rpartition(".")[2], tuple(args)))

    monkeypatch.setattr("celery.app.base.Celery.send_task", record)
    monkeypatch.setattr("webapp.runtime.queue.prepare", lambda _celery: None)
    return sent


@pytest.fixture
def account(app: Flask) -> Account:
    account = make_account("Acme", number="1234-5678-9012")
    db.session.commit()
    return account


@pytest.fixture
def llm_client(account: Account) -> LLMClient:
    llm_client = make_llm_client(account)
    db.session.commit()
    return llm_client


@pytest.fixture
def customer(account: Account) -> User:
    user = make_user(account=account, email="owner@acme.test")
    db.session.commit()
    return user


@pytest.fixture
def staff_member(app: Flask) -> User:
    user = make_user(staff=True, email="staff@platform.test")
    db.session.commit()
    return user


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    """A browser without a session. Forms need no CSRF token here; the page lint looks for it instead."""
    app.config["WTF_CSRF_ENABLED"] = False
    return app.test_client()


def sign_in(client: FlaskClient, user: User) -> FlaskClient:
    response = client.post("/login", data={"email": user.email, "password": PASSWORD})
    assert response.status_code == 302, response.get_data(as_text=True)
    return client


def change(app: Flask, **values: object) -> None:
    """Change settings of the application."""
    app.extensions["settings"] = app.extensions["settings"].model_copy(update=values)
