"""The records in formats for tools."""

from __future__ import annotations

import json

import dns.zone
import pytest

from tests.dns.records_method.cases import EDGE, TARGET, TOKEN
from tests.domain_page.own_records.cases import HOST, todo
from webapp.dns.providers import provider_of
from webapp.domain_page.own_records import snippets
from webapp.domain_page.records.snippets import FORMATS

LABEL = f"_nameplate-challenge.{HOST}"
CLOUDFLARE = provider_of({"ada.ns.cloudflare.com"})


def test_there_is_one_for_each_format_of_a_delegation() -> None:
    assert set(snippets.FORMATS) == set(FORMATS)


def test_zone_file_holds_exactly_the_records() -> None:
    head = "$ORIGIN acme.com.\n@ 3600 IN SOA ns1 admin 1 2 3 4 5\n@ 3600 IN NS ns1.other.net.\n"
    zone = dns.zone.from_text(head + snippets.zone_file(todo()).text, relativize=False)
    assert zone.get_rdataset(f"{LABEL}.", "TXT")[0].strings == (TOKEN.encode(),)  # type: ignore[index]
    assert str(zone.get_rdataset(f"{HOST}.", "CNAME")[0]) == f"{TARGET}."  # type: ignore[index]


def test_aws_gets_one_change_for_each_name_and_type() -> None:
    text = snippets.aws_cli(todo(name="acme.com", apex=True, edge_addresses=EDGE)).text
    batch = json.loads(text.partition("--change-batch '")[2].rpartition("'")[0])
    sets = [change["ResourceRecordSet"] for change in batch["Changes"]]
    assert [(one["Type"], len(one["ResourceRecords"])) for one in sets] == [("TXT", 1), ("A", 2), ("AAAA", 1)]
    assert sets[0]["ResourceRecords"] == [{"Value": f'"{TOKEN}"'}]


def test_terraform_names_each_resource_once() -> None:
    apex = todo(name="acme.com", apex=True, edge_addresses=("203.0.113.10", "203.0.113.11", "2a05:f480::1"))
    for provider in (None, CLOUDFLARE):
        text = snippets.terraform(apex, provider).text
        names = [line.split('"')[3] for line in text.splitlines() if line.startswith("resource")]
        assert len(names) == len(set(names)) > 1
        assert all(name.replace("_", "").isalnum() for name in names)


def test_cloudflare_is_told_not_to_proxy() -> None:
    text = snippets.terraform(todo(), CLOUDFLARE).text
    assert text.count("proxied = false") == 1


@pytest.mark.parametrize("format_", list(snippets.FORMATS))
def test_each_says_that_the_switch_can_wait(format_: str) -> None:
    assert "until you switch" in snippets.FORMATS[format_](todo(), None).note


@pytest.mark.parametrize("format_", list(snippets.FORMATS))
def test_none_says_so_of_a_name_that_led_to_us_before(format_: str) -> None:
    note = snippets.FORMATS[format_](todo(served=True), None).note
    assert "switch" not in note
    assert "  " not in note


@pytest.mark.parametrize("format_", ["terraform", "aws-cli"])
def test_route_53_cannot_lead_an_apex_out_of_aws(format_: str) -> None:
    found = snippets.FORMATS[format_](todo(name="acme.com", apex=True), None)
    assert "cannot be led to us" in found.note
    assert "ALIAS" not in found.text
