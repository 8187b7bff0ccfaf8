"""The one file that the sandbox keeps."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from webapp.sandbox.provider import records
from webapp.sandbox.provider.record import Record
from webapp.sandbox.provider.switches import Switches
from webapp.sandbox.shared.store import Store, StoreError

RECORD = Record("acme.test", "www.acme.test", "A", 300, "192.0.2.1")


def test_the_data_are_there_again_the_next_time(tmp_path: Path) -> None:
    path = tmp_path / "new" / "sandbox.sqlite"
    with closing(Store(path)) as store:
        records.add(store, [RECORD])

    with closing(Store(path)) as store:
        assert [one.name for one in records.records(store)] == ["www.acme.test"]


def test_two_processes_see_each_others_changes(tmp_path: Path) -> None:
    path = tmp_path / "sandbox.sqlite"
    with closing(Store(path)) as server, closing(Store(path)) as command:
        assert records.records(server) == []
        records.add(command, [RECORD])
        assert len(records.records(server)) == 1


def test_a_change_that_raises_leaves_nothing_behind(store: Store) -> None:
    def interrupted() -> None:
        with store.writing() as connection:
            connection.execute("INSERT INTO provider_zone (name) VALUES ('acme.test')")
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        interrupted()

    assert records.zones(store) == []


def test_a_file_of_another_version_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "sandbox.sqlite"
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA user_version = 99")

    with pytest.raises(StoreError, match="another version"):
        Store(path)


#: What takes a file back from each version to the one before.
BACK = {
    4: "DROP TABLE edge_record; DROP TABLE edge_serial; ALTER TABLE provider_record DROP COLUMN proxied;"
    " ALTER TABLE provider_zone DROP COLUMN provider; ALTER TABLE provider_zone DROP COLUMN flatten;"
    " ALTER TABLE provider_zone DROP COLUMN appends;",
    3: "DROP TABLE registrar_server;",
    2: "DROP TABLE certificate_tag; DROP TABLE certificate;",
}


@pytest.mark.parametrize("version", [1, 2, 3])
def test_a_file_of_an_earlier_version_keeps_what_it_holds(tmp_path: Path, version: int) -> None:
    path = tmp_path / "sandbox.sqlite"
    with closing(Store(path)) as store:
        records.add(store, [RECORD])
    with closing(sqlite3.connect(path)) as connection:
        steps = "".join(step for after, step in BACK.items() if after > version)
        connection.executescript(f"{steps} PRAGMA user_version = {version}")

    with closing(Store(path)) as store, store.reading() as connection:
        (kept,) = records.records(store)
        assert (kept.name, kept.proxied) == ("www.acme.test", False)
        assert records.switches(store, "acme.test") == Switches()
        for table in ("certificate", "registrar_server", "edge_record"):
            assert connection.execute(f"SELECT count(*) FROM {table}").fetchone()[0] == 0  # noqa: S608


def test_a_file_that_is_no_database_is_a_sentence(tmp_path: Path) -> None:
    path = tmp_path / "sandbox.sqlite"
    path.write_text("not a database, but long enough to look like one at first sight" * 20)

    with pytest.raises(StoreError, match=r"cannot keep its data in .*sandbox\.sqlite"):
        Store(path)


def test_every_change_raises_the_serial_of_the_zone(store: Store) -> None:
    def serial() -> int:
        soa = next(one for one in records.own_records(store, "acme.test") if one.type == "SOA")
        return int(soa.value.split()[2])

    seen = [serial()]
    records.add(store, [RECORD])
    seen.append(serial())
    (record,) = records.records(store)
    records.remove(store, [record])
    seen.append(serial())

    assert seen == [1, 2, 3]
