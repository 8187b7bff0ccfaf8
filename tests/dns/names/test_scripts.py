"""Letters that pass for others, of the Latin script and of other ones."""

from __future__ import annotations

import pytest

from webapp.dns import names


def twin(label: str) -> str | None:
    parsed = names.parse(f"chat.{label}.com")
    assert parsed.name is not None
    return names.lookalike_of(parsed.name)


@pytest.mark.parametrize(
    ("label", "plain"),
    [
        ("ɡoogle", "google"),
        ("ɢoogle", "google"),
        ("gꝏgle", "google"),
        ("ǥoogle", "google"),
        ("goo\u0331gle", "google"),
        ("ɑpple", "apple"),
        ("paypaɫ", "paypal"),
        ("ıcloud", "icloud"),
        ("ɪnstagram", "instagram"),
        ("ɩnstagram", "instagram"),
        ("ʟinkedin", "linkedin"),
        ("ḳraken", "kraken"),
        ("ƙraken", "kraken"),
        ("ƅank", "bank"),
        ("ꜱony", "sony"),
        ("ʏouᴛube", "youtube"),
        ("раура", "paypa"),
        ("аррӏе", "apple"),
    ],
)
def test_is_taken_for_the_plain_word(label: str, plain: str) -> None:
    assert twin(label) == f"chat.{plain}.com"


@pytest.mark.parametrize(
    "label",
    [
        *(
            "straße",
            "müller",
            "café",
            "naïve",
            "łódź",
            "garçon",
            "işbank",
            "học",
            "tiếngviệt",
            "þór",
            "œuvre",
            "ŝako",
        ),
        *(
            "ķirsis",
            "đak",
            "ħamrun",
            "ąžuolas",
            "țară",
            "måneskin",
            "pøl",
            "почта",
            "日本",
            "google",
            "g00gle",
        ),
    ],
)
def test_words_of_living_languages_are_not_warned_of(label: str) -> None:
    assert twin(label) is None


@pytest.mark.parametrize("name", ["chat.роса.бел", "chat.торт.рус", "чат.сео.рф", "chat.acme.орг"])
def test_name_below_an_ending_in_its_own_letters_is_taken_for_none(name: str) -> None:
    """Nobody can register its Latin twin there, and `pyc` for `рус` is no ending at all."""
    parsed = names.parse(name)
    assert parsed.name is not None
    assert names.lookalike_of(parsed.name) is None


def test_warning_names_both() -> None:
    parsed = names.parse("chat.ɡoogle.com")
    assert parsed.name is not None
    warning = names.lookalike_warning(parsed.name)
    assert warning is not None
    assert warning.startswith("chat.ɡoogle.com (chat.xn--oogle-qmc.com) looks like chat.google.com")
