"""What is suggested for a text that is no host name: the name that was meant, without a letter of it changed."""

from __future__ import annotations

import pytest

from webapp.dns import names

CHAT = "chat.acme.com"

SCHEMES = [
    *("http//{}", "https//{}", "http:/{}", "https:/{}", "https:{}", "http:{}", "https;//{}", "https,//{}"),
    *("https.//{}", "https://https://{}", "http://https//{}", "https//:{}", "https:\\\\{}", "https:\\{}"),
    *("htp//{}", "htps:{}", "ttps//{}", "hhttps//{}", "https: //{}", "https :/{}", "HTTPS:/{}", "hxxp//{}"),
    *(
        "h**ps://{}",
        "hxxps[:]//{}",
        "ftp:{}",
        "wss:/{}",
        "Domain: {}",
        "URL: https://{}/",
        "https:/{}:443/login",
        "hhtp:/{}",
        "https：//{}",
        "view-source:https://{}",
        "https:///{}",
    ),
]
WRAPPED = [
    *(
        "“{}”",
        "„{}“",
        "‘{}’",
        "«{}»",
        "‹{}›",
        "「{}」",
        '"{}"',
        "'{}'",
        "`{}`",
        "´{}´",
        "**{}**",
        "<{}>",
        "[{}]",
    ),
    *(
        "({})",
        "{{{}}}",
        "<https://{}>",
        "<https://{}|our chat>",
        "[our chat](https://{}/x)",
        "“https://{}/”",
        "„{}”,",
    ),
    *(
        "{}:",
        "{},",
        "{};",
        "{}!",
        "{}.!",
        "{} ,",
        "{} ;",
        "{}…",
        "{}.,",
        "/{}",
        "//{};/",
        "\\{}",
        "- {}",
        "• {}",
        "– {}",
    ),
    *(
        "@{}",
        "#{}",
        "={}",
        "{}=",
        "~{}",
        "{}|",
        "💬 {}",
        "{} 👍",
        "{}:port",
        "{}\\login",
        "{} / login",
        "{}：",
        "{}？x",
        "（{}）",
        "【{}】",
        "{}<br>",
        "<b>{}</b>",
        "https://“{}”",
        "https://{}:/",
    ),
]
ESCAPED = [
    *(
        "{}%20",
        "%20{}",
        "{}%2F",
        "{}%0A",
        "https%3A%2F%2F{}",
        "https%3A//{}",
        "{}%E2%80%8B",
        "{}%2520",
        "%22{}%22",
    ),
    *("{}&nbsp;", "&quot;{}&quot;", "&lt;{}&gt;"),
]
DOTS = [
    *(
        "chat[.]acme[.]com",
        "chat(.)acme(.)com",
        "chat{.}acme{.}com",
        "chat(dot)acme(dot)com",
        "chat[dot]acme[DOT]com",
    ),
    *(
        "chat <dot> acme <dot> com",
        "chat dot acme dot com",
        "chat [.] acme [.] com",
        "chat[.acme[.com",
        "chat.]acme.]com",
    ),
    *(
        "chat,acme,com",
        "chat;acme;com",
        "chat.acme,com",
        "chat..acme...com",
        "chat .acme.com",
        "chat. acme. com",
    ),
    *(
        "chat . acme . com",
        "chat\t.acme.com",
        "chat.acme\n.com",
        "chat\\.acme\\.com",
        "chat%2Eacme%2Ecom",
        "chat•acme•com",
    ),
    *(
        ".chat.acme.com",
        "chat.acme.com..",
        "chat.-acme.com",
        "-chat.acme.com",
        "chat-.acme.com",
        "chat&#46;acme.com",
    ),
    *("chat\u200b.acme.com", "chat\u00ad.acme.com", "c\u2060hat.acme.com"),
]


@pytest.mark.parametrize("text", [form.format(CHAT) for form in SCHEMES + WRAPPED + ESCAPED] + DOTS)
def test_name_that_was_meant_is_suggested(text: str) -> None:
    refusal = names.parse(text).refusal
    assert refusal is not None
    assert refusal.suggestion == CHAT
    assert refusal.sentence.endswith(f"Did you mean {CHAT}?")


@pytest.mark.parametrize(
    ("text", "suggestion"),
    [
        ("http//straße.beispiel.de", "xn--strae-oqa.beispiel.de"),
        ("https:/m%C3%BCller.acme.com", "xn--mller-kva.acme.com"),
        ("chat–bot.acme.com", "chat-bot.acme.com"),
        ("chat‑bot.acme.com", "chat-bot.acme.com"),
        ("chat−bot.acme.com", "chat-bot.acme.com"),
        ("my_chat_bot.acme.com", "my-chat-bot.acme.com"),
        ("hello@chat.acme.com", CHAT),
        ("mailto:hello@chat.acme.com?subject=x", CHAT),
        ("https:/me:secret@chat.acme.com", CHAT),
        ("*.chat.acme.com", CHAT),
        ("chat_.acme.com", CHAT),
        ("“xn--strae-oqa.beispiel.de”", "xn--strae-oqa.beispiel.de"),
    ],
)
def test_only_what_cannot_be_part_of_a_name_is_changed(text: str, suggestion: str) -> None:
    refusal = names.parse(text).refusal
    assert refusal is not None
    assert refusal.suggestion == suggestion


REMARKS = [
    *(
        "{} (our bot)",
        "{} - our bot",
        "{} – Chatbot",
        "{} our new bot",
        "our bot: {}",
        "1. {}",
        "2) {}",
        "(3) {}",
    ),
    *("Domain name: {}", "Domain:{}", "URL:{}", "host={}", "domain_name={}", "DNS:{}", "CN={}", "域名：{}"),
    *("_{}_", "__{}__", "\\u200b{}", "{}\\n", "{}\ufffc", "\u2800{}", "{}\ufffd"),
]
ADDRESSES = [
    *(
        "Chat <https://{0}>",
        "{0} <https://{0}/>",
        "{0}<http://{0}/>",
        "https://{0}https://{0}",
        "{0}http://{0}",
    ),
    *("{0} https://{0}", '<a href="https://{0}">chat</a>', "curl https://{0}/", "<https://{0}|{0}>"),
    *("https://{0} を使う", "see https://{0}/login, thank you"),
]


@pytest.mark.parametrize("text", [form.format(CHAT) for form in REMARKS + ADDRESSES])
def test_name_is_found_among_what_is_said_of_it(text: str) -> None:
    refusal = names.parse(text).refusal
    assert refusal is not None
    assert refusal.suggestion == CHAT


@pytest.mark.parametrize(
    "text", ["www chat.acme.com", "www:chat.acme.com", "www/chat.acme.com", "https:/www;chat.acme.com"]
)
def test_dot_after_www_is_put_right(text: str) -> None:
    refusal = names.parse(text).refusal
    assert refusal is not None
    assert refusal.suggestion == f"www.{CHAT}"


@pytest.mark.parametrize("dot", "\u2024\u00b7\u2027\u06d4\u22c5\u201a")
def test_signs_that_look_like_a_dot_are_dots(dot: str) -> None:
    refusal = names.parse(dot.join(("chat", "acme", "com"))).refusal
    assert refusal is not None
    assert refusal.suggestion == CHAT


@pytest.mark.parametrize(
    "text",
    [
        *("chat.acme.co uk", "chat.acme.co m", "https://chat.acme.co m"),
        *("https://a.acme.com or b.acme.com", "bot.acme.org <https://chat.acme.com>"),
        *(
            "chat.acme.com、bot.acme.com",
            "chat.acme.com|bot.acme.com",
            "https://a.acme.comhttps://b.acme.com",
        ),
        *("a.acme.com:// b.acme.com", "chat.acme.comhttps://bot.acme.com", "chat bot.acme.com", "%s.co m"),
        *("chat.acme.com,bot", "chat.acme.com; shop", "[a.acme.com](https://b.acme.com)"),
        *("chat.نامه\u200cای.com", "क्\u200dष.acme.com"),
    ],
)
def test_no_other_name_is_offered_where_it_is_in_doubt(text: str) -> None:
    refusal = names.parse(text).refusal
    assert refusal is not None
    assert refusal.suggestion is None


@pytest.mark.parametrize(
    "text",
    ["a.acme.com\nb.acme.com", "a.acme.com\tb.acme.com", "a.acme.com、b.acme.com", "a.acme.com|b.acme.com"],
)
def test_column_of_names_is_more_than_one_name(text: str) -> None:
    refusal = names.parse(text).refusal
    assert refusal is not None
    assert refusal.reason == "several-names"


@pytest.mark.parametrize("text", ["www.chat acme.com", "e.g. chat.acme.com", "chat.exa\nmple.com"])
def test_one_name_with_a_gap_is_not_called_several(text: str) -> None:
    refusal = names.parse(text).refusal
    assert refusal is not None
    assert refusal.reason != "several-names"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("chat/bot.acme.com", "“chat” before the “/” is only one word"),
        ("_dmarc.acme.com", "underscore. Leave out the part with it."),
        ("1مثال.com", "begins with a digit and is written from the right. Begin it with a letter."),
    ],
)
def test_reason_and_fix_are_those_of_the_text(text: str, said: str) -> None:
    refusal = names.parse(text).refusal
    assert refusal is not None
    assert said in refusal.sentence


def test_suggestion_is_shown_in_its_own_letters() -> None:
    refusal = names.parse("http//straße.beispiel.de").refusal
    assert refusal is not None
    assert refusal.sentence.endswith("Did you mean straße.beispiel.de (xn--strae-oqa.beispiel.de)?")


@pytest.mark.parametrize(
    "text",
    [
        *(
            "hello@acme.com",
            "*.acme.com",
            "http//acme.com",
            "http//co.uk",
            "http//localhost",
            "http//",
            "“”",
            "%20",
        ),
        *(
            "no name",
            "chat acme.com",
            "chat.acme.com, shop.acme.com",
            "chat.acme.com shop.acme.com",
            "_dmarc.acme.com",
        ),
        *(
            "1.2.3.4:",
            "http//1.2.3.4",
            "♥.chat.acme.com",
            "p\u0430ypal.acme.com",
            "chat/acme/com",
            "@acme.com",
        ),
        "http//chat.acme.com.acme.com"[:-9] + "/",
    ][:-1],
)
def test_nothing_is_suggested_that_is_refused_or_was_not_meant(text: str) -> None:
    refusal = names.parse(text).refusal
    assert refusal is not None
    assert refusal.suggestion is None
    assert "Did you mean" not in refusal.sentence


def test_fix_for_a_mail_address_is_not_a_whole_domain() -> None:
    refusal = names.parse("hello@acme.com").refusal
    assert refusal is not None
    assert refusal.sentence.endswith("Enter a host name, such as chat.example.com.")


def test_broken_scheme_is_named_and_not_taken_for_a_name() -> None:
    refusal = names.parse("http//chat.acme.com").refusal
    assert refusal is not None
    assert "it begins with “http//”" in refusal.sentence
    assert "http.example.com" not in refusal.sentence


def test_several_names_are_registered_one_by_one() -> None:
    refusal = names.parse("chat.acme.com; shop.acme.com").refusal
    assert refusal is not None
    assert refusal.sentence.endswith("it holds more than one name. Register them one by one.")


UNSEEN = (
    "\u200b\u200c\u200d\u200e\u200f\u202a\u202b\u202c\u202d"
    "\u202e\u2060\u2066\u2067\u2068\u2069\ufeff\u00ad\u061c"
)


@pytest.mark.parametrize("mark", UNSEEN, ids=lambda mark: f"U+{ord(mark):04X}")
@pytest.mark.parametrize(
    "form",
    [
        "{0}chat.acme.com{0}",
        " {0} chat.acme.com{0}\n",
        "https://{0}chat.acme.com{0}/x",
        "{0}chat.acme.com{0}:443",
    ],
)
def test_marks_around_a_name_are_copied_along_and_left_out(mark: str, form: str) -> None:
    assert names.parse(form.format(mark)).name == names.HostName(CHAT)


@pytest.mark.parametrize("mark", UNSEEN, ids=lambda mark: f"U+{ord(mark):04X}")
def test_marks_within_a_name_are_refused(mark: str) -> None:
    assert names.parse(f"ch{mark}at.acme.com").name is None
    assert names.parse(f"{mark}chat.acme.com", urls=False).name is None
