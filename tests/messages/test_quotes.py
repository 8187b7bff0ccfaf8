"""What somebody else wrote, in an e-mail: in quotes, short, and nothing in it is a link."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from webapp.messages.quotes import quoted
from webapp.models.base.free_text import is_unseen


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
        # What is taken out must not have stood within a link.
        ("pay at http:“//evil.example/pay", "“pay at [link]”"),
        ("pay at http:\u200b//evil.example/pay", "“pay at [link]”"),
        ("www”.evil.example", "“[link]”"),
        ("evil.exam“ple/pay", "“[link]”"),
        ("evil.\u00adexample", "“evil[.]example”"),
        ("7://evil", "“[link]”"),
        ("St. Mary v. Acme Inc.", "“St. Mary v. Acme Inc.”"),
    ],
)
def test_quote_in_a_mail(text: str, shown: str) -> None:
    assert quoted(text) == shown


#: With what makes links, and what is taken out, more often than chance has them.
TEXTS = st.text() | st.lists(st.sampled_from([*"ab:/.“” \n\u200b\u200d\u0915", "http", "://", "www."])).map(
    "".join
)


@given(TEXTS)
def test_no_quote_breaks_a_subject(text: str) -> None:
    shown = quoted(text)
    assert len(shown) <= 82
    assert not [char for at, char in enumerate(shown) if is_unseen(shown, at)]
    assert "://" not in shown
    assert shown.strip("“”") == shown[1:-1]
    assert not re.search(r"\bwww\.|\w\.\w", shown, re.IGNORECASE)
