"""Labels that are correct punycode and yet no word of IDNA 2008: the reason is the true one."""

from __future__ import annotations

import pytest

from webapp.dns import names


def encoded(letters: str) -> str:
    return f"xn--{letters.encode('punycode').decode()}.acme.com"


def refused(text: str) -> names.Refusal:
    refusal = names.parse(text).refusal
    assert refusal is not None
    return refusal


@pytest.mark.parametrize(
    "letters", ["😄", "🤖", "chat🤖", "♥", "❤\ufe0f", "👩\u200d💻", "→", "☎", "€uro", "١۱"]
)
def test_no_certificate_is_issued_for_symbols(letters: str) -> None:
    refusal = refused(encoded(letters))
    assert refusal.reason == "symbol"
    assert "no certificate is issued for “" in refusal.sentence
    assert "correctly encoded" not in refusal.sentence
    assert "own letters" not in refusal.sentence


def test_emoji_typed_and_encoded_get_the_same_answer() -> None:
    typed, coded = refused("🤖.acme.com"), refused(encoded("🤖"))
    assert typed.sentence.partition(": ")[2] == coded.sentence.partition(": ")[2]


@pytest.mark.parametrize(
    "text", ["xn--a.acme.com", "xn--zzzz---.acme.com", "xn--.acme.com", "xn--abc-.acme.com"]
)
def test_what_is_no_encoding_is_called_so(text: str) -> None:
    assert refused(text).reason == "broken-encoding"


@pytest.mark.parametrize("letters", ["Über", "ﬁsh", "①"])
def test_letters_with_another_encoding_are_to_be_typed(letters: str) -> None:
    refusal = refused(encoded(letters))
    assert refusal.sentence.endswith("Enter it in its own letters; we encode it.")
    assert names.parse(f"{letters}.acme.com").name is not None


def test_unseen_character_in_an_encoded_name_is_named() -> None:
    assert "(U+200D)" in refused(encoded("a\u200db")).sentence
