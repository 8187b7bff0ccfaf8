from __future__ import annotations

import json

import pytest
from click.testing import Result
from flask import Flask

from tests.dns.delegation.cases import HOST, OURS, PARENTS, world
from tests.dns.records_method.cases import EDGE, LABEL, TARGET, TOKEN
from tests.dns.records_method.cases import world as records_world
from tests.twins.dns import Fault, MemoryDns
from webapp.commands.dns import dns as dns_commands
from webapp.dns.delegation import DelegationReport, Verdict
from webapp.dns.records_method import RecordsReport

EXPECT = ",".join(OURS)


def inspect(dns: MemoryDns, *arguments: str) -> Result:
    app = Flask("inspect")
    app.extensions["dns"] = dns
    app.cli.add_command(dns_commands)
    return app.test_cli_runner().invoke(args=["dns", "inspect", *arguments])


def test_a_verified_name_ends_with_0() -> None:
    result = inspect(world()[0], HOST, "--expect", EXPECT)
    assert result.exit_code == 0
    assert result.stdout.startswith("Status: verified (VERIFIED)\nchat.acme.com is verified.")


def test_a_name_that_is_not_verified_ends_with_1_and_says_what_to_fix() -> None:
    result = inspect(world(delegated=(*OURS[:3], "ns1.other.net"))[0], HOST, "--expect", EXPECT)
    assert result.exit_code == 1
    for line in (
        "Status: not verified (DELEGATION_MIXED)",
        "What to fix: Remove ns1.other.net from the NS records named “chat” in the zone acme.com and add ",
        f"Found now: {OURS[0]}, {OURS[1]}, {OURS[2]}, ns1.other.net",
        f"  ✓ {OURS[0]} (found)",
        f"  ✗ {OURS[3]} (missing)",
        "  + ns1.other.net (not ours, remove it)",
        "dig +norecurse +tcp @ns1.acme.com chat.acme.com NS  REFERRAL → ",
    ):
        assert line in result.stdout


def test_mistyped_name_server_is_to_be_edited() -> None:
    result = inspect(world(delegated=(*OURS[:3], f"{OURS[3]}.acme.com"))[0], HOST, "--expect", EXPECT)
    assert f"  + {OURS[3]}.acme.com (mistyped, edit it)" in result.stdout
    assert "remove it" not in result.stdout


def test_nothing_found_is_said_in_words() -> None:
    assert "Found now: nothing found" in inspect(world(delegated=())[0], HOST, "--expect", EXPECT).stdout


def test_what_could_not_be_checked_ends_with_4() -> None:
    dns, _ = world()
    for server in PARENTS:
        dns.server(server).fault = Fault.SILENT
    result = inspect(dns, HOST, "--expect", EXPECT)
    assert result.exit_code == 4
    assert "Status: could not check" in result.stdout
    assert "Found now: could not be asked" in result.stdout
    assert f"  ? {OURS[0]} (could not be asked)" in result.stdout


@pytest.mark.parametrize(("delegated", "code"), [(OURS, 0), (OURS[:2], 1)])
def test_json_is_one_document(delegated: tuple[str, ...], code: int) -> None:
    result = inspect(
        world(delegated=delegated)[0], "https://Chat.ACME.com/login", "--expect", EXPECT, "--json"
    )
    report = DelegationReport.from_dict(json.loads(result.stdout))
    assert (result.exit_code, report.host) == (code, HOST)
    assert report.verified is (report.verdict is Verdict.VERIFIED) is (code == 0)


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        ((HOST,), "--expect"),
        ((HOST, "--expect", " , "), "--expect names no name server"),
        ((HOST, "--expect", "straße.example"), "--expect: “straße.example” holds characters outside ASCII"),
        (("not a name", "--expect", EXPECT), "is not a host name we can use"),
    ],
)
def test_wrong_usage_ends_with_2_and_a_sentence(arguments: tuple[str, ...], sentence: str) -> None:
    result = inspect(world()[0], *arguments)
    assert result.exit_code == 2
    assert sentence in result.stderr


RECORDS = ("--token", TOKEN, "--target", TARGET)


def test_records_that_prove_a_name_end_with_0() -> None:
    result = inspect(records_world()[0], HOST, *RECORDS)
    assert result.exit_code == 0
    for line in (
        "Status: verified (VERIFIED)\nchat.acme.com is verified.",
        f"Records:\n  ✓ {LABEL} TXT {TOKEN} (found)\n  ✓ {HOST} CNAME {TARGET} (found)",
        f"dig +norecurse +tcp @ns1.acme.com {LABEL} TXT  NOERROR AA",
    ):
        assert line in result.stdout


def test_a_reserved_name_ends_with_1_and_says_how_to_switch() -> None:
    result = inspect(records_world(target="old.example")[0], HOST, *RECORDS)
    assert result.exit_code == 1
    for line in (
        "Status: not verified, but reserved (CNAME_WRONG)",
        f"What to fix: Point “chat” to {TARGET}",
        f"  ✗ {HOST} CNAME {TARGET} (missing)",
        f"  + {HOST} CNAME old.example (not ours)",
    ):
        assert line in result.stdout


def test_records_that_could_not_be_asked_end_with_4() -> None:
    dns, _ = records_world()
    for server in PARENTS:
        dns.server(server).fault = Fault.SILENT
    result = inspect(dns, HOST, *RECORDS)
    assert result.exit_code == 4
    assert "Status: could not check" in result.stdout
    assert f"  ? {LABEL} TXT {TOKEN} (could not be asked)" in result.stdout


@pytest.mark.parametrize(("addresses", "code"), [(EDGE, 0), (EDGE[:1], 1)])
def test_an_apex_is_compared_with_the_edges_addresses(addresses: tuple[str, ...], code: int) -> None:
    dns, acme = records_world(token=None, target=None)
    acme.put("_nameplate-challenge.acme.com", "TXT", f'"{TOKEN}"')
    acme.put("acme.com", "A", *addresses[:2])
    acme.put("acme.com", "AAAA", *addresses[2:])
    result = inspect(dns, "acme.com", *RECORDS, "--edge-address", " , ".join(EDGE), "--json")
    assert result.exit_code == code
    assert (
        json.loads(result.stdout)["missing"]
        == [f"acme.com A {EDGE[1]}", f"acme.com AAAA {EDGE[2]}"][: 2 * code]
    )


@pytest.mark.parametrize(("target", "code"), [(TARGET, 0), (None, 1)])
def test_json_of_records_has_what_that_of_a_delegation_has(target: str | None, code: int) -> None:
    result = inspect(records_world(target=target)[0], "https://Chat.ACME.com/", *RECORDS, "--json")
    of_delegation = inspect(world()[0], HOST, "--expect", EXPECT, "--json")
    document = json.loads(result.stdout)
    assert json.loads(of_delegation.stdout).keys() == document.keys() - {"stage"}
    assert (result.exit_code, RecordsReport.from_dict(document).host) == (code, HOST)


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("--token", TOKEN), "--token and --target"),
        (("--target", TARGET), "--token and --target"),
        (("--edge-address", "203.0.113.7"), "--token and --target"),
        ((*RECORDS, "--expect", EXPECT), "--expect is for a delegation and --token for records"),
        (("--expect", EXPECT, "--edge-address", "203.0.113.7"), "and --edge-address for records"),
        ((*RECORDS, "--edge-address", " , "), "--edge-address names no address"),
        ((*RECORDS, "--edge-address", "203.0.113.7,edge.example"), "“edge.example” is not an IP address"),
        (("--token", " ", "--target", TARGET), "“” is no token"),
        (("--token", "two words", "--target", TARGET), "“two words” is no token"),
        (("--token", TOKEN, "--target", "not a name"), "--target: “not a name”"),
    ],
)
def test_wrong_usage_for_records_ends_with_2_and_a_sentence(
    arguments: tuple[str, ...], sentence: str
) -> None:
    result = inspect(records_world()[0], HOST, *arguments)
    assert result.exit_code == 2
    assert sentence in result.stderr


def test_a_name_that_leaves_no_room_for_the_label_is_wrong_usage() -> None:
    result = inspect(records_world()[0], ".".join(["a" * 60, "b" * 60, "c" * 60, "d" * 50, "com"]), *RECORDS)
    assert result.exit_code == 2
    assert "longer than a name can be" in result.stderr or "is not a host name we can use" in result.stderr
