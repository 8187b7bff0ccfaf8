from __future__ import annotations

import json

import pytest
from click.testing import Result
from flask import Flask

from tests.dns.delegation.cases import HOST, OURS, PARENTS, world
from tests.twins.dns import Fault, MemoryDns
from webapp.commands.dns import dns as dns_commands
from webapp.dns.delegation import DelegationReport, Verdict

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
