"""The table of what providers cannot do: each row can be told, has a source, and says no more than that."""

from __future__ import annotations

import pytest

from webapp.dns.providers import ABILITIES, PROVIDERS, Limit, Place, Strength, common_limits, limits_of
from webapp.dns.providers.abilities import Ability

DEEP = Place("acme.com", "a.chat", "a.chat.acme.com")
SERVERS = {
    "Network Solutions": "ns1.worldnic.com",
    "Wix": "ns8.wixdns.net",
    "Hostinger": "ns1.dns-parking.com",
    "SiteGround": "ns1.siteground.net",
    "Squarespace": "ns01.squarespacedns.com",
    "Linode": "ns1.linode.com",
    "Cloudflare": "ada.ns.cloudflare.com",
    "AWS": "ns-101.awsdns-12.com",
    "DNSimple": "ns1.dnsimple.com",
    "Exoscale": "ns1.exoscale.ch",
    "netcup": "root-dns.netcup.net",
    "name.com": "ns1cvw.name.com",
    "NameSilo": "ns1.dnsowl.com",
    "Sandbox Sites": "ns1.sandbox-sites.test",
}


@pytest.mark.parametrize("row", ABILITIES, ids=lambda row: f"{row.who}-{row.limit}")
def test_each_row_is_told_where_it_holds(row: Ability) -> None:
    if row.zones:
        place, servers = Place(min(row.zones), "chat", f"chat.{min(row.zones)}"), ["ns1.example.net"]
    else:
        place, servers = DEEP, [SERVERS.get(row.who, "ns1.acme.com")]
    told = (*limits_of(place, servers, by_tool=True), *common_limits(place))
    assert any(sentence.startswith(f"{row.who} ") for sentence in told)
    assert all(sentence.endswith(".") and "{" not in sentence for sentence in told)
    assert len(row.source) > 10


@pytest.mark.parametrize(
    ("strength", "words"),
    [
        (Strength.REPORTED, "as others report"),
        (Strength.OLD, "some years ago"),
        (Strength.UNMENTIONED, "as far as its help tells"),
    ],
)
def test_what_is_not_sure_is_not_told_as_sure(strength: Strength, words: str) -> None:
    for row in (row for row in ABILITIES if row.strength is strength and row.servers is not None):
        told = limits_of(DEEP, [SERVERS[row.who]], by_tool=True)
        assert any(words in sentence for sentence in told), row


def test_every_limit_is_somebodys() -> None:
    assert {row.limit for row in ABILITIES} == set(Limit)


def test_names_of_one_level_have_no_trouble_with_levels() -> None:
    assert limits_of(Place("acme.com", "chat", "chat.acme.com"), ["ns1.linode.com"]) == ()


def test_servers_that_only_look_alike_are_nobodys() -> None:
    assert limits_of(DEEP, ["evilwixdns.net", "ns1.wixdns.net.acme.com"]) == ()


def test_rows_of_providers_with_steps_are_found_by_the_same_servers() -> None:
    for provider in PROVIDERS:
        if (server := SERVERS.get(provider.name)) is not None:
            assert provider.servers.fullmatch(server)
