from __future__ import annotations

import pytest

from tests.dns.records_method.cases import OTHER_TOKEN, TOKEN
from webapp.dns.records_method.lookup.texts import LONGEST, has_token, shown, text_of, texts_of


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (f'"{TOKEN}"', TOKEN),
        (TOKEN, TOKEN),
        (f'"{TOKEN[:9]}" "{TOKEN[9:]}"', TOKEN),
        (f'{TOKEN[:9]} {TOKEN[9:20]} "{TOKEN[20:]}"', TOKEN),
        (f'"  {TOKEN} "', TOKEN),
        (rf'"\"{TOKEN}\""', TOKEN),
        (rf'" \" \"{TOKEN}\" \"  "', TOKEN),
        (f"\"'{TOKEN}'\"", TOKEN),
        (rf'"\226\128\156{TOKEN}\226\128\157"', TOKEN),
        (rf'"\194\160{TOKEN}\226\128\139"', TOKEN),
        (rf'"{TOKEN}\013\010"', TOKEN),
        (r'"a\\b \"c\" \233"', 'a\\b "c" �'),
        ('"v=spf1 -all"', "v=spf1 -all"),
        ('""', ""),
        ("", ""),
    ],
)
def test_text_is_all_strings_together_without_what_stands_around(value: str, text: str) -> None:
    assert text_of(value) == text


@pytest.mark.parametrize(
    "text", [f"{TOKEN[:5]} {TOKEN[5:]}", TOKEN.upper(), TOKEN[:-1], f"{TOKEN}x", f"token={TOKEN}", "", "é"]
)
def test_only_the_whole_value_is_the_token(text: str) -> None:
    assert has_token([TOKEN], TOKEN)
    assert not has_token([text], TOKEN)


def test_one_of_several_records_is_enough() -> None:
    assert has_token(texts_of([f'"{OTHER_TOKEN}"', f'"{TOKEN}"', '"v=spf1"']), TOKEN)
    assert not has_token((), TOKEN)


def test_a_strangers_text_is_kept_short_and_without_what_cannot_be_seen() -> None:
    assert shown("a\x1b[31m\nb") == "a [31m b"
    assert len(shown("x" * 5000)) == LONGEST + 1
