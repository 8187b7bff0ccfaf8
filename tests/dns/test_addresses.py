from __future__ import annotations

import ipaddress

import pytest

from webapp.dns.addresses import refusal, target_of

REFUSED = [
    # this machine, and nobody
    *("127.0.0.1", "127.255.255.254", "0.0.0.0", "::1", "::"),  # noqa: S104 (an address to be refused)
    # private networks
    *("10.0.0.1", "172.16.0.1", "172.31.255.255", "192.168.1.1", "100.64.0.1", "fc00::1", "fd12::1"),
    # link-local, with the metadata service of clouds
    *("169.254.169.254", "fe80::1", "fec0::1"),
    # multicast, broadcast, reserved
    *("224.0.0.1", "239.1.2.3", "255.255.255.255", "240.0.0.1", "ff02::1", "ff0e::1"),
    # documentation, benchmarks, protocol assignments, withdrawn relays
    *("192.0.2.1", "198.51.100.1", "203.0.113.1", "2001:db8::1", "3fff::1", "198.18.0.1", "2001:2::1"),
    *("192.0.0.8", "192.0.0.9", "192.88.99.1", "2001::1", "2001:20::1", "100::1"),
    # wrapped: mapped, compatible, NAT64, 6to4, Teredo (the client is written inverted)
    *("::ffff:127.0.0.1", "::ffff:169.254.169.254", "::127.0.0.1", "::10.0.0.1"),
    *("64:ff9b::a9fe:a9fe", "64:ff9b::7f00:1", "64:ff9b:1::1", "2002:7f00:1::", "2002:a9fe:a9fe::1"),
    *("2001:0:808:808::80ff:fffe", "2001:0:7f00:1::f7f7:f7f7"),
    # AS112, which everybody may run (RFC 7534, RFC 7535)
    *("192.31.196.1", "192.175.48.6", "2001:4:112::1", "2620:4f:8000::6"),
    # ISATAP behind a global prefix, its two forms; behind 6to4; and with documentation inside
    *("2600:9000::5efe:10.0.0.1", "2600:9000::200:5efe:a9fe:a9fe", "2002:808:808::5efe:7f00:1"),
    "2600:9000::5efe:192.0.2.1",
    # not given out
    *("4000::1", "1::1"),
]


@pytest.mark.parametrize("address", REFUSED)
def test_refused_with_the_address_in_the_sentence(address: str) -> None:
    note = refusal(address)
    assert note is not None
    assert address in note.sentence
    assert note.sentence.endswith(".")


@pytest.mark.parametrize(
    "address",
    [
        "8.8.8.8",
        "205.251.192.1",
        "198.51.0.1",
        "192.175.49.1",
        "2600:9000:5300::1",
        "2001:4860:4860::8888",
    ],
)
def test_name_servers_of_the_world_may_be_asked(address: str) -> None:
    assert refusal(address) is None


@pytest.mark.parametrize("address", ["::ffff:8.8.8.8", "64:ff9b::808:808", "2002:808:808::1"])
def test_a_wrapping_is_judged_by_what_it_wraps(address: str) -> None:
    assert refusal(address) is None


@pytest.mark.parametrize("text", ["", "ns1.example.com", "1.2.3", "1.2.3.4.5", "fe80::1%", "0x7f.1"])
def test_what_is_no_address_is_not_asked(text: str) -> None:
    assert refusal(text) is not None


def test_an_allowed_network_is_an_exception_for_itself_alone() -> None:
    allowed = [ipaddress.ip_network("127.0.0.0/8"), ipaddress.ip_network("fd00::/8")]
    assert refusal("127.0.0.5", allowed) is None
    assert refusal("fd00::5", allowed) is None
    assert refusal("10.0.0.1", allowed) is not None
    assert refusal("::ffff:127.0.0.5", allowed) is not None


@pytest.mark.parametrize("address", ["2600:9000::5efe:8.8.8.8", "2600:9000::200:5efe:8.8.8.8"])
def test_isatap_is_judged_by_prefix_and_by_what_it_wraps(address: str) -> None:
    assert refusal(address) is None
    assert refusal(address.replace("2600:9000:", "fd00:")) is not None


def test_networks_that_the_operator_refuses() -> None:
    refused = [ipaddress.ip_network("198.51.0.0/24"), ipaddress.ip_network("2600:9000:64::/96")]
    for address in ("198.51.0.7", "::ffff:198.51.0.7", "2002:c633:7::1", "2600:9000:64::a00:1"):
        note = refusal(address, (), refused)
        assert note is not None
        assert note.code == "refused-network"
        assert address in note.sentence
    assert refusal("198.51.1.7", (), refused) is None


def test_a_refused_network_comes_before_an_allowed_one() -> None:
    network = [ipaddress.ip_network("127.0.0.0/8")]
    assert refusal("127.0.0.5", network, network) is not None


@pytest.mark.parametrize("address", ["::ffff:8.8.8.8", "64:ff9b::808:808", "2002:808:808::1", "8.8.8.8"])
def test_one_machine_has_one_target_however_it_is_written(address: str) -> None:
    assert target_of(address) == "8.8.8.8"
