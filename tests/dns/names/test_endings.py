"""Endings that exist, and what was meant by those that do not."""

from __future__ import annotations

import pytest

from webapp.dns import names
from webapp.dns.names import endings, reserved
from webapp.dns.names.host_name import HostName, NamePolicy, RefusalCode

POLICY = NamePolicy("platform.net")


def refused(name: str, policy: NamePolicy = POLICY) -> names.Refusal:
    refusal = names.registration_refusal(HostName(name), policy)
    assert refusal is not None
    return refusal


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        *(("con", "com"), ("cmo", "com"), ("comm", "com"), ("c0m", "com"), ("ocm", "com"), ("vom", "com")),
        *(("coom", "com"), ("cim", "com"), ("commm", "com"), ("kom", "com"), ("nett", "net"), ("nte", "net")),
        *(("ogr", "org"), ("0rg", "org"), ("orgg", "org"), ("inof", "info"), ("dd", "de"), ("dee", "de")),
        *(
            ("ku", "uk"),
            ("couk", "co.uk"),
            ("comau", "com.au"),
            ("onlin", "online"),
            ("technlogy", "technology"),
        ),
        *(("xn--80asehd", "xn--80asehdb"), ("aap", "app"), ("deev", "dev"), ("netx", "net"), ("deu", "de")),
        *(("co-uk", "co.uk"), ("co.m", "com"), ("cou.k", "co.uk"), ("c.ouk", "co.uk")),
        *(("coma.u", "com.au"), ("co.nzl", "co.nz"), ("com.aus", "com.au"), ("co.ul", "co.uk")),
        *(("i0", "io"), ("1o", "io"), ("inf0", "info"), ("ia", "ai"), ("or", "org"), ("c1", "cl")),
        *(("сом", "com"), ("ру", "ru")),
        *(
            ("apps", "app"),
            ("gob", "gov"),
            ("industires", "industries"),
            ("com1", "com"),
            ("xn--p1am", "xn--p1ai"),
        ),
    ],
)
def test_unknown_ending_is_refused_with_the_nearest_that_exists(typed: str, meant: str) -> None:
    parsed = names.parse(f"chat.acme.{typed}")
    assert parsed.name is not None
    refusal = refused(parsed.name.ascii)
    assert refusal.code is RefusalCode.UNKNOWN_SUFFIX
    assert refusal.suggestion == f"chat.acme.{meant}"


@pytest.mark.parametrize("ending", ["xn--4yng5com", "xn--26com", "xn--4corg", "xn--80akhcom"])
def test_code_of_other_letters_is_not_cut_in_two(ending: str) -> None:
    """The A-label ends with `com`, its letters do not. The rest of the code would be no label at all."""
    refusal = refused(f"chat.acme.{ending}")
    assert refusal.suggestion is None
    assert refusal.sentence.isprintable()


def test_refusal_is_one_short_sentence_and_the_suggestion() -> None:
    assert refused("chat.acme.con").sentence == "There is no .con. Did you mean chat.acme.com?"


def test_missing_dot_before_the_ending_is_seen() -> None:
    assert refused("chat.acmecom").suggestion == "chat.acme.com"
    assert refused("chat.acme-com").suggestion == "chat.acme.com"


@pytest.mark.parametrize(
    "name",
    [
        "chat.acme",
        "chat.bot.acme",
        "acme.con",
        "chat.acme.bogus",
        "chat.acme.html",
        "chat.acme.x",
        "a.server",
    ],
)
def test_nothing_is_suggested_where_nothing_near_can_be_registered(name: str) -> None:
    refusal = refused(name)
    assert refusal.code is RefusalCode.UNKNOWN_SUFFIX
    assert refusal.suggestion is None
    assert refusal.sentence.endswith("Enter the name with the ending that it has, as in chat.example.com.")


def test_unknown_ending_is_shown_in_its_own_letters() -> None:
    assert refused("chat.xn--80asehd").sentence.startswith("There is no .нлайн.")


@pytest.mark.parametrize(
    "name",
    [
        *(
            "chat.acme.com",
            "chat.acme.co.uk",
            "chat.acme.cm",
            "chat.acme.co",
            "chat.acme.om",
            "chat.acme.technology",
        ),
        *(
            "chat.пример.рф",
            "chat.acme.xn--p1ai",
            "chat.例子.中国",
            "chat.acme.ck",
            "chat.acme.google",
            "chat.bot.aws",
        ),
    ],
)
def test_endings_that_exist_are_not_refused(name: str) -> None:
    parsed = names.parse(name)
    assert parsed.name is not None
    refusal = names.registration_refusal(parsed.name, POLICY)
    assert refusal is None or refusal.code is not RefusalCode.UNKNOWN_SUFFIX


@pytest.mark.parametrize("suffix", ["corp2", ".corp2", "acme.corp2"])
def test_private_root_is_opened_by_the_configuration(suffix: str) -> None:
    policy = NamePolicy("platform.net", extra_suffixes_allowed=frozenset({suffix}))
    assert names.registration_refusal(HostName("chat.acme.corp2"), policy) is None
    assert refused("chat.acme.corp3", policy).code is RefusalCode.UNKNOWN_SUFFIX


def test_reserved_ending_that_is_allowed_needs_no_second_setting() -> None:
    policy = NamePolicy("platform.net", frozenset({"test"}))
    assert names.registration_refusal(HostName("chat.acme.test"), policy) is None


def test_common_endings_are_all_on_the_list() -> None:
    for ending in endings.COMMON:
        assert reserved.is_run_by_a_registry(ending), ending
        assert endings.exists(f"chat.{ending}")
    assert len(set(endings.COMMON)) == len(endings.COMMON)


def test_list_has_every_top_level_domain_as_an_a_label() -> None:
    known = reserved.top_level_domains()
    assert {"com", "uk", "ck", "za", "xn--p1ai", "google"} <= known
    assert len(known) > 1400
    assert not {"con", "рф", "test", ""} & known
