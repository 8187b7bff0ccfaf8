"""The servers as fixtures: one of each for a whole run, its contents fresh for each test."""

from __future__ import annotations

import itertools
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
import redis
from flask_migrate import upgrade

from tests.app_fixtures import make_app
from tests.servers.postgresql import PostgreSQL, postgresql
from tests.servers.redis import redis_server
from tests.servers.smtp import Mailbox, smtp_server
from webapp.extensions import db

MIGRATIONS = Path(__file__).resolve().parents[2] / "migrations"
BOTH_DATABASES = ["sqlite", pytest.param("postgresql", marks=pytest.mark.service)]

_numbers = itertools.count(1)


@pytest.fixture(scope="session")
def postgresql_server() -> Iterator[PostgreSQL]:
    with postgresql() as server:
        yield server


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A file with all migrations run."""
    directory = tmp_path_factory.mktemp("template")
    path = directory / "nameplate.sqlite"
    _migrate(directory, f"sqlite:///{path}")
    return path


@pytest.fixture(scope="session")
def postgresql_template(postgresql_server: PostgreSQL, tmp_path_factory: pytest.TempPathFactory) -> str:
    """The name of a database with all migrations run."""
    postgresql_server.create_database("migrated")
    _migrate(tmp_path_factory.mktemp("template"), postgresql_server.url("migrated"))
    return "migrated"


def _migrate(directory: Path, url: str) -> None:
    app = make_app(directory, database_url=url)
    with app.app_context():
        upgrade(directory=str(MIGRATIONS))
        db.engine.dispose()


@pytest.fixture(params=BOTH_DATABASES)
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """A fresh database of either kind with all migrations run; it is gone after the test."""
    if request.param == "sqlite":
        path = tmp_path / "nameplate.sqlite"
        shutil.copy(request.getfixturevalue("sqlite_template"), path)
        yield f"sqlite:///{path}"
    else:
        yield from _fresh_postgresql(request, request.getfixturevalue("postgresql_template"))


@pytest.fixture(params=BOTH_DATABASES)
def empty_database_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """A fresh database of either kind with nothing in it."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'empty.sqlite'}"
    else:
        yield from _fresh_postgresql(request, "template0")


@pytest.fixture
def postgresql_url(request: pytest.FixtureRequest, postgresql_template: str) -> Iterator[str]:
    """A fresh PostgreSQL database with all migrations run, for what only PostgreSQL can show."""
    yield from _fresh_postgresql(request, postgresql_template)


@pytest.fixture
def empty_postgresql_url(request: pytest.FixtureRequest) -> Iterator[str]:
    """A fresh PostgreSQL database with nothing in it."""
    yield from _fresh_postgresql(request, "template0")


def _fresh_postgresql(request: pytest.FixtureRequest, template: str) -> Iterator[str]:
    server: PostgreSQL = request.getfixturevalue("postgresql_server")
    name = f"test_{next(_numbers)}"
    server.create_database(name, template)
    yield server.url(name)
    server.drop_database(name)


@pytest.fixture(scope="session")
def redis_server_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with redis_server(tmp_path_factory.mktemp("redis")) as url:
        yield url


@pytest.fixture
def redis_url(redis_server_url: str) -> str:
    """An empty Redis."""
    with redis.Redis.from_url(redis_server_url) as connection:
        connection.flushall()
    return redis_server_url


@pytest.fixture
def mailbox() -> Iterator[Mailbox]:
    """An SMTP server with what it received."""
    with smtp_server() as found:
        yield found
