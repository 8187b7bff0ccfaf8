from __future__ import annotations

import dns.rdata
import pytest
from dns.rdtypes.ANY.TXT import TXT
from hypothesis import given
from hypothesis import strategies as st

from webapp.aws.route53.text import (
    bare,
    from_route53,
    plain_name,
    same_values,
    to_route53,
)


@pytest.mark.parametrize("given_id", ["/hostedzone/Z1ABC", "hostedzone/Z1ABC", "Z1ABC", "/change/Z1ABC"])
def test_ids_are_bare(given_id: str) -> None:
    assert bare(given_id) == "Z1ABC"


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("Chat.Example.COM.", "chat.example.com"),
        ("chat.example.com", "chat.example.com"),
        (r"\052.example.com.", "*.example.com"),
        (r"\137acme.example.com.", "_acme.example.com"),
        (r"a\056b.example.com.", r"a\056b.example.com"),
        (r"a\134b.example.com.", r"a\134b.example.com"),
        (r"a\040b.example.com.", r"a\040b.example.com"),
        (r"a\374b.example.com.", r"a\374b.example.com"),
    ],
)
def test_names_are_compared_in_one_form(name: str, expected: str) -> None:
    assert plain_name(name) == expected


@pytest.mark.parametrize(
    ("value", "raw"),
    [
        ('"hello"', '"hello"'),
        ("hello", '"hello"'),
        ("two words", '"two words"'),
        ('"one" "two"', '"one" "two"'),
        (r'"\009"', r'"\011"'),
        (r'"\195\169"', r'"\303\251"'),
        ("é", r'"\303\251"'),
        (r'"say \"hi\" \\ bye"', r'"say \"hi\" \\ bye"'),
        ('"not closed', r'"\"not closed"'),
        (f'"{"a" * 300}"', f'"{"a" * 255}" "{"a" * 45}"'),
    ],
)
def test_txt_as_route_53_wants_it(value: str, raw: str) -> None:
    assert to_route53("TXT", value) == raw


@pytest.mark.parametrize(
    ("raw", "value"),
    [(r'"a\011b"', r'"a\009b"'), (r'"\303\251"', r'"\195\169"'), ('"a" "b"', '"a" "b"'), ('"\\101"', '"A"')],
)
def test_txt_as_route_53_gives_it(raw: str, value: str) -> None:
    assert from_route53("TXT", raw) == value


@pytest.mark.parametrize(
    ("kind", "value", "raw"),
    [
        ("CNAME", "target.example.net", "target.example.net."),
        ("CNAME", "_x1.acm-validations.aws", "_x1.acm-validations.aws."),
        ("NS", "ns-1.awsdns-00.com", "ns-1.awsdns-00.com."),
        ("A", "192.0.2.1", "192.0.2.1"),
        ("CAA", '0 issue "amazon.com"', '0 issue "amazon.com"'),
        ("MX", "10 mail.example.com.", "10 mail.example.com."),
    ],
)
def test_only_txt_is_quoted(kind: str, value: str, raw: str) -> None:
    assert to_route53(kind, value) == raw
    assert from_route53(kind, raw) == value


def zone_file(octets: bytes) -> str:
    """A TXT value in strings of at most 255 octets, every octet escaped."""
    strings = [octets[start : start + 255] for start in range(0, len(octets), 255)] or [b""]
    return " ".join('"' + "".join(f"\\{octet:03d}" for octet in string) + '"' for string in strings)


def content(value: str) -> bytes:
    """The octets of a TXT value, by the reader of another author."""
    read = dns.rdata.from_text("IN", "TXT", value)
    assert isinstance(read, TXT)
    return b"".join(read.strings)


@given(st.binary(max_size=2000))
def test_txt_survives_the_way_to_route_53_and_back(octets: bytes) -> None:
    raw = to_route53("TXT", zone_file(octets))

    assert raw.isascii()
    assert all(len(part) <= 4 * 255 for part in raw[1:-1].split('" "'))
    assert content(from_route53("TXT", raw)) == octets


@given(st.text(st.characters(exclude_categories=["Cs"])).filter(lambda text: not text.startswith('"')))
def test_plain_text_means_itself(text: str) -> None:
    assert content(from_route53("TXT", to_route53("TXT", text))) == text.encode()


@given(st.text(st.characters(exclude_categories=["Cs"])), st.sampled_from(["TXT", "CNAME", "A", "NS"]))
def test_whatever_is_written_is_equal_to_what_is_read(value: str, kind: str) -> None:
    raw = to_route53(kind, value)

    assert same_values(kind, [from_route53(kind, raw)], [value])


def test_values_are_a_set() -> None:
    assert same_values("TXT", ['"a"', "b"], ['"b"', "a"])
    assert same_values("CNAME", ["Target.example."], ["target.example"])
    assert not same_values("A", ["192.0.2.1"], ["192.0.2.1", "192.0.2.2"])
    assert not same_values("TXT", ['"a" "b"'], ['"ab"'])
