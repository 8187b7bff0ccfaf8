"""The one rule for what counts as a typing mistake."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from webapp.dns.names.closeness import is_near, nearest


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        *(("con", "com"), ("cmo", "com"), ("comm", "com"), ("c0m", "com"), ("commm", "com"), ("om", "com")),
        *(("exampel.com", "example.com"), ("acne.com", "acme.com"), ("gogle-mial.com", "google-mail.com")),
    ],
)
def test_one_mistake_is_near_and_two_in_a_long_text(typed: str, meant: str) -> None:
    assert is_near(typed, meant)
    assert is_near(meant, typed)


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("acme", "com"),
        ("zeta.org", "acme.com"),
        ("acme.org", "acme.com"),
        ("nte", "com"),
        ("", "com"),
        ("cim", "moc"),
    ],
)
def test_other_words_are_not_near(typed: str, meant: str) -> None:
    assert not is_near(typed, meant)


def test_nearest_comes_first_and_then_the_order_given() -> None:
    assert nearest("ku", ["uk", "eu", "de"]) == ["uk", "eu"]
    assert nearest("google-mial.com", ["google-mall.com", "google-mail.com"]) == [
        "google-mail.com",
        "google-mall.com",
    ]
    assert nearest("og", ["org", "io"]) == ["org"]
    assert nearest("com", ["com"]) == []


@given(st.text(max_size=12), st.text(max_size=12))
def test_nearness_has_no_direction(one: str, other: str) -> None:
    assert is_near(one, other) == is_near(other, one)
    assert is_near(one, one)
