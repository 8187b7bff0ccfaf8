"""What somebody else wrote, in an e-mail: in quotes, short, and nothing in it is a link."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from webapp.messages.quotes import quoted


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("Acme", "“Acme”"),
        ("pay at http://evil.example/pay?id=1", "“pay at [link]”"),
        ("www.evil.example now", "“[link] now”"),
        ("evil.example/pay", "“[link]”"),
        ("Booking.com", "“Booking[.]com”"),
        ("a “quote” inside", "“a quote inside”"),
        ("javascript://x", "“[link]”"),
        ("old\nname\x1b", "“old name”"),
        ("St. Mary v. Acme Inc.", "“St. Mary v. Acme Inc.”"),
    ],
)
def test_quote_in_a_mail(text: str, shown: str) -> None:
    assert quoted(text) == shown


@given(st.text())
def test_no_quote_breaks_a_subject(text: str) -> None:
    shown = quoted(text)
    assert len(shown) <= 200
    assert not [char for char in shown if unicodedata.category(char) in {"Cc", "Cf", "Zl", "Zp"}]
    assert "://" not in shown
