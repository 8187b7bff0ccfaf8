"""What is to be done at the provider, part by part."""

from __future__ import annotations

import pytest

from tests.dns.records_method.cases import SERVERS, TARGET, TOKEN, host
from tests.domain_page.own_records.cases import HOST, a_domain, checked, todo
from webapp.dns.judgement.report import Report
from webapp.dns.providers import PROVIDERS
from webapp.domain_page.own_records.guide import OwnGuide, own_guide
from webapp.domain_page.own_records.to_type import Part

CLOUDFLARE = frozenset({"ada.ns.cloudflare.com", "bob.ns.cloudflare.com"})


def guide(report: Report | None = None, servers: frozenset[str] = frozenset()) -> OwnGuide:
    return own_guide(a_domain(), todo(report), report, servers)


def said(found: OwnGuide, part: Part) -> str:
    return " ".join(step for one in found.parts if one.part is part for step in one.steps)


def test_each_part_tells_what_to_type() -> None:
    found = guide()
    assert found.heading == "Add these"
    assert f"Under Name, enter _nameplate-challenge.chat. Under Value, enter {TOKEN}." in said(
        found, Part.RESERVE
    )
    assert f"Under Name, enter chat. Under Value or target, enter {TARGET}." in said(found, Part.SWITCH)


def test_reserved_name_is_left_with_the_switch_alone() -> None:
    report = checked()
    found = guide(report)
    assert found.heading == "Switch when you like"
    assert said(found, Part.RESERVE) == ""
    assert "Choose the type CNAME" in said(found, Part.SWITCH)


def test_old_site_gives_way_in_the_same_go() -> None:
    site = tuple(host(one, addresses=frozenset({"203.0.113.7"})) for one in SERVERS)
    report = checked(hosts=site)
    found = guide(report)
    assert "Delete the A record named “chat” with the value 203.0.113.7." in said(found, Part.SWITCH)
    why = next(one.why for one in found.parts if one.part is Part.SWITCH)
    assert why[1] == "Until you switch, chat.acme.com leads to 203.0.113.7 as it does today."


def test_target_with_an_appended_zone_is_not_said_to_answer() -> None:
    """It is our record, typed without its final dot, and leads nowhere."""
    mistyped = tuple(host(one, f"{TARGET}.acme.com") for one in SERVERS)
    found = guide(checked(hosts=mistyped))
    why = next(one.why for one in found.parts if one.part is Part.SWITCH)
    assert why == ("This record leads visitors of chat.acme.com to us.",)
    elsewhere = tuple(host(one, "shops.example.net") for one in SERVERS)
    why = next(one.why for one in guide(checked(hosts=elsewhere)).parts if one.part is Part.SWITCH)
    assert why[1] == "Until you switch, chat.acme.com leads to shops.example.net as it does today."


def test_cloudflare_is_told_of_its_proxy_in_its_own_words() -> None:
    found = guide(servers=CLOUDFLARE)
    assert any("“DNS only” (grey cloud)" in trap for trap in found.traps)
    assert f"Under Content, enter {TOKEN}." in said(found, Part.RESERVE)
    assert f"Under Target, enter {TARGET}." in said(found, Part.SWITCH)


@pytest.mark.parametrize("provider", PROVIDERS, ids=lambda one: one.id)
def test_no_provider_is_told_of_name_servers(provider: object) -> None:
    """The words that providers have for NS records are those of a delegation."""
    servers = {
        "google": "ns-cloud-a1.googledomains.com",
        "route53": "ns-1.awsdns-00.com",
        "ionos": "ns1.ui-dns.com",
        "digitalocean": "ns1.digitalocean.com",
        "azure": "ns1-01.azure-dns.com",
    }
    pattern = provider.servers.pattern  # type: ignore[attr-defined]
    last = pattern.rpartition("(?:")[2].partition("|")[0].partition(")")[0].replace("\\", "")
    name = servers.get(provider.id, f"ns1.{last}")  # type: ignore[attr-defined]
    found = guide(servers=frozenset({name}))
    text = " ".join((said(found, Part.RESERVE), said(found, Part.SWITCH), *found.traps))
    assert found.traps or provider.id in {"azure"}, name  # type: ignore[attr-defined]
    for word in ("ameserver", "ame server", "NS record", "{", "}"):
        assert word not in text.replace("DNS record", "")
    assert HOST not in said(found, Part.RESERVE)
