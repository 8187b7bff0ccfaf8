"""What the providers do not take."""

from __future__ import annotations

import pytest

from webapp.sandbox.provider import rules
from webapp.sandbox.provider.providers import REGISTRAR, SITES, Provider
from webapp.sandbox.provider.record import Record, RefusedError
from webapp.sandbox.provider.switches import Flatten, Switches
from webapp.sandbox.provider.typed import Typed, read

VALUES = {
    "A": "203.0.113.1",
    "AAAA": "2001:db8::1",
    "ALIAS": "edge.other.test",
    "CAA": '0 issue "ca.example.net"',
    "CNAME": "edge.other.test",
    "DNAME": "other.test",
    "DS": "1 13 2 " + "0" * 64,
    "MX": "10 mail.other.test",
    "NS": "ns-1.awsdns-00.com",
    "SRV": "1 2 443 www.other.test",
    "TXT": "token",
}
OTHERS = sorted(VALUES.keys() - {"CNAME"})
AS_IT_COMES = Switches()
HOST, APEX = "chat.acme.test", "acme.test"


def record(kind: str, name: str = HOST, value: str = "", *, proxied: bool = False) -> Record:
    (one,) = read(Typed(name, kind, "300", value or VALUES[kind], proxied))
    return one


def refused(new: Record, *stored: Record, switches: Switches = AS_IT_COMES) -> tuple[str, str] | None:
    """Field and sentence; None when the record is taken."""
    try:
        rules.refuse(switches, new, stored)
    except RefusedError as err:
        return err.field, str(err)
    return None


@pytest.mark.parametrize("kind", OTHERS)
def test_nothing_stands_beside_a_cname_in_either_order(kind: str) -> None:
    last = (
        f"chat.acme.test has other records already ({kind}). A CNAME record cannot stand beside other records of the"
        " same name; delete them first."
    )
    first = (
        f"chat.acme.test has a CNAME record already. No {kind} record can stand beside it; delete the CNAME record or"
        " choose another name."
    )
    assert refused(record("CNAME"), record(kind)) == ("name", last)
    assert refused(record(kind), record("CNAME")) == ("name", first)


@pytest.mark.parametrize(
    "other", ["_nameplate-challenge.chat.acme.test", "x.chat.acme.test", "www.acme.test"]
)
@pytest.mark.parametrize("kind", OTHERS)
def test_records_of_other_names_are_in_nobodys_way(kind: str, other: str) -> None:
    assert refused(record("CNAME"), record(kind, other)) is None
    assert refused(record(kind, other), record("CNAME")) is None


@pytest.mark.parametrize("kind", ["CNAME", "DNAME", "ALIAS"])
def test_a_name_has_one_of_these_only(kind: str) -> None:
    found = refused(record(kind, value="second.other.test"), record(kind))

    assert found is not None
    assert "already, and a name can have one only." in found[1]
    assert refused(record(kind), record(kind)) is None, "the same again"


@pytest.mark.parametrize("kind", sorted(VALUES.keys() - {"CNAME", "DNAME", "ALIAS"}))
def test_other_records_may_be_many(kind: str) -> None:
    values = {"TXT": "second", "A": "203.0.113.2", "AAAA": "2001:db8::2"}
    assert refused(record(kind, value=values.get(kind, "")), record(kind)) is None


@pytest.mark.parametrize("flatten", Flatten)
@pytest.mark.parametrize("provider", [REGISTRAR, SITES])
def test_a_cname_at_the_apex_needs_flattening(provider: Provider, flatten: Flatten) -> None:
    found = refused(record("CNAME", APEX), switches=Switches(provider, flatten))

    if flatten is not Flatten.OFF:
        assert found is None
    else:
        assert found is not None
        assert found[0] == "name"
        assert found[1].startswith(
            "acme.test itself cannot have a CNAME record, because it has SOA and NS records."
        )


@pytest.mark.parametrize("kind", OTHERS)
def test_a_flattened_apex_leaves_room_for_all_but_addresses(kind: str) -> None:
    flattened = Switches(flatten=Flatten.APEX)
    taken = kind not in {"A", "AAAA", "ALIAS", "DNAME"}

    assert (refused(record("CNAME", APEX), record(kind, APEX), switches=flattened) is None) is taken
    assert (refused(record(kind, APEX), record("CNAME", APEX), switches=flattened) is None) is taken


def test_flattening_everywhere_leaves_no_room_below_the_apex() -> None:
    assert refused(record("CNAME"), record("TXT"), switches=Switches(flatten=Flatten.EVERYWHERE))


@pytest.mark.parametrize("name", [HOST, APEX])
@pytest.mark.parametrize("kind", ["A", "AAAA"])
def test_an_alias_stands_beside_no_addresses(kind: str, name: str) -> None:
    sentence = "An ALIAS record cannot stand beside A, AAAA or CNAME records of the same name."

    for new, stored in (("ALIAS", kind), (kind, "ALIAS")):
        found = refused(record(new, name), record(stored, name))
        assert found is not None
        assert found[1].endswith(sentence)


@pytest.mark.parametrize("kind", ["TXT", "MX", "CAA", "NS"])
def test_an_alias_stands_beside_everything_else(kind: str) -> None:
    assert refused(record("ALIAS", APEX), record(kind, APEX)) is None


@pytest.mark.parametrize("name", [HOST, "*.acme.test", "a.b.acme.test"])
def test_one_provider_takes_no_ns_records_below_a_name(name: str) -> None:
    assert refused(record("NS", name), switches=Switches(SITES)) == (
        "type",
        "NS records are not supported for subdomains. To use other name servers, change them for the whole domain.",
    )
    assert refused(record("NS", name)) is None


def test_one_provider_takes_no_ns_records_of_the_domain_either() -> None:
    assert refused(record("NS", APEX), switches=Switches(SITES)) == (
        "type",
        "The NS records of the domain itself are managed by us. Change name servers at your registrar.",
    )


@pytest.mark.parametrize("kind", OTHERS)
def test_only_what_leads_visitors_can_be_proxied(kind: str) -> None:
    found = refused(record(kind, proxied=True))

    assert (found is None) is (kind in {"A", "AAAA"})
    assert found is None or found[0] == "proxied"
    assert refused(record("CNAME", proxied=True)) is None


@pytest.mark.parametrize(("provider", "longest"), [(REGISTRAR, 2048), (SITES, 255)])
@pytest.mark.parametrize("strings", [1, 2])
def test_text_has_a_longest_length_over_all_its_strings(
    provider: Provider, longest: int, strings: int
) -> None:
    def text(length: int) -> Record:
        if strings == 1:
            return record("TXT", value="x" * length)
        pieces = ["x" * min(100, length - at) for at in range(0, length, 100)]
        return record("TXT", value=" ".join(f'"{piece}"' for piece in pieces))

    assert refused(text(longest), switches=Switches(provider)) is None
    assert refused(text(longest + 1), switches=Switches(provider)) == (
        "value",
        f"This text has {longest + 1} bytes; a TXT record can have {longest} at most.",
    )


@pytest.mark.parametrize(
    ("stored", "wanted", "field"),
    [
        (record("NS"), Switches(SITES), "provider"),
        (record("TXT", value="x" * 256), Switches(SITES), "provider"),
        (record("CNAME", APEX), Switches(flatten=Flatten.OFF), "flatten"),
    ],
)
def test_what_is_stored_keeps_a_switch_where_it_is(stored: Record, wanted: Switches, field: str) -> None:
    with pytest.raises(RefusedError, match="first") as err:
        rules.refuse_switches(wanted, [stored])
    assert err.value.field == field


def test_switches_move_freely_otherwise() -> None:
    stored = [record(kind) for kind in OTHERS if kind != "NS"]
    for flatten in Flatten:
        rules.refuse_switches(Switches(SITES, flatten), [*stored, record("CNAME", "www.acme.test")])
