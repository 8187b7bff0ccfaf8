"""A report in two parts: what was seen, and what differs although nothing has changed."""

from __future__ import annotations

import hashlib
import runpy
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from webapp.reports.codec import Parts, UnreadableError, join, split, told, unpack
from webapp.reports.dictionary import DICTIONARY

AT = datetime(2026, 11, 20, 10, tzinfo=UTC)
SERVERS = ("ns1.acme.test", "ns2.acme.test", "127.0.0.1:53")
PACKED = (
    "0178f957b01537c3f4344a4e0736620df48cf40c89cae630c50ae04497989c9baa5702cc53789a022069622b6e34f3f0"
    "560570b5b8eb6ccc427ad0fb95c2720d47e1801c5658f20a284b61cd04a0446f0cce0438d3b7418821347d5398b0636b"
    "6b01a9c9d639"
)


def answer(server: str, ms: int, **values: Any) -> dict[str, Any]:
    role = "resolver" if server[0].isdigit() else "parent"
    asked = {"server": server, "address": "192.0.2.1", "question": "chat.acme.test NS", "transport": "udp"}
    found = {"outcome": "NOERROR", "authoritative": False, "name_servers": ["ns-1.test"], "ttl": 300}
    return {**asked, **found, "ms": ms, "role": role, "dig": "dig @192.0.2.1 chat.acme.test NS", **values}


def report(*asked: dict[str, Any], **values: Any) -> dict[str, Any]:
    times = {"checked_at": AT.isoformat(), "duration_ms": 120, "old_answers_until": None}
    return {
        "verdict": "VERIFIED",
        "host": "chat.acme.test",
        "asked": [*asked],
        "hints": [],
        **times,
        **values,
    }


def same(one: dict[str, Any], other: dict[str, Any]) -> bool:
    return split(one).digest == split(other).digest


def back(parts: Parts) -> dict[str, Any]:
    both = unpack(parts.packed())
    return join(both["seen"], both["measured"])


asked_ones = st.builds(
    answer,
    st.sampled_from(SERVERS),
    st.integers(0, 5000),
    ttl=st.none() | st.integers(0, 2**31),
    outcome=st.sampled_from(["NOERROR", "NODATA", "TIMEOUT"]),
    question=st.sampled_from(
        ["chat.acme.test NS", "00ff00ff00ff00ff.acme.test SOA", "00ff00ff00ff00ff.test A"]
    ),
    dig=st.sampled_from(["", "dig 00ff00ff00ff00ff.acme.test SOA", "dig 'x\x00y' A"]),
    notes=st.lists(
        st.sampled_from(["resolver-had-said", "server-had-said", "truncated"]).map(
            lambda code: {"code": code, "params": {"seconds": 5}}
        ),
        max_size=3,
    ),
)


@given(st.lists(asked_ones, max_size=12), st.none() | st.just((AT + timedelta(hours=1)).isoformat()))
def test_report_comes_back_exactly(asked: list[dict[str, Any]], until: str | None) -> None:
    whole = report(*asked, old_answers_until=until)
    assert back(split(whole)) == whole


@given(st.lists(asked_ones, max_size=8), st.randoms())
def test_order_of_answers_and_times_are_no_difference(asked: list[dict[str, Any]], random: Any) -> None:
    mixed = [one | {"ms": random.randrange(900)} for one in asked]
    random.shuffle(mixed)
    later = (AT + timedelta(hours=6)).isoformat()
    assert same(report(*asked), report(*mixed, checked_at=later, duration_ms=7))


RESOLVER, PARENT = answer("127.0.0.1:53", 3), answer("ns1.acme.test", 3)
TRUNCATED = {"code": "truncated", "params": {}}
HEARD = {"code": "resolver-had-said", "params": {"seconds": 5}}
PROBE = {"question": "00ff00ff00ff00ff.acme.test SOA", "dig": "dig 00ff00ff00ff00ff.acme.test SOA"}
OTHER_PROBE = {"question": "1234567890abcdef.acme.test SOA", "dig": "dig 1234567890abcdef.acme.test SOA"}


@pytest.mark.parametrize(
    ("one", "other"),
    [
        pytest.param(RESOLVER, RESOLVER | {"ttl": 12}, id="what is left of a resolver's TTL"),
        pytest.param(
            RESOLVER, RESOLVER | {"ms": 0, "notes": [HEARD]}, id="heard by another check of the batch"
        ),
        pytest.param(PARENT | PROBE, PARENT | OTHER_PROBE, id="a label that was made up"),
        pytest.param(
            PARENT | {"notes": [TRUNCATED]},
            PARENT | {"notes": [TRUNCATED, HEARD]},
            id="heard before, behind another note",
        ),
        pytest.param(PARENT, PARENT | {"ttl": 12}, id="what is left of the TTL in a cache before the parent"),
    ],
)
def test_what_differs_though_nothing_has_changed(one: dict[str, Any], other: dict[str, Any]) -> None:
    assert same(report(one), report(other))
    assert back(split(report(other))) == report(other)


@pytest.mark.parametrize(
    "other",
    [
        pytest.param(report(PARENT | {"authoritative": True}), id="AA"),
        pytest.param(report(PARENT | {"outcome": "TIMEOUT"}), id="outcome"),
        pytest.param(report(PARENT | {"name_servers": []}), id="name servers"),
        pytest.param(report(PARENT | {"address": "192.0.2.2"}), id="address"),
        pytest.param(report(PARENT | {"notes": [{"code": "truncated", "params": {}}]}), id="note"),
        pytest.param(report(PARENT, PARENT), id="one more question"),
        pytest.param(report(PARENT | {"question": "00ff.acme.test NS"}), id="question"),
        pytest.param(report(PARENT, hints=[{"verdict": "STALE_DS"}]), id="hint"),
        pytest.param(report(PARENT, verdict="NOT_DELEGATED"), id="verdict"),
    ],
)
def test_what_is_news(other: dict[str, Any]) -> None:
    assert not same(report(PARENT), other)


@pytest.mark.parametrize("own", [{"outcome": "REFERRAL"}, {"authoritative": True}])
def test_ttl_of_the_parents_own_data_is_news(own: dict[str, Any]) -> None:
    assert not same(report(PARENT | own), report(PARENT | own | {"ttl": 60}))


def test_order_is_no_difference_among_answers_that_differ_in_one_field() -> None:
    one, other = PARENT | {"authoritative": True}, PARENT | {"outcome": "REFERRAL", "ttl": 300}
    third = other | {"added_by_a_later_release": 1}
    assert same(report(one, other, third), report(third, other, one))
    late = one | {"authoritative": False, "ttl": 300, "outcome": "REFERRAL", "x": 2}
    assert same(report(third, late), report(late, third))


def test_check_in_between_has_its_own_times() -> None:
    first = report(PARENT, old_answers_until=(AT + timedelta(hours=2)).isoformat())
    both = unpack(split(first).packed())
    began = AT + timedelta(days=3)
    shown = told(both, None, began, began + timedelta(milliseconds=250))
    times = {"checked_at": began.isoformat(), "duration_ms": 250}
    assert shown == first | times | {"old_answers_until": (began + timedelta(hours=2)).isoformat()}


@pytest.mark.parametrize("damage", [b"", b"\x07later", b"\x01", b"\x01no deflate", b"\x02\x78\x9c"])
def test_unknown_form_and_damage_are_one_clear_error(damage: bytes) -> None:
    with pytest.raises(UnreadableError):
        unpack(damage)


def test_parts_that_do_not_fit_are_the_same_error() -> None:
    both = unpack(split(report(PARENT)).packed())
    with pytest.raises(UnreadableError):
        told(both, {"order": [0, 1], "asked": [[1], [2]]}, AT, AT)


def test_dictionary_never_changes() -> None:
    """Every stored report was deflated with it."""
    assert (
        hashlib.sha256(DICTIONARY).hexdigest()
        == "6cff072d474ad6078a2e971f16c88282878351edbc180d219774f606182ef3e2"
    )


@pytest.fixture(scope="module")
def migration() -> dict[str, Any]:
    return runpy.run_path(str(Path(__file__).parents[2] / "migrations/versions/0022_share_reports.py"))


def test_migration_unpacks_with_the_same_dictionary(migration: dict[str, Any]) -> None:
    assert migration["DICTIONARY"] == DICTIONARY


@given(asked=st.lists(asked_ones, max_size=8))
def test_migration_unpacks_what_is_packed_here(
    migration: dict[str, Any], asked: list[dict[str, Any]]
) -> None:
    whole = report(*asked)
    both = migration["_unpacked"](split(whole).packed())
    assert migration["_joined"](both["seen"], both["measured"]) == whole


def test_report_of_the_first_release_that_packed_them_is_read_for_ever() -> None:
    assert back_of(bytes.fromhex(PACKED)) == report(PARENT, RESOLVER)


def back_of(packed: bytes) -> dict[str, Any]:
    both = unpack(packed)
    return join(both["seen"], both["measured"])


def test_records_that_are_turned_round_are_no_news_and_come_back() -> None:
    some, others = (["203.0.113.7", "203.0.113.8"], ["203.0.113.8", "203.0.113.7"])
    one, other = (
        report(answer(SERVERS[0], 3), answer(SERVERS[1], 4, question="chat.acme.test A", values=values))
        for values in (some, others)
    )
    assert same(one, other)
    assert back(split(one)) == one
    assert join(unpack(split(one).packed())["seen"], split(other).measured) == other


def test_report_from_before_records_were_kept_is_the_same_as_one_with_them() -> None:
    assert same(report(answer(SERVERS[0], 3)), report(answer(SERVERS[0], 3, values=["203.0.113.7"])))
