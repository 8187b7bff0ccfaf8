"""The records for machines, read back by the parsers that would read them."""

from __future__ import annotations

import json
import re
import shlex

import dns.zone
import pytest

from tests.dns.delegation.cases import HOST, OURS
from webapp.dns.providers import provider_of
from webapp.domain_page.records.instructions import Instructions, Line
from webapp.domain_page.records.snippets import FORMATS, aws_cli, chosen, terraform, zone_file

TODO = Instructions(HOST, "acme.com", "chat", tuple(Line(name, None) for name in OURS))
CLOUDFLARE = provider_of(["ada.ns.cloudflare.com"])
GODADDY = provider_of(["ns41.domaincontrol.com"])
APEX = "@ 3600 IN SOA ns1 hostmaster 1 7200 900 1209600 300\n@ IN NS ns1\nns1 IN A 192.0.2.1\n"


def delegated(text: str, origin: str) -> set[str]:
    zone = dns.zone.from_text(APEX + text, origin=origin, relativize=False)
    rdataset = zone.find_rdataset(f"{HOST}.", "NS")
    assert rdataset.ttl == 3600
    return {str(rdata.target) for rdata in rdataset}


def test_zone_file_means_the_same_to_a_name_server() -> None:
    assert delegated(zone_file(TODO).text, "acme.com.") == {f"{name}." for name in OURS}


def test_zone_file_needs_no_origin() -> None:
    assert delegated(f"$ORIGIN deep.acme.com.\n{zone_file(TODO).text}", "acme.com.") == {
        f"{n}." for n in OURS
    }


def test_aws_cli_is_one_shell_command_with_a_change_batch() -> None:
    words = shlex.split(aws_cli(TODO).text.partition("\n\n")[2])
    batch = json.loads(words[words.index("--change-batch") + 1])
    [change] = batch["Changes"]
    assert words[:3] == ["aws", "route53", "change-resource-record-sets"]
    assert change["Action"] == "UPSERT"
    assert change["ResourceRecordSet"] == {
        "Name": f"{HOST}.",
        "Type": "NS",
        "TTL": 3600,
        "ResourceRecords": [{"Value": f"{name}."} for name in OURS],
    }


def test_aws_cli_asks_for_the_public_zone_of_the_parent() -> None:
    first = aws_cli(TODO).text.partition("\n\n")[0]
    assert "--dns-name acme.com " in first
    assert "Name=='acme.com.' && !Config.PrivateZone" in first


def arguments(text: str) -> dict[str, str]:
    return dict(re.findall(r"^  (\w+) += (.+)$", text, re.MULTILINE))


def test_terraform_has_the_four_records_for_route_53() -> None:
    text = terraform(TODO).text
    assert 'resource "aws_route53_record" "chat_acme_com_ns"' in text
    assert re.findall(r'^    "(.+)",?$', text, re.MULTILINE) == list(OURS)
    assert arguments(text)["name"] in {f'"{HOST}"', '"acme.com"'}
    assert arguments(text)["type"] == '"NS"'
    assert text.count("{") == text.count("}")


def test_terraform_speaks_cloudflare_where_the_zone_is_there() -> None:
    text = terraform(TODO, CLOUDFLARE).text
    assert 'resource "cloudflare_dns_record" "chat_acme_com_ns"' in text
    assert re.findall(r'^    "(.+)",?$', text, re.MULTILINE) == list(OURS)
    assert arguments(text)["content"] == "each.value"
    assert text.count("{") == text.count("}")


def test_terraform_names_start_with_a_letter() -> None:
    todo = Instructions("42.acme.com", "acme.com", "42", TODO.lines)
    assert '"_42_acme_com_ns"' in terraform(todo).text


def test_format_for_route_53_says_when_the_zone_is_elsewhere() -> None:
    assert "acme.com seems to be at GoDaddy" in aws_cli(TODO, GODADDY).note
    assert "seems to be" not in aws_cli(TODO, provider_of(OURS)).note


@pytest.mark.parametrize("text", [None, "", "steps", "excel"])
def test_unknown_form_is_the_steps(text: str | None) -> None:
    assert chosen(text).id == "steps"
    assert chosen(text).query == {}


@pytest.mark.parametrize("id_", FORMATS)
def test_chosen_form_travels_in_the_address(id_: str) -> None:
    assert chosen(id_).query == {"as": id_}
    assert all(name in chosen(id_).snippet(TODO, None).text for name in OURS)
