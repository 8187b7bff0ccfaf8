"""The bounded room of the names that are asked for often."""

from __future__ import annotations

from threading import Lock

from webapp.edge.lookup.kept import Room


def test_keeps_twice_its_size_at_most() -> None:
    room = Room[int](10, Lock())
    for number in range(1000):
        room.put(str(number), number)
        assert len(room) <= 20
    assert room.get("999") == 999
    assert room.get("0") is None


def test_who_is_asked_for_stays_however_many_others_come() -> None:
    room = Room[int](10, Lock())
    room.put("hot", 1)
    for number in range(1000):
        room.put(str(number), number)
        if number % 5 == 0:
            assert room.get("hot") == 1


def test_dropped_name_is_in_neither_generation() -> None:
    room = Room[int](2, Lock())
    for name in "abc":  # “a” and “b” are in the older generation now
        room.put(name, 1)
    for name in "abc":
        room.drop(name)
        room.drop(name)
        assert room.get(name) is None
    assert len(room) == 0


def test_newer_value_takes_the_place_of_an_older_one_in_either_generation() -> None:
    room = Room[int](1, Lock())
    room.put("a", 1)
    room.put("b", 1)
    room.put("a", 2)
    assert (room.get("a"), len(room)) == (2, 2)


def test_newer_value_of_a_name_takes_no_room_from_another() -> None:
    room = Room[int](2, Lock())
    for name in "abbcc":
        room.put(name, 1)
    assert [room.get(name) for name in "abc"] == [1, 1, 1]


def test_name_is_counted_once_whichever_generation_had_it() -> None:
    room = Room[int](2, Lock())
    for name in "abca":  # “a” was in the older generation
        room.put(name, 1)
    assert len(room) == 3


def test_who_only_looks_keeps_no_name_from_being_forgotten() -> None:
    room = Room[int](1, Lock())
    for name in "ab":  # “a” is in the older generation now
        room.put(name, 1)
    assert (room.seen("a"), room.seen("b"), room.seen("c")) == (1, 1, None)
    room.put("c", 1)
    assert room.seen("a") is None
