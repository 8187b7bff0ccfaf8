"""What is stored when somebody types this at the provider."""

from __future__ import annotations

import dns.rdata
import pytest

from webapp.sandbox.provider.record import TypedError
from webapp.sandbox.provider.typed import Typed, read, zone_of

DIGEST = "0" * 64


def stored(name: str, kind: str, value: str, zone: str | None = "acme.test") -> tuple[str, str]:
    (record,) = read(Typed(name, kind, "300", value), zone)
    return record.name, record.value


def fault(name: str, kind: str, value: str, ttl: str = "300") -> tuple[str, str]:
    with pytest.raises(TypedError) as refused:
        read(Typed(name, kind, ttl, value), "acme.test")
    return refused.value.field, str(refused.value)


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        ("chat", "chat.acme.test"),
        (" Chat ", "chat.acme.test"),
        ("@", "acme.test"),
        ("", "acme.test"),
        ("*", "*.acme.test"),
        ("_acme-challenge.chat", "_acme-challenge.chat.acme.test"),
        ("chat.acme.test.", "chat.acme.test"),
        ("chat.acme.test", "chat.acme.test.acme.test"),
        ("straße", "xn--strae-oqa.acme.test"),
    ],
)
def test_names_are_relative_to_the_zone_unless_they_end_with_a_dot(typed: str, expected: str) -> None:
    assert stored(typed, "A", "192.0.2.1")[0] == expected


@pytest.mark.parametrize(
    ("kind", "typed", "expected"),
    [
        ("NS", "ns-1.awsdns-00.com.", "ns-1.awsdns-00.com."),
        ("NS", "ns-1.awsdns-00.com", "ns-1.awsdns-00.com.acme.test."),
        ("NS", "192.0.2.1", "192.0.2.1.acme.test."),
        ("NS", "https://ns-1.awsdns-00.com.", "https://ns-1.awsdns-00.com."),
        ("CNAME", "@", "acme.test."),
        ("CNAME", "bücher.test.", "xn--bcher-kva.test."),
        ("MX", "10 mail", "10 mail.acme.test."),
        ("SRV", "1 2 443 www.other.test.", "1 2 443 www.other.test."),
        ("DNAME", "new", "new.acme.test."),
        ("ALIAS", "edge.other.test", "edge.other.test.acme.test."),
        ("ALIAS", "edge.other.test.", "edge.other.test."),
    ],
)
def test_host_names_in_values_get_the_zone_appended_too(kind: str, typed: str, expected: str) -> None:
    assert stored("x", kind, typed)[1] == expected


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        ("chat", "chat.acme.test"),
        ("chat.acme.test", "chat.acme.test"),
        ("Chat.Acme.Test.", "chat.acme.test"),
        ("acme.test", "acme.test"),
        ("@", "acme.test"),
        ("*.acme.test", "*.acme.test"),
        ("otheracme.test", "otheracme.test.acme.test"),
        ("straße.acme.test", "xn--strae-oqa.acme.test"),
    ],
)
def test_where_nothing_is_appended_a_name_that_ends_with_the_zones_is_full(typed: str, expected: str) -> None:
    (record,) = read(Typed(typed, "A", "300", "192.0.2.1"), "acme.test", appends=False)

    assert record.name == expected


@pytest.mark.parametrize(
    ("kind", "typed", "expected"),
    [
        ("CNAME", "edge.other.test", "edge.other.test."),
        ("CNAME", "edge.other.test.", "edge.other.test."),
        ("CNAME", "@", "acme.test."),
        ("MX", "10 mail.other.test", "10 mail.other.test."),
        ("NS", "ns-1.awsdns-00.com", "ns-1.awsdns-00.com."),
    ],
)
def test_where_nothing_is_appended_values_hold_full_names(kind: str, typed: str, expected: str) -> None:
    (record,) = read(Typed("x", kind, "300", typed), "acme.test", appends=False)

    assert record.value == expected


@pytest.mark.parametrize(
    ("typed", "octets"),
    [
        ("v=spf1 -all", [b"v=spf1 -all"]),
        ('"one" "two"', [b"one", b"two"]),
        ('"one""two"', [b"one", b"two"]),
        ('  "token"\t', [b"token"]),
        ('" token "', [b" token "]),
        ('"unpaired', [b'"unpaired']),
        ('""', [b""]),
        (f'"{"a" * 255}" "{"b" * 255}"', [b"a" * 255, b"b" * 255]),
        ('say "hi"', [b'say "hi"']),
        ("back\\slash", [b"back\\slash"]),
        ("ü", ["ü".encode()]),
        ("a" * 300, [b"a" * 255, b"a" * 45]),
    ],
)
def test_text_needs_no_quotation_marks(typed: str, octets: list[bytes]) -> None:
    value = stored("@", "TXT", typed)[1]

    assert dns.rdata.from_text("IN", "TXT", value).strings == tuple(octets)  # type: ignore[attr-defined]


def test_each_line_is_a_record() -> None:
    records = read(Typed("chat", "ns", "60", "a.test.\r\n\r\n  b.test. \n"), "acme.test")

    assert [(one.type, one.ttl, one.value) for one in records] == [
        ("NS", 60, "a.test."),
        ("NS", 60, "b.test."),
    ]


@pytest.mark.parametrize(
    ("kind", "value", "expected"),
    [
        ("A", "192.0.2.256", "an IPv4 address"),
        ("A", "2001:db8::1", "an IPv4 address"),
        ("AAAA", "192.0.2.1", "an IPv6 address"),
        ("NS", "a.test. b.test.", "one host name"),
        ("CNAME", f"{'a' * 64}.test.", "one host name"),
        ("MX", "mail.acme.test.", "a number and a host name"),
        ("DS", "1 13 2", "a DS value"),
        ("CAA", "issue amazon.com", "a CAA value"),
    ],
)
def test_a_value_that_cannot_be_read_is_refused_in_a_sentence(kind: str, value: str, expected: str) -> None:
    field, sentence = fault("x", kind, value)

    assert field == "value"
    assert sentence.startswith(f"“{value}” is not {expected}")
    assert sentence.endswith(".")


@pytest.mark.parametrize(
    ("name", "kind", "value", "ttl", "field"),
    [
        ("a..b", "A", "192.0.2.1", "300", "name"),
        ("a" * 64, "A", "192.0.2.1", "300", "name"),
        ("www.other.test.", "A", "192.0.2.1", "300", "name"),
        ("x", "SOA", "y", "300", "type"),
        ("x", "A", " \n", "300", "value"),
        ("x", "A", "192.0.2.1", "soon", "ttl"),
        ("x", "A", "192.0.2.1", "-1", "ttl"),
        ("x", "A", "192.0.2.1", "604801", "ttl"),
    ],
)
def test_the_fault_names_its_field(name: str, kind: str, value: str, ttl: str, field: str) -> None:
    assert fault(name, kind, value, ttl)[0] == field


@pytest.mark.parametrize(
    ("typed", "longest"),
    [(f'"{"a" * 256}"', 256), (f'"one" "{"a" * 300}"', 300), ('"' + "ü" * 128 + '"', 256)],
)
def test_a_string_in_quotation_marks_has_255_bytes_at_most(typed: str, longest: int) -> None:
    field, sentence = fault("x", "TXT", typed)

    assert field == "value"
    assert sentence.startswith(
        f"A string between quotation marks can have 255 bytes at most; this one has {longest}."
    )


def test_mistakes_are_not_prevented() -> None:
    assert stored("@", "CNAME", "elsewhere.test.") == ("acme.test", "elsewhere.test.")


@pytest.mark.parametrize("dot", ["", "."])
def test_without_a_zone_names_and_values_are_absolute(dot: str) -> None:
    assert stored(f"chat.acme.test{dot}", "NS", f"ns-1.awsdns-00.com{dot}", zone=None) == (
        "chat.acme.test",
        "ns-1.awsdns-00.com.",
    )


@pytest.mark.parametrize(
    ("name", "zone"),
    [("chat.acme.test", "acme.test"), ("ACME.co.uk.", "acme.co.uk"), ("a.b.acme.com", "acme.com")],
)
def test_the_zone_is_the_domain_that_its_owner_registered(name: str, zone: str) -> None:
    assert zone_of(name) == zone


@pytest.mark.parametrize("name", ["test", "co.uk", "", "chat", "acme.nowhere", "a..test"])
def test_what_nobody_can_register_is_no_zone(name: str) -> None:
    with pytest.raises(TypedError):
        zone_of(name)


@pytest.mark.parametrize(
    "zone", ["sandbox-registrar.test", "sandbox-registry.test", "awsdns-00.com", "awsdns-63.co.uk"]
)
def test_the_sandboxs_own_zones_stay_as_they_are(zone: str) -> None:
    with pytest.raises(TypedError, match="belongs to the sandbox"):
        read(Typed("x", "A", "300", "192.0.2.1"), zone)
