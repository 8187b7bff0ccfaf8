"""When an answer is given out again, when the database is asked, and what holds while it is away."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from webapp.edge.lookup.lookups import Lookups
from webapp.edge.lookup.statement import AwayError, Found, Moment, Read

ROW: Found = (1, "1234-5678-9012", "sales", True)


class Database:
    def __init__(self) -> None:
        self.rows: dict[str, Found] = {"chat.acme.test": ROW}
        self.asked: list[str] = []
        self.away = False
        self.now = 0.0
        #: None for a database that tells none; else the same as long as nothing is committed.
        self.moment: Moment | None = None
        self.meanwhile: Callable[[], object] | None = None

    def ask(self, name: str, since: Moment | None) -> Read | None:
        if not self.away and since is not None and since == self.moment:
            return None
        self.asked.append(name)
        if self.away:
            raise AwayError
        found, then, moment = self.rows.get(name), self.meanwhile, self.moment
        if then is not None:
            self.meanwhile = None
            then()
        return Read(found, moment)

    def lookups(
        self, fresh: float = 0.9, keep: float = 3600, sizes: tuple[int, int] = (100, 10)
    ) -> Lookups[str]:
        return Lookups(self.ask, fresh=fresh, keep=keep, clock=lambda: self.now, sizes=sizes)


@pytest.fixture
def database() -> Database:
    return Database()


def found(lookups: Lookups[str], name: str = "chat.acme.test") -> Found | None:
    return lookups.look_up(name).found


@pytest.mark.parametrize(("name", "row"), [("chat.acme.test", ROW), ("other.acme.test", None)])
def test_answer_is_given_out_again_for_less_than_a_second(
    database: Database, name: str, row: Found | None
) -> None:
    lookups = database.lookups()
    for _ in range(3):
        assert found(lookups, name) == row
    assert database.asked == [name]
    database.now += 0.9
    assert found(lookups, name) == row
    assert database.asked == [name, name]


def test_age_counts_from_before_the_question(database: Database) -> None:
    """A change may be committed while the answer is under way."""
    lookups = database.lookups()

    def takes_long() -> None:
        database.now += 0.9

    database.meanwhile = takes_long
    found(lookups)
    found(lookups)
    assert len(database.asked) == 2


def test_without_freshness_every_question_is_asked(database: Database) -> None:
    lookups = database.lookups(fresh=0.0)
    for _ in range(3):
        assert found(lookups) == ROW
    database.rows.clear()
    assert found(lookups) is None
    assert len(database.asked) == 4


@pytest.mark.parametrize(("name", "row"), [("chat.acme.test", ROW), ("other.acme.test", None)])
def test_answer_stands_while_nothing_was_committed(database: Database, name: str, row: Found | None) -> None:
    database.moment = 1
    lookups = database.lookups(fresh=0.0)
    first = lookups.look_up(name)
    assert first.found == row
    for _ in range(3):
        database.now += 50
        assert lookups.look_up(name) is first
    assert len(database.asked) == 1
    database.moment = 2
    for _ in range(3):
        assert lookups.look_up(name) is first
    assert len(database.asked) == 2
    database.rows = {} if row else {name: ROW}
    database.moment = 3
    assert found(lookups, name) != row
    assert len(database.asked) == 3


def test_moment_counts_from_before_the_question(database: Database) -> None:
    """A change may be committed while the answer is under way."""
    database.moment = 1
    lookups = database.lookups(fresh=0.0)

    def somebody_commits() -> None:
        del database.rows["chat.acme.test"]
        database.moment = 2

    database.meanwhile = somebody_commits
    assert found(lookups) == ROW
    assert found(lookups) is None


def test_answer_that_stood_is_as_old_as_the_last_question(database: Database) -> None:
    """Else a name that was asked for all day would not be served for a minute when the database goes away."""
    database.moment = 1
    lookups = database.lookups(fresh=0.0, keep=60)
    for _ in range(5):
        database.now += 50
        found(lookups)
    assert len(database.asked) == 1
    database.away = True
    database.now += 50
    assert found(lookups) == ROW


def test_what_was_made_of_a_row_is_kept_until_the_row_changes(database: Database) -> None:
    lookups = database.lookups(fresh=0.0)
    lookups.look_up("chat.acme.test").ask = "made"
    assert lookups.look_up("chat.acme.test").ask == "made"
    database.rows["chat.acme.test"] = (*ROW[:3], False)
    assert lookups.look_up("chat.acme.test").ask is None


def test_served_name_is_served_on_while_the_database_is_away_and_no_longer_than_that(
    database: Database,
) -> None:
    lookups = database.lookups(keep=60)
    found(lookups)
    found(lookups, "other.acme.test")
    database.away = True
    database.now += 59
    assert found(lookups) == ROW
    for name in ("other.acme.test", "never.asked.test"):
        with pytest.raises(AwayError):
            found(lookups, name)
    database.now += 1
    with pytest.raises(AwayError):
        found(lookups)
    database.away = False
    assert found(lookups) == ROW


def test_nothing_is_kept_where_nothing_shall_be(database: Database) -> None:
    lookups = database.lookups(keep=0, fresh=0)
    found(lookups)
    database.away = True
    with pytest.raises(AwayError):
        found(lookups)


def test_no_takes_the_place_of_the_yes_before_it(database: Database) -> None:
    lookups = database.lookups()
    found(lookups)
    del database.rows["chat.acme.test"]
    database.now += 1
    assert found(lookups) is None
    database.away = True
    database.now += 1
    with pytest.raises(AwayError):
        found(lookups)


def test_yes_that_was_read_before_a_no_does_not_come_back(database: Database) -> None:
    """Two threads ask. The one that read “yes” is slow, and notes it after the other has noted its “no”."""
    lookups = database.lookups(fresh=0.0)

    def other_thread() -> None:
        database.now += 0.1
        del database.rows["chat.acme.test"]
        assert found(lookups) is None

    database.meanwhile = other_thread
    assert found(lookups) == ROW
    database.away = True
    with pytest.raises(AwayError):
        found(lookups)


def test_row_that_was_read_before_another_does_not_come_back(database: Database) -> None:
    """The name has moved to another account meanwhile."""
    lookups, moved = database.lookups(fresh=0.0), (2, "9999-5678-9012", "help", True)

    def other_thread() -> None:
        database.now += 0.1
        database.rows["chat.acme.test"] = moved
        assert found(lookups) == moved

    database.meanwhile = other_thread
    assert found(lookups) == ROW
    database.away = True
    assert found(lookups) == moved


def test_answer_that_is_confirmed_is_as_fresh_as_a_new_one(database: Database) -> None:
    lookups = database.lookups(keep=60)
    found(lookups)
    database.now += 50
    found(lookups)
    found(lookups)
    assert len(database.asked) == 2
    database.away = True
    database.now += 50
    assert found(lookups) == ROW


def test_names_of_strangers_drive_out_no_customers_name(database: Database) -> None:
    lookups = database.lookups(sizes=(2, 10))
    found(lookups)
    for number in range(1000):
        assert found(lookups, f"n{number}.stranger.test") is None
    database.away = True
    database.now += 1
    assert found(lookups) == ROW
