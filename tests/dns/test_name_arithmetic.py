from __future__ import annotations

import pytest

from webapp.dns import name_arithmetic


@pytest.mark.parametrize(
    ("text", "canonical"),
    [
        ("Chat.ACME.com.", "chat.acme.com"),
        ("chat.acme.com", "chat.acme.com"),
        (".", "."),
        ("A\\.b.com", "a\\.b.com"),
    ],
)
def test_one_written_form(text: str, canonical: str) -> None:
    assert name_arithmetic.canonical(text) == canonical


@pytest.mark.parametrize("text", ["straße.de", "a..b", f"{'a' * 64}.com", ".".join(["a" * 60] * 5), "a\\"])
def test_what_dns_cannot_be_asked_for_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="“"):
        name_arithmetic.canonical(text)


def test_walking_up_ends_at_the_root() -> None:
    assert [name_arithmetic.parent_of(name) for name in ("a.b.com", "com", ".")] == ["b.com", ".", None]
    assert name_arithmetic.parent_of("a\\.b.com") == "com"


def test_a_suffix_without_a_dot_is_not_above() -> None:
    assert name_arithmetic.at_or_below("chat.acme.com", "acme.com")
    assert not name_arithmetic.at_or_below("evilacme.com", "acme.com")
    assert name_arithmetic.at_or_below("com", ".")
    assert not name_arithmetic.below("acme.com", "acme.com")


def test_the_names_between() -> None:
    assert name_arithmetic.between("a.b.c.com", "com") == ("b.c.com", "c.com")
    assert name_arithmetic.between("a.com", "com") == ()
    assert name_arithmetic.between("a.com", ".") == ("com",)


def test_relative_names() -> None:
    assert name_arithmetic.relative("chat.acme.com", "acme.com") == "chat"
    assert name_arithmetic.relative("a.chat.acme.com", "acme.com") == "a.chat"
    assert name_arithmetic.relative("acme.com", "acme.com") == "@"


def test_joining() -> None:
    assert name_arithmetic.join("chat.acme.com", "acme.com") == "chat.acme.com.acme.com"
    assert name_arithmetic.join("*", ".") == "*"
    assert name_arithmetic.join(".".join(["a" * 60] * 3), ".".join(["b" * 60] * 3)) is None


def test_the_wildcard_that_would_hold_a_name() -> None:
    names = {"chat.acme.com": "*.acme.com", "com": "*", ".": "*", r"a\.b.acme.com": "*.acme.com"}
    assert {name: name_arithmetic.wildcard_beside(name) for name in names} == names


def test_a_name_that_nobody_has_fits_or_is_none() -> None:
    first, second = name_arithmetic.nobodys("acme.com"), name_arithmetic.nobodys("acme.com")
    assert first != second
    assert name_arithmetic.parent_of(first or ".") == "acme.com"
    assert name_arithmetic.nobodys(".".join(["a" * 61] * 4)) is None
