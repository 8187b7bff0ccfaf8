"""Data of another version: what servers say of them at their start, and `/readyz` when they come under way."""

from __future__ import annotations

from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import create_engine

from tests.app_fixtures import make_settings
from webapp.config.settings import Settings
from webapp.database.schema import schema
from webapp.extensions import db
from webapp.resilience.right_schema import require_right_schema
from webapp.runtime import logs


def at(path: Path, revision: str | None) -> Settings:
    """A database at `revision`, with a table of ours; None: with no tables."""
    engine = create_engine(f"sqlite:///{path}")
    if revision is not None:
        with engine.begin() as connection:
            connection.exec_driver_sql("CREATE TABLE alembic_version (version_num VARCHAR(32) NOT NULL)")
            connection.exec_driver_sql("INSERT INTO alembic_version VALUES (?)", (revision,))
    engine.dispose()
    return make_settings(path.parent, database_url=f"sqlite:///{path}")


def head() -> str:
    with create_engine("sqlite://").connect() as connection:
        return schema(connection).needed


@pytest.mark.parametrize(
    ("revision", "words", "advice"),
    [
        (None, "has no tables", "Run “flask db upgrade”"),
        ("0008", "is at migration 0008, and this version needs", "Run “flask db upgrade”"),
        ("9999", "is at migration 9999, and this version knows none after", "This code is too old"),
    ],
    ids=["empty", "older", "newer"],
)
def test_server_refuses_to_start_on_other_data(
    tmp_path: Path, revision: str | None, words: str, advice: str
) -> None:
    with pytest.raises(SystemExit) as refused:
        require_right_schema(at(tmp_path / "data.sqlite", revision))
    said = str(refused.value)
    assert said.startswith("Nameplate cannot start.\nThe database ")
    assert words in said
    assert advice in said


def test_server_says_what_it_found_and_starts(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    logs.configure("json")
    require_right_schema(at(tmp_path / "data.sqlite", head()))
    assert head() in capsys.readouterr().err


def test_server_starts_before_its_database(tmp_path: Path) -> None:
    nowhere = f"sqlite:///{tmp_path / 'no' / 'such' / 'directory.sqlite'}"
    require_right_schema(make_settings(tmp_path, database_url=nowhere))


def test_readiness_tells_of_an_upgrade_under_way(app: Flask, client: FlaskClient) -> None:
    assert client.get("/readyz").get_json()["database"]["ok"]
    with db.engine.begin() as connection:
        connection.exec_driver_sql("CREATE TABLE alembic_version (version_num VARCHAR(32) NOT NULL)")
        connection.exec_driver_sql("INSERT INTO alembic_version VALUES ('9999')")
    response = client.get("/readyz")
    assert response.status_code == 503
    database = response.get_json()["database"]
    assert not database["ok"]
    assert "9999" in database["sentence"]
    assert "too old" in database["sentence"]
