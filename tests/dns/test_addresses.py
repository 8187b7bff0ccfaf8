from __future__ import annotations

import ipaddress

import pytest

from webapp.dns.addresses import refusal

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
    ["8.8.8.8", "205.251.192.1", "198.51.0.1", "192.175.48.1", "2600:9000:5300::1", "2001:4860:4860::8888"],
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
