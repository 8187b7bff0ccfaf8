"""The settings that point Nameplate at the sandbox."""

from __future__ import annotations

import ipaddress
from pathlib import Path

import pytest

from webapp.config.settings import load_settings
from webapp.sandbox.shared.environment import (
    DNS_PORT_COUNT,
    EDGE_SERVERS,
    LISTENERS,
    PROVIDER_SERVERS,
    REGISTRY_ADDRESS,
    ROUTE53_SERVERS,
    SITES_SERVERS,
    Role,
    environment,
    listener_at,
    route53_address,
    route53_group,
    route53_server,
)


def test_nameplate_understands_the_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in environment(18053, 15300).items():
        monkeypatch.setenv(name, value)

    settings = load_settings(secret_key="0123456789abcdef")

    assert settings.aws_endpoint_url == "http://127.0.0.1:18053"
    assert settings.dns_resolvers == [("127.0.0.1", 15300)]
    assert {host for _, (host, _) in settings.dns_address_map} == {"127.0.0.1"}
    assert settings.reserved_suffixes_allowed == ["test"]
    assert settings.methods == ["delegation", "records"]


def test_visitors_of_the_edges_address_are_led_to_the_port_that_plays_it(tmp_path: Path) -> None:
    settings = environment(edge_port=18443, asked="127.0.0.1:18002", directory=tmp_path)

    assert settings["EDGE_BIND"] == "127.0.0.1:18002"
    assert settings["PROBE_ADDRESS_MAP"] == f"{settings['EDGE_TARGET']}/32=127.0.0.1:18443"
    assert settings["PROBE_AUTHORITY"] == str(tmp_path / "edge-authority.pem")
    allowed = [ipaddress.ip_network(text) for text in settings["DNS_ALLOW_NETWORKS"].split(",")]
    assert any(ipaddress.ip_address(settings["EDGE_TARGET"]) in network for network in allowed)


def test_every_address_of_the_sandbox_may_be_asked_and_is_led_to_its_port() -> None:
    settings = environment(dns_port=5300)
    allowed = [ipaddress.ip_network(text) for text in settings["DNS_ALLOW_NETWORKS"].split(",")]
    mapped = dict(pair.split("=") for pair in settings["DNS_ADDRESS_MAP"].split(","))
    others = (PROVIDER_SERVERS | SITES_SERVERS | EDGE_SERVERS).values()
    addresses = [REGISTRY_ADDRESS, *others, *map(route53_address, range(ROUTE53_SERVERS))]

    for address in map(ipaddress.ip_address, addresses):
        listener = listener_at(str(address))
        assert listener is not None
        assert any(address in network for network in allowed)
        assert mapped[str(listener.network)] == f"127.0.0.1:{5300 + listener.offset}"
        assert not address.is_global


def test_updates_of_the_edges_zone_go_to_its_own_servers() -> None:
    settings = environment(dns_port=5300)

    ports = [int(at.removeprefix("127.0.0.1:")) for at in settings["EDGE_UPDATE_SERVERS"].split(",")]

    assert ports == [
        5300 + listener.offset for listener in map(listener_at, EDGE_SERVERS.values()) if listener
    ]
    assert settings["EDGE_UPDATE_KEY"].count(":") == 1


def test_ports_are_a_row_without_gaps() -> None:
    assert [listener.offset for listener in LISTENERS] == list(range(DNS_PORT_COUNT))


def test_no_two_ports_play_one_address() -> None:
    networks = [listener.network for listener in LISTENERS if listener.network]

    assert not [(one, other) for one in networks for other in networks if one < other and one.overlaps(other)]


def test_route_53_names_are_as_in_the_wild() -> None:
    names = [route53_server(number) for number in (0, 40, 886, 1024, 1763)]

    assert names == [
        "ns-0.awsdns-00.com",
        "ns-40.awsdns-05.com",
        "ns-886.awsdns-46.net",
        "ns-1024.awsdns-00.org",
        "ns-1763.awsdns-28.co.uk",
    ]


@pytest.mark.parametrize("number", [0, 63, 64, 2047])
def test_the_address_of_a_server_leads_to_its_group(number: int) -> None:
    listener = listener_at(route53_address(number))

    assert listener is not None
    assert (listener.role, listener.group) == (Role.ROUTE53, route53_group(number))


@pytest.mark.parametrize("address", ["127.0.0.1", "198.18.8.0", "2001:db8::1", "no address"])
def test_other_addresses_lead_nowhere(address: str) -> None:
    assert listener_at(address) is None
