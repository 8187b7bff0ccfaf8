from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.aws.fake import raw
from webapp.aws.route53.batches import batches, cost, halves

if TYPE_CHECKING:
    from webapp.aws.route53.batches import RawChange


def change(name: str, *values: str, action: str = "CREATE", kind: str = "TXT") -> RawChange:
    made: Any = {"Action": action, "ResourceRecordSet": raw(name, kind, *(values or ("x",)))}
    return cast("RawChange", made)


@pytest.mark.parametrize(
    ("action", "expected"), [("CREATE", (3, 6)), ("DELETE", (3, 6)), ("UPSERT", (6, 12))]
)
def test_an_upsert_counts_twice(action: str, expected: tuple[int, int]) -> None:
    assert cost([change("a.test", "1", "22", "333", action=action)]) == expected


def test_an_alias_counts_as_one_element() -> None:
    alias: Any = {"Action": "DELETE", "ResourceRecordSet": {"Name": "a.", "Type": "A", "AliasTarget": {}}}

    assert cost([alias]) == (1, 0)


@pytest.mark.parametrize(
    ("count", "action", "sizes"),
    [
        (1000, "CREATE", [1000]),
        (1001, "CREATE", [1000, 1]),
        (500, "UPSERT", [500]),
        (501, "UPSERT", [500, 1]),
        (0, "CREATE", []),
    ],
)
def test_a_batch_has_at_most_a_thousand_elements(count: int, action: str, sizes: list[int]) -> None:
    changes = [change(f"n{number}.test", action=action) for number in range(count)]

    assert [len(batch) for batch in batches(changes)] == sizes


@pytest.mark.parametrize(
    ("length", "action", "sizes"),
    [(16_000, "CREATE", [2]), (16_001, "CREATE", [1, 1]), (8_000, "UPSERT", [2]), (8_001, "UPSERT", [1, 1])],
)
def test_a_batch_has_at_most_32000_characters(length: int, action: str, sizes: list[int]) -> None:
    changes = [change(name, "x" * length, action=action) for name in ("a.test", "b.test")]

    assert [len(batch) for batch in batches(changes)] == sizes


def test_the_changes_of_a_name_stay_together_and_deletions_come_first() -> None:
    filler = [change(f"n{number}.test") for number in range(999)]
    pair = [change("a.test", kind="A"), change("A.test", kind="CNAME", action="DELETE")]

    first, second = batches([*filler, *pair])

    assert first == filler
    assert second == [pair[1], pair[0]]


def test_a_name_too_large_for_one_batch_is_cut_all_the_same() -> None:
    changes = [change("a.test", "x" * 20_000, kind=kind) for kind in ("TXT", "SPF")]

    assert [len(batch) for batch in batches(changes)] == [1, 1]


def test_a_batch_is_halved_between_names() -> None:
    one, other = [change("a.test", kind="A"), change("a.test", kind="TXT")], [change("b.test")]

    assert halves([*one, *other]) == (one, other)
    assert halves(one) is None


@given(
    st.lists(
        st.builds(
            change,
            st.integers(0, 30).map("n{}.test".format),
            st.integers(1, 12_000).map("x".__mul__),
            action=st.sampled_from(["CREATE", "UPSERT", "DELETE"]),
        ),
        max_size=60,
    )
)
def test_batches_fit_and_lose_nothing(changes: list[RawChange]) -> None:
    made = list(batches(changes))

    assert all(cost(batch).fits for batch in made)
    assert sorted(map(str, changes)) == sorted(str(one) for batch in made for one in batch)
