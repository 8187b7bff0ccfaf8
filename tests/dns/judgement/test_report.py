from __future__ import annotations

import pytest

from tests.dns.delegation.cases import NOW, OURS, PARENTS, delegates, expectation, fails, healthy, listing
from webapp.dns.delegation import Observation, judge


def marks(observation: Observation) -> list[str]:
    return [mark for _, mark in judge(expectation(), observation, NOW).marks]


def test_every_name_server_has_a_mark() -> None:
    assert marks(listing([OURS[0], "ns1.other.net"])) == [
        "found",
        "missing",
        "missing",
        "missing",
        "unexpected",
    ]


def test_what_could_not_be_asked_is_not_marked_missing() -> None:
    assert marks(healthy(parent_answers=tuple(map(fails, PARENTS)))) == ["unknown"] * 4
    assert marks(healthy(parent_answers=(delegates(PARENTS[0]), fails(PARENTS[1])))) == ["found"] * 4


@pytest.mark.parametrize(("observation", "verified"), [(healthy(), True), (listing(OURS[:3]), False)])
def test_verified_is_the_verdict(observation: Observation, verified: bool) -> None:
    assert judge(expectation(), observation, NOW).verified is verified
