"""The switches of a zone as they are written and read."""

from __future__ import annotations

import pytest

from webapp.sandbox.provider import records
from webapp.sandbox.provider.providers import SITES
from webapp.sandbox.provider.record import Record, RefusedError, TypedError
from webapp.sandbox.provider.switches import Flatten, Switches, read_switches
from webapp.sandbox.shared.store import Store

MOVED = Switches(SITES, Flatten.EVERYWHERE, appends=False)


@pytest.mark.parametrize("switches", [Switches(), MOVED, Switches(flatten=Flatten.APEX)])
def test_what_is_written_can_be_read(switches: Switches) -> None:
    assert read_switches(switches.as_text(), Switches()) == switches


def test_what_is_not_given_stays() -> None:
    assert read_switches({}, MOVED) == MOVED
    assert read_switches({"flatten": "off"}, MOVED) == Switches(SITES, Flatten.OFF, appends=False)


@pytest.mark.parametrize(
    "given", [{"flatten": "sometimes"}, {"provider": ""}, {"names": None}, {"names": True}, {"proxy": "on"}]
)
def test_what_cannot_be_chosen_names_its_field(given: dict[str, object]) -> None:
    with pytest.raises(TypedError) as err:
        read_switches(given, Switches())
    assert [err.value.field] == list(given)


def test_switches_belong_to_a_zone_and_are_kept(store: Store) -> None:
    records.switch(store, "acme.test", MOVED)

    assert records.switches(store, "acme.test") == MOVED
    assert records.switches(store, "other.test") == Switches()


def test_a_record_in_the_way_leaves_everything_as_it_was(store: Store) -> None:
    records.add(store, [Record("acme.test", "chat.acme.test", "NS", 60, "ns.other.test.")])

    with pytest.raises(RefusedError):
        records.switch(store, "acme.test", MOVED)

    assert records.switches(store, "acme.test") == Switches()


@pytest.mark.parametrize("flatten", Flatten)
@pytest.mark.parametrize(
    ("name", "kind", "where"),
    [
        ("acme.test", "CNAME", {"apex", "everywhere"}),
        ("chat.acme.test", "CNAME", {"everywhere"}),
        ("acme.test", "ALIAS", {"off", "apex", "everywhere"}),
        ("chat.acme.test", "A", set()),
    ],
)
def test_which_records_are_flattened(flatten: Flatten, name: str, kind: str, where: set[str]) -> None:
    assert Switches(flatten=flatten).flattens(Record("acme.test", name, kind, 60, "x.")) is (flatten in where)
