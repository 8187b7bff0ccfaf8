"""Every suggestion is a name that we register; and a domain that was typed twice."""

from __future__ import annotations

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from webapp.dns import names
from webapp.dns.names.host_name import HostName, NamePolicy, Refusal, RefusalCode, with_passing_suggestion

POLICY = NamePolicy("platform.net")


def answer(text: str) -> Refusal | HostName:
    """What somebody who types this gets, but for what the database knows."""
    parsed = names.parse(text)
    if parsed.name is None:
        assert parsed.refusal is not None
        return with_passing_suggestion(parsed.refusal, lambda name: names.registration_refusal(name, POLICY))
    return names.registration_refusal(parsed.name, POLICY) or parsed.name


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("chat.acme.com.acme.com", "chat.acme.com"),
        ("chat.acme.co.uk.acme.co.uk", "chat.acme.co.uk"),
        ("a.b.acme.com.acme.com", "a.b.acme.com"),
        ("chat.acme.com.acme.com.acme.com", "chat.acme.com"),
        ("https://chat.acme.com.acme.com/", "chat.acme.com"),
        ("chat.acme.com.com", "chat.acme.com"),
        ("chat.acme.co.uk.co.uk", "chat.acme.co.uk"),
        ("chat.acme.com.chat.acme.com", "chat.acme.com"),
        ("chat.acme.comchat.acme.com", "chat.acme.com"),
        ("chat.acme.comacme.com", "chat.acme.com"),
        ("a.b.acme.co.ukacme.co.uk", "a.b.acme.co.uk"),
        ("chat.xn--strae-oqa.de.xn--strae-oqa.de", "chat.xn--strae-oqa.de"),
        ("chat.acme.eu.org.acme.eu.org", "chat.acme.eu.org"),
    ],
)
def test_domain_that_was_typed_twice_is_suggested_once(text: str, meant: str) -> None:
    refusal = answer(text)
    assert isinstance(refusal, Refusal)
    assert (refusal.code, refusal.reason) == (RefusalCode.INVALID_NAME, "doubled-domain")
    assert refusal.suggestion == meant


def test_doubled_domain_is_named_in_its_own_letters() -> None:
    refusal = answer("chat.acme.com.acme.com")
    assert isinstance(refusal, Refusal)
    assert refusal.sentence == "chat.acme.com.acme.com has acme.com in it twice. Did you mean chat.acme.com?"


def test_whole_domain_that_was_typed_twice_has_no_suggestion() -> None:
    refusal = answer("acme.com.acme.com")
    assert isinstance(refusal, Refusal)
    assert refusal.suggestion is None


@pytest.mark.parametrize(
    "name",
    [
        "chat.chat.acme.com",
        "acme.acme.com",
        "com.acme.com",
        "chat.info.info",
        "chat.acme.com.de",
        "acme.org.acme.com",
        "www.a.coma.com",
        "chat.acme.company.com",
        "chat.acme.comacme.org",
    ],
)
def test_words_that_come_twice_are_no_doubled_domain(name: str) -> None:
    assert answer(name) == HostName(name)


def test_two_mistakes_are_put_right_in_one_step() -> None:
    for text, meant in (
        ("chat_bot.acme.con", "chat-bot.acme.com"),
        ("http//chat.acme.com.acme.com", "chat.acme.com"),
        ("“www.acme.cmo”", "www.acme.com"),
    ):
        refusal = answer(text)
        assert isinstance(refusal, Refusal)
        assert refusal.suggestion == meant
        assert refusal.sentence.endswith(f"Did you mean {meant}?")


@pytest.mark.parametrize(
    "text",
    [
        "hello@acme.com",
        "*.acme.com",
        "acme.con",
        "chat.acme",
        "“acme.github.io”",
        "http//chat.acme.local",
        "x@github.io",
    ],
)
def test_what_would_be_refused_is_not_suggested(text: str) -> None:
    refusal = answer(text)
    assert isinstance(refusal, Refusal)
    assert refusal.suggestion is None


def test_whole_domain_without_a_subdomain_to_offer_still_says_what_to_do() -> None:
    refusal = names.registration_refusal(HostName("example.com"), POLICY)
    assert refusal is not None
    assert refusal.sentence.endswith("web site. Use a subdomain.")


LABEL = st.sampled_from(
    [
        "chat",
        "acme",
        "www",
        "my_bot",
        "com",
        "con",
        "co",
        "uk",
        "github",
        "io",
        "test",
        "straße",
        "xn--a",
        "*",
        "",
    ]
)
NOISE = st.sampled_from(
    ["", " ", "“", "”", "http//", "https:/", "%20", "[.]", "@", ",", ":", "/", "\u200e", "(dot)", "…", "🤖"]
)
TYPED = st.builds(
    lambda labels, dot, before, after: before + dot.join(labels) + after,
    st.lists(LABEL, min_size=1, max_size=6),
    st.sampled_from([".", ".", ".", "[.]", ",", " .", ".."]),
    NOISE,
    NOISE,
)


@settings(max_examples=200, deadline=None)
@given(TYPED | st.text(max_size=30))
@example("chat.acme.com.com.com")
@example("com.com.com.com")
@example("acme.com.acme.com")
def test_every_suggestion_is_registered_when_it_is_typed(text: str) -> None:
    found = answer(text)
    if isinstance(found, HostName):
        assert answer(found.ascii) == answer(found.unicode) == found
        return
    assert found.sentence.isprintable()
    if found.suggestion is not None:
        assert answer(found.suggestion) == HostName(found.suggestion)
    else:
        assert "Did you mean" not in found.sentence


@settings(max_examples=60, deadline=None)
@given(st.from_regex(r"([a-z0-9]{1,8}\.){2,4}[a-z]{2,6}", fullmatch=True))
def test_any_name_is_registered_or_refused_for_good(name: str) -> None:
    found = answer(name)
    if isinstance(found, Refusal) and found.suggestion is not None:
        assert answer(found.suggestion) == HostName(found.suggestion)
