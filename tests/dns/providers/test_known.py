"""Which provider a zone's name servers belong to, and that each is described completely."""

from __future__ import annotations

import string

import pytest

from webapp.dns.providers import PROVIDERS, Provider, provider_of

TABLE = [
    ("cloudflare", ("ada.ns.cloudflare.com", "bob.ns.cloudflare.com")),
    ("godaddy", ("ns41.domaincontrol.com", "ns42.domaincontrol.com")),
    ("namecheap", ("dns1.registrar-servers.com", "dns2.registrar-servers.com")),
    ("squarespace", ("ns01.squarespacedns.com", "ns02.squarespacedns.com")),
    ("google", ("ns-cloud-a1.googledomains.com", "ns-cloud-a2.googledomains.com")),
    ("route53", ("ns-101.awsdns-12.com", "ns-1637.awsdns-15.co.uk")),
    ("ionos", ("ns1045.ui-dns.de", "ns1045.ui-dns.biz")),
    ("ovh", ("dns104.ovh.net", "ns104.ovh.net")),
    ("ovh", ("ns200.anycast.me", "dns200.anycast.me")),
    ("gandi", ("ns-12-a.gandi.net", "ns-100-b.gandi.net")),
    ("digitalocean", ("ns1.digitalocean.com", "ns2.digitalocean.com", "ns3.digitalocean.com")),
    ("hetzner", ("hydrogen.ns.hetzner.com", "oxygen.ns.hetzner.com", "helium.ns.hetzner.de")),
    ("porkbun", ("curitiba.ns.porkbun.com", "fortaleza.ns.porkbun.com")),
    ("azure", ("ns1-04.azure-dns.com", "ns2-04.azure-dns.net")),
    ("sandbox", ("ns1.sandbox-registrar.test", "ns2.sandbox-registrar.test")),
    ("sandbox-sites", ("ns1.sandbox-sites.test", "ns2.sandbox-sites.test")),
]


@pytest.mark.parametrize(("id_", "name_servers"), TABLE)
def test_provider_is_known_by_its_name_servers(id_: str, name_servers: tuple[str, ...]) -> None:
    found = provider_of(name_servers)
    assert found is not None
    assert found.id == id_


@pytest.mark.parametrize(
    "name_servers",
    [
        (),
        ("ns1.acme.com", "ns2.acme.com"),
        ("ns.cloudflare.com.acme.com",),
        ("evilgandi.net",),
        ("ns-101.awsdns-12.com.acme.com",),
        ("ada.ns.cloudflare.com", "ns41.domaincontrol.com"),
        ("ada.ns.cloudflare.com", "ns1.acme.com", "ns2.acme.com"),
    ],
    ids=["none", "own", "suffix-inside", "no-dot-boundary", "longer", "two-providers", "mostly-unknown"],
)
def test_wrong_words_are_worse_than_none(name_servers: tuple[str, ...]) -> None:
    assert provider_of(name_servers) is None


def test_secondary_servers_beside_the_provider_do_not_hide_it() -> None:
    found = provider_of(("ada.ns.cloudflare.com", "ns1.acme.com"))
    assert found is not None
    assert found.name == "Cloudflare"


def test_every_provider_of_the_issue_is_there_once() -> None:
    ids = [provider.id for provider in PROVIDERS]
    asked = "cloudflare godaddy namecheap squarespace route53 ionos ovh gandi digitalocean hetzner porkbun"
    assert len(set(ids)) == len(ids)
    assert set(asked.split()) <= set(ids)
    assert {id_ for id_, _ in TABLE} == set(ids)


@pytest.mark.parametrize("provider", PROVIDERS, ids=lambda one: one.id)
def test_every_provider_says_where_to_click_what_to_fill_in_and_what_goes_wrong(provider: Provider) -> None:
    assert len(provider.way) >= 2
    assert any("{zone}" in step for step in provider.way)
    assert provider.traps
    for sentence in (*provider.way, *provider.traps):
        fields = {field for _, field, _, _ in string.Formatter().parse(sentence) if field}
        assert fields <= {"zone", "name", "host"}
        assert sentence.endswith(".")


@pytest.mark.parametrize("provider", PROVIDERS, ids=lambda one: one.id)
def test_addresses_are_the_providers_own_and_plain(provider: Provider) -> None:
    for address in filter(None, (provider.panel, provider.manual)):
        assert address.startswith("https://")
        assert "{" not in address
    assert not (provider.manual and not provider.panel)
