"""The one parser of host names: what people type, what programs hand over, and what we do not register."""

from __future__ import annotations

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from webapp.dns import names
from webapp.dns.names import HostName, NamePolicy, RefusalCode

POLICY = NamePolicy(platform_domain="api.platform.net")


def reason(text: str, **how: bool) -> str:
    parsed = names.parse(text, **how)
    assert parsed.name is None, f"{text!r} was read as {parsed.name}"
    assert parsed.refusal is not None
    assert parsed.refusal.code is RefusalCode.INVALID_NAME
    return parsed.refusal.reason


def read(text: str, **how: bool) -> str:
    parsed = names.parse(text, **how)
    assert parsed.refusal is None, parsed.refusal
    assert parsed.name is not None
    return parsed.name.ascii


UNDERSTOOD = {
    "chat.example.com": "chat.example.com",
    "  chat.example.com\n": "chat.example.com",
    "\ufeffchat.example.com\u200b": "chat.example.com",
    "\u00a0chat.example.com\t": "chat.example.com",
    "CHAT.Example.COM.": "chat.example.com",
    "https://chat.example.com": "chat.example.com",
    "HTTPS://Chat.example.com:8443/path?query=a@b#top": "chat.example.com",
    "//chat.example.com/": "chat.example.com",
    "chat.example.com/login": "chat.example.com",
    "chat.example.com?x": "chat.example.com",
    "chat.example.com:443": "chat.example.com",
    "straße.de": "xn--strae-oqa.de",
    "STRASSE.de": "strasse.de",
    "xn--strae-oqa.de": "xn--strae-oqa.de",
    "XN--STRAE-OQA.DE": "xn--strae-oqa.de",
    "cafe\u0301.example.com": "xn--caf-dma.example.com",
    "café.example.com": "xn--caf-dma.example.com",
    "chat。example．com": "chat.example.com",
    "chat｡example.com": "chat.example.com",
    "ｃｈａｔ１.example.com": "chat1.example.com",
    "Ⅷ.example.com": "viii.example.com",
    "日本ひらカナ.jp": "xn--y9j3b8e6e154zcvb.jp",
    "한국漢字.kr": "xn--p8s937b4q9bln7a.kr",
    "müller.technology": "xn--mller-kva.technology",
    "chat.xn--p1ai": "chat.xn--p1ai",
    "3com.example.com": "3com.example.com",
    "1.2.3.example": "1.2.3.example",
    "a-b--c.example.com": "a-b--c.example.com",
    "a" * 63 + ".example.com": "a" * 63 + ".example.com",
    "evil-platform.tld": "evil-platform.tld",
}


@pytest.mark.parametrize("text", UNDERSTOOD)
def test_understands_what_people_type(text: str) -> None:
    assert read(text) == UNDERSTOOD[text]


REFUSED = {
    "": "empty",
    "   ": "empty",
    "https://": "empty",
    ".": "leading-dot",
    "a..b": "empty-label",
    "chat.example.com..": "empty-label",
    ".a.b": "leading-dot",
    "-a.b": "edge-hyphen",
    "a-.example.com": "edge-hyphen",
    "-straße.de": "edge-hyphen",
    "a" * 64 + ".example.com": "label-too-long",
    "ß" * 60 + ".example.com": "label-too-long",
    ".".join(["abcdefg"] * 31) + ".abcdef": "name-too-long",
    ".".join(["abcdefg"] * 25) + ".ab": "no-room",
    "a" * 5000: "name-too-long",
    "chat.exa\nmple.com": "control-character",
    "chat\t.example.com": "control-character",
    "chat\0.example.com": "control-character",
    "chat\u202e.example.com": "control-character",
    "so\u00adft.example.com": "control-character",
    "a\u200db.example.com": "control-character",
    "a\u200cb.example.com": "control-character",
    "chat\ud800.example.com": "control-character",
    "ch\\046at.example.com": "character",
    "chat.example.com\\046": "character",
    "chat example.com": "space",
    "chat\u3000at.example.com": "space",
    "chat,example,com": "character",
    "chat.example.com;": "character",
    "“chat.example.com”": "symbol",
    "ch%61t.example.com": "character",
    "chat.example.com:port": "character",
    "chat：80.example.com": "character",
    "user@chat.example.com": "user",
    "https://me:secret@chat.example.com/": "user",
    "mailto:me@chat.example.com": "user",
    "1.2.3.4": "ip-address",
    "1.2.3.4.": "ip-address",
    "https://1.2.3.4:80/": "ip-address",
    "１.２.３.４": "ip-address",
    "0x7f.1": "ip-address",
    "127.1": "ip-address",
    "[::1]": "ip-address",
    "::1": "ip-address",
    "http://[2001:db8::1]:8080/": "ip-address",
    "fe80::1%eth0": "ip-address",
    "chat.example.123": "numeric-ending",
    "chat.example.0x1f": "numeric-ending",
    "localhost": "single-label",
    "com.": "single-label",
    "*.example.com": "wildcard",
    "chat.*.example.com": "character",
    "llm_client.example.com": "underscore",
    "_dmarc.example.com": "underscore",
    "ab--cd.example.com": "hyphens",
    "xn--.example.com": "broken-encoding",
    "xn--zzzz---.example.com": "broken-encoding",
    "xn--a.example.com": "broken-encoding",
    "xn--ls8h.example.com": "symbol",
    "http//chat.example.com": "scheme",
    "/chat.example.com": "scheme",
    "chat.example.com, shop.example.com": "several-names",
    "chat.example.com shop.example.com": "several-names",
    "😀.example.com": "symbol",
    "♥.example.com": "symbol",
    "İstanbul.example.com": "ambiguous-capital",
    "p\u0430ypal.example.com": "mixed-scripts",
    "xn--pypal-4ve.example.com": "mixed-scripts",
    "ひらабв.example.com": "mixed-scripts",
    "אa.example.com": "direction",
    "\u0301e.example.com": "symbol",
}


@pytest.mark.parametrize("text", REFUSED)
def test_refuses_what_is_no_host_name_and_says_why(text: str) -> None:
    assert reason(text) == REFUSED[text]


@pytest.mark.parametrize("text", REFUSED)
def test_every_refusal_is_a_sentence_that_can_be_shown(text: str) -> None:
    refusal = names.parse(text).refusal
    assert refusal is not None
    assert refusal.sentence.endswith((".", "?"))
    assert refusal.sentence.isprintable()
    assert refusal.sentence.encode()
    assert "invalid" not in refusal.sentence.lower()
    if refusal.reason != "empty":
        assert refusal.sentence.startswith("“")


@pytest.mark.parametrize(
    ("text", "suggestion"),
    [
        ("llm_client.example.com", "llm-client.example.com"),
        ("a..example.com", "a.example.com"),
        (".chat.example.com", "chat.example.com"),
        ("*.chat.example.com", "chat.example.com"),
        ("me@chat.example.com", "chat.example.com"),
        ("https://me:secret@chat.example.com:8443/x", "chat.example.com"),
        ("chat,example,com", "chat.example.com"),
        ("<chat.example.com>", "chat.example.com"),
        ("chat. example.com", "chat.example.com"),
        ("İstanbul.example.com", "istanbul.example.com"),
        ("_dmarc.example.com", None),
        ("localhost", None),
    ],
)
def test_offers_what_was_probably_meant(text: str, suggestion: str | None) -> None:
    refusal = names.parse(text).refusal
    assert refusal is not None
    assert refusal.suggestion == suggestion
    assert suggestion is None or refusal.sentence.endswith(f"Did you mean {suggestion}?")


def test_sentence_for_a_password_in_an_address_does_not_repeat_it() -> None:
    refusal = names.parse("https://me:secret@chat.example.com/").refusal
    assert refusal is not None
    assert "secret" not in refusal.sentence


def test_underscore_is_explained_by_the_certificate() -> None:
    refusal = names.parse("llm_client.example.com").refusal
    assert refusal is not None
    assert refusal.sentence == (
        "“llm_client.example.com” is not a host name we can use: no certificate authority issues for a name "
        "with an underscore. Use hyphens. Did you mean llm-client.example.com?"
    )


def test_model_may_hold_an_underscore() -> None:
    assert read("LLM_client.example.com", underscores=True) == "llm_client.example.com"
    assert reason("llm client.example.com", underscores=True) == "space"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("chat.example.com\n", "control-character"),
        ("chat.example.com\r\n", "control-character"),
        ("chat.example.com\0", "control-character"),
        (" chat.example.com", "space"),
        ("https://chat.example.com/", "url"),
        ("chat.example.com:443", "url"),
        ("chat.example.com/", "url"),
        ("[::1]", "ip-address"),
        ("1.2.3.4", "ip-address"),
    ],
)
def test_programs_get_no_leniency(text: str, expected: str) -> None:
    assert reason(text, urls=False) == expected


def test_programs_are_told_the_name_inside_an_address() -> None:
    refusal = names.parse("https://chat.example.com/x", urls=False).refusal
    assert refusal is not None
    assert refusal.suggestion == "chat.example.com"


def test_programs_may_use_capitals_and_final_dot() -> None:
    assert read("CHAT.example.com.", urls=False) == "chat.example.com"


@pytest.mark.parametrize("thing", [None, b"chat.example.com", 7])
def test_anything_but_text_is_our_own_fault(thing: object) -> None:
    with pytest.raises(TypeError, match="a host name is a str"):
        names.parse(thing)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("text", "note"),
    [
        ("chat.example.com", ()),
        (" chat.example.com ", ()),
        ("https://chat.example.com", ("We took the name out of the address.",)),
        ("chat.example.com:443", ("We left out the port 443: a name has none.",)),
        ("Chat.example.com", ("Capitals make no difference in DNS: we read chat.example.com.",)),
        ("chat.example.com.", ("We left out the final dot: chat.example.com.",)),
        ("straße.de", ("In DNS, straße.de is written xn--strae-oqa.de.",)),
        ("chat。example.com", ("We read “chat。example.com” as chat.example.com.",)),
    ],
)
def test_says_what_it_understood(text: str, note: tuple[str, ...]) -> None:
    assert names.parse(text).notes == note


def test_shows_a_name_in_its_own_letters_and_as_dns_has_it() -> None:
    assert HostName("xn--strae-oqa.de").shown == "straße.de (xn--strae-oqa.de)"
    assert HostName("chat.example.com").shown == "chat.example.com"


@pytest.mark.parametrize(
    ("name", "suffix", "domain"),
    [
        ("chat.acme.co.uk", "co.uk", "acme.co.uk"),
        ("chat.acme.com", "com", "acme.com"),
        ("co.uk", "co.uk", None),
        ("me.github.io", "github.io", "me.github.io"),
        ("a.x.ck", "x.ck", "a.x.ck"),
        ("a.www.ck", "ck", "www.ck"),
        ("chat.acme.test", "test", "acme.test"),
        ("chat.xn--85x722f.xn--55qx5d.cn", "xn--55qx5d.cn", "xn--85x722f.xn--55qx5d.cn"),
    ],
)
def test_knows_where_registries_end(name: str, suffix: str, domain: str | None) -> None:
    assert HostName(name).public_suffix == suffix
    assert HostName(name).registrable == domain


NOT_REGISTERED = {
    "chat.acme.con": RefusalCode.UNKNOWN_SUFFIX,
    "acme.con": RefusalCode.UNKNOWN_SUFFIX,
    "chat.acme": RefusalCode.UNKNOWN_SUFFIX,
    "chat.me.github.io": RefusalCode.PUBLIC_SUFFIX,
    "me.github.io": RefusalCode.PUBLIC_SUFFIX,
    "chat.acme.com.acme.com": RefusalCode.INVALID_NAME,
    "chat.acme.test": RefusalCode.RESERVED_NAME,
    "printer.local": RefusalCode.RESERVED_NAME,
    "db.internal": RefusalCode.RESERVED_NAME,
    "x.onion": RefusalCode.RESERVED_NAME,
    "x.alt": RefusalCode.RESERVED_NAME,
    "4.3.2.1.in-addr.arpa": RefusalCode.RESERVED_NAME,
    "resolver.arpa": RefusalCode.RESERVED_NAME,
    "nas.home.arpa": RefusalCode.RESERVED_NAME,
    "app.localhost": RefusalCode.RESERVED_NAME,
    "x.invalid": RefusalCode.RESERVED_NAME,
    "chat.acme.example": RefusalCode.RESERVED_NAME,
    "chat.example.com": RefusalCode.RESERVED_NAME,
    "a.corp": RefusalCode.RESERVED_NAME,
    "a.lan": RefusalCode.RESERVED_NAME,
    "a.home": RefusalCode.RESERVED_NAME,
    "a.mail": RefusalCode.RESERVED_NAME,
    "co.uk": RefusalCode.PUBLIC_SUFFIX,
    "x.ck": RefusalCode.PUBLIC_SUFFIX,
    "github.io": RefusalCode.PUBLIC_SUFFIX,
    "herokuapp.com": RefusalCode.PUBLIC_SUFFIX,
    "s3.amazonaws.com": RefusalCode.PUBLIC_SUFFIX,
    "example.com": RefusalCode.WHOLE_DOMAIN,
    "acme.co.uk": RefusalCode.WHOLE_DOMAIN,
    "www.ck": RefusalCode.WHOLE_DOMAIN,
    "xn--strae-oqa.de": RefusalCode.WHOLE_DOMAIN,
    "api.platform.net": RefusalCode.PLATFORM_NAME,
    "platform.net": RefusalCode.PLATFORM_NAME,
    "sales.1234.api.platform.net": RefusalCode.PLATFORM_NAME,
}


@pytest.mark.parametrize("name", NOT_REGISTERED)
def test_does_not_register(name: str) -> None:
    refusal = names.registration_refusal(HostName(name), POLICY)
    assert refusal is not None
    assert refusal.code is NOT_REGISTERED[name]
    assert refusal.sentence.endswith("?" if refusal.is_guess else ".")


@pytest.mark.parametrize(
    "name",
    [
        "chat.acme.com",
        "chat.acme.co.uk",
        "chat.bob.eu.org",
        "chat.evil-api.platform.org",
        "x.evilapi.platform.network",
        "chat.evil-platform.net",
        "mylocal.acme.com",
        "chat.notexample.com",
        "local.acme.com",
        "chat.acme.technology",
    ],
)
def test_registers(name: str) -> None:
    assert names.registration_refusal(HostName(name), POLICY) is None


def test_a_name_beside_ours_without_a_dot_is_not_ours() -> None:
    policy = NamePolicy("platform.tld", extra_suffixes_allowed=frozenset({"tld"}))
    refusal = names.registration_refusal(HostName("evil-platform.tld"), policy)
    assert refusal is not None
    assert refusal.code is RefusalCode.WHOLE_DOMAIN
    assert names.registration_refusal(HostName("chat.evil-platform.tld"), policy) is None


def test_platform_below_a_public_suffix_does_not_claim_the_suffix() -> None:
    refusal = names.registration_refusal(HostName("co.uk"), NamePolicy("platform.co.uk"))
    assert refusal is not None
    assert refusal.code is RefusalCode.PUBLIC_SUFFIX


def test_platform_name_is_ours_also_below_a_reserved_ending() -> None:
    refusal = names.registration_refusal(HostName("a.platform.example"), NamePolicy("platform.example"))
    assert refusal is not None
    assert refusal.code is RefusalCode.PLATFORM_NAME


def test_configuration_opens_a_reserved_ending_and_only_that() -> None:
    policy = NamePolicy("platform.net", frozenset({"test", ".acme.example"}))
    assert names.registration_refusal(HostName("chat.acme.test"), policy) is None
    assert names.registration_refusal(HostName("chat.acme.example"), policy) is None
    for closed in ("chat.other.example", "chat.acme.local", "chat.contest.invalid"):
        refusal = names.registration_refusal(HostName(closed), policy)
        assert refusal is not None
        assert refusal.code is RefusalCode.RESERVED_NAME
    whole = names.registration_refusal(HostName("acme.test"), policy)
    assert whole is not None
    assert whole.suggestion == "chat.acme.test"


def test_whole_domain_offers_a_subdomain() -> None:
    refusal = names.registration_refusal(HostName("xn--strae-oqa.de"), POLICY)
    assert refusal is not None
    assert refusal.suggestion == "chat.xn--strae-oqa.de"
    assert refusal.sentence == (
        "straße.de (xn--strae-oqa.de) is your whole domain; delegating it also moves its mail and web site. "
        "Use a subdomain, such as chat.straße.de."
    )


def test_whole_domain_offers_no_name_that_would_be_refused() -> None:
    refusal = names.registration_refusal(HostName("example.com"), POLICY)
    assert refusal is not None
    assert refusal.suggestion is None


def test_shared_suffixes_are_told_apart() -> None:
    registry = names.registration_refusal(HostName("co.uk"), POLICY)
    private = names.registration_refusal(HostName("eu.org"), POLICY)
    assert registry is not None
    assert private is not None
    assert (registry.reason, private.reason) == ("registry", "private-suffix")


@pytest.mark.parametrize(
    ("typed", "other"),
    [("раура.com", "paypa.com"), ("chat.раура.com", "chat.paypa.com"), ("ԛԝе.com", "qwe.com")],
)
def test_warns_about_a_word_that_looks_latin(typed: str, other: str) -> None:
    parsed = names.parse(typed)
    assert parsed.name is not None
    warning = names.lookalike_warning(parsed.name)
    assert warning is not None
    assert f"looks like {other}" in warning


@pytest.mark.parametrize("typed", ["paypal.com", "straße.de", "почта.com", "日本.jp", "ελλάδα.gr", "123.com"])
def test_does_not_warn_about_ordinary_words(typed: str) -> None:
    parsed = names.parse(typed)
    assert parsed.name is not None
    assert names.lookalike_warning(parsed.name) is None


@pytest.mark.parametrize(
    ("host", "zone", "expected"),
    [
        ("chat.acme.com", "acme.com", "chat"),
        ("a.chat.Acme.co.uk.", "acme.co.uk", "a.chat"),
        ("acme.com", "acme.com.", "@"),
        ("chat.acme.com", "", "chat.acme.com"),
    ],
)
def test_name_relative_to_a_zone(host: str, zone: str, expected: str) -> None:
    assert names.relative(host, zone) == expected


def test_no_relative_name_in_another_zone() -> None:
    with pytest.raises(ValueError, match=r"does not stand below acme\.com"):
        names.relative("chat.notacme.com", "acme.com")


def test_below_respects_the_dot() -> None:
    assert names.at_or_below("chat.acme.com", "acme.com")
    assert names.at_or_below("ACME.com.", "acme.com")
    assert not names.at_or_below("evilacme.com", "acme.com")
    assert not names.at_or_below("com", "acme.com")


NEAR_NAMES = st.text(alphabet="aAzß1-._*@:/#%\\ \n\t\0xn日Ⅷ１。İаㄅ\u200d\u0301א", max_size=40)


@settings(max_examples=400, deadline=None)
@given(st.text() | NEAR_NAMES, st.booleans(), st.booleans())
@example("xn--" + "9" * 59 + ".com", True, False)
@example("\u2024.com", True, False)
@example("a.\u2100.com", True, False)
def test_any_text_is_a_name_or_a_refusal(text: str, urls: bool, underscores: bool) -> None:
    parsed = names.parse(text, urls=urls, underscores=underscores)
    assert (parsed.name is None) != (parsed.refusal is None)
    if parsed.name is not None:
        again = names.parse(parsed.name.ascii, urls=False, underscores=underscores)
        assert again.name == parsed.name
        assert again.notes == ()
        assert names.parse(parsed.name.unicode, underscores=underscores).name == parsed.name
    elif parsed.refusal and parsed.refusal.suggestion:
        assert names.parse(parsed.refusal.suggestion).name == HostName(parsed.refusal.suggestion)
        assert parsed.refusal.sentence.isprintable()


@settings(max_examples=200, deadline=None)
@given(st.lists(st.from_regex(r"[a-z0-9]([a-z0-9-]{0,10}[a-z0-9])?", fullmatch=True), min_size=1, max_size=5))
def test_every_name_of_letters_digits_and_hyphens_is_read_as_it_is(labels: list[str]) -> None:
    name = ".".join([*labels, "example"])
    unencoded = all(label[2:4] != "--" for label in labels)
    assert (names.parse(name).name == HostName(name)) or not unencoded
