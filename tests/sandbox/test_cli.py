"""`flask sandbox records` and its exit codes."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from webapp.sandbox.cli import sandbox
from webapp.sandbox.edge.targets import Target, exchange
from webapp.sandbox.internet import registrar
from webapp.sandbox.shared.store import Store

Run = Callable[..., Result]


@pytest.fixture
def run(tmp_path: Path) -> Run:
    def run(*arguments: str) -> Result:
        return CliRunner().invoke(sandbox, [*arguments, "--store", str(tmp_path / "sandbox.sqlite")])

    return run


def listed(run: Run) -> list[tuple[str, str, int, str]]:
    shown = json.loads(run("list", "--json").stdout)
    return [(one["name"], one["type"], one["ttl"], one["value"]) for one in shown]


def test_names_and_values_are_absolute(run: Run) -> None:
    added = run("records", "add", "chat.acme.test", "ns", "ns-1.awsdns-00.com", "--ttl", "60")

    assert added.exit_code == 0
    assert added.stdout == "Added chat.acme.test. 60 NS ns-1.awsdns-00.com.\n"
    assert listed(run) == [("chat.acme.test", "NS", 60, "ns-1.awsdns-00.com.")]


def test_as_typed_makes_the_mistakes_of_the_page(run: Run) -> None:
    run("records", "add", "chat.acme.test", "NS", "ns-1.awsdns-00.com", "--as-typed")
    run("records", "add", "chat", "NS", "ns-1.awsdns-00.com", "--as-typed", "--zone", "acme.test")

    assert [(name, value) for name, _, _, value in listed(run)] == [
        ("chat.acme.test", "ns-1.awsdns-00.com.acme.test."),
        ("chat.acme.test.acme.test", "ns-1.awsdns-00.com.acme.test."),
    ]


def test_adding_twice_is_done_both_times(run: Run) -> None:
    assert run("records", "add", "www.acme.test", "A", "192.0.2.1").exit_code == 0
    assert run("records", "add", "www.acme.test", "A", "192.0.2.1").exit_code == 0
    assert len(listed(run)) == 1


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["co.uk", "A", "192.0.2.1"], "“co.uk” is not a domain"),
        (["www.acme.test", "A", "1.2.3.400"], "is not an IPv4 address"),
        (["www.acme.test", "SOA", "x"], "is not a type"),
        (["www.acme.test", "A", "192.0.2.1", "--ttl", "soon"], "is not a TTL"),
        (["chat", "A", "192.0.2.1", "--as-typed"], "“chat” is not a domain"),
    ],
)
def test_what_cannot_be_understood_is_a_sentence_and_exit_2(
    run: Run, arguments: list[str], sentence: str
) -> None:
    refused = run("records", "add", *arguments)

    assert refused.exit_code == 2
    assert sentence in refused.stderr
    assert listed(run) == []


def test_removing_takes_one_value_or_all(run: Run) -> None:
    for value in ("a.test", "B.test", "c.test"):
        run("records", "add", "chat.acme.test", "NS", value)
    run("records", "add", "chat.acme.test", "TXT", "stays")

    one = run("records", "remove", "chat.acme.test.", "NS", "b.test")
    assert (one.exit_code, one.stdout) == (0, "Removed chat.acme.test. 3600 NS B.test.\n")
    assert len(listed(run)) == 3
    assert run("records", "remove", "chat.acme.test", "NS").exit_code == 0
    assert [kind for _, kind, _, _ in listed(run)] == ["TXT"]


@pytest.mark.parametrize("value", [[], ["a.test"]])
def test_removing_what_is_not_there_is_exit_3(run: Run, value: list[str]) -> None:
    run("records", "add", "other.acme.test", "NS", "a.test")

    refused = run("records", "remove", "chat.acme.test", "NS", *value)

    assert refused.exit_code == 3
    assert refused.stderr == "chat.acme.test has no such NS record.\n"
    assert len(listed(run)) == 1


def test_the_list_is_of_all_zones_or_of_one(run: Run) -> None:
    assert run("records", "list").stdout == "No records yet.\n"
    run("records", "add", "www.acme.test", "A", "192.0.2.1")
    run("records", "add", "www.other.test", "A", "192.0.2.2")

    assert run("records", "list").stdout == run("list").stdout
    assert run("list", "chat.acme.test").stdout == "www.acme.test. 3600 A 192.0.2.1\n"
    assert run("list", "co.uk").exit_code == 2


def test_a_store_that_cannot_be_used_is_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")

    refused = CliRunner().invoke(sandbox, ["list", "--store", str(tmp_path / "file" / "sandbox.sqlite")])

    assert refused.exit_code == 1
    assert "cannot keep its data" in refused.stderr


CHALLENGE = "_nameplate-challenge.chat.acme.test"


def test_the_three_records_of_a_proof(run: Run) -> None:
    assert run("records", "add", CHALLENGE, "TXT", '"token"').exit_code == 0
    proxied = run("records", "add", "chat.acme.test", "CNAME", "t.sandbox-edge.test", "--proxied")
    assert proxied.stdout == "Added chat.acme.test. 3600 CNAME t.sandbox-edge.test. ; proxied\n"
    assert run("records", "add", "acme.test", "ALIAS", "t.sandbox-edge.test.").exit_code == 0

    shown = json.loads(run("list", "acme.test", "--json").stdout)
    assert [(one["name"], one["type"], one["proxied"]) for one in shown] == [
        (CHALLENGE, "TXT", False),
        ("acme.test", "ALIAS", False),
        ("chat.acme.test", "CNAME", True),
    ]
    assert run("records", "remove", "acme.test", "alias", "t.sandbox-edge.test").exit_code == 0
    assert run("records", "remove", CHALLENGE, "TXT", "token").exit_code == 0
    assert len(listed(run)) == 1


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["chat.acme.test", "CNAME", "x.test"], "chat.acme.test has other records already (TXT)"),
        (["acme.test", "CNAME", "x.test"], "acme.test itself cannot have a CNAME record"),
        (["www.acme.test", "TXT", "x" * 2049], "This text has 2049 bytes"),
        (["www.acme.test", "TXT", "x", "--proxied"], "can be proxied"),
    ],
)
def test_what_the_provider_does_not_take_is_a_sentence_and_exit_5(
    run: Run, arguments: list[str], sentence: str
) -> None:
    run("records", "add", "chat.acme.test", "TXT", "first")

    refused = run("records", "add", *arguments)

    assert refused.exit_code == 5
    assert sentence in refused.stderr
    assert len(listed(run)) == 1


def test_a_zone_has_settings(run: Run) -> None:
    assert run("zone", "chat.acme.test").stdout == (
        "zone=acme.test provider=registrar flatten=off names=append\n"
    )
    assert run("list").stdout == "No records yet.\n"

    changed = run(
        "zone", "acme.test", "--provider", "sites", "--flatten", "apex", "--names", "as-typed", "--json"
    )

    expected = {"zone": "acme.test", "provider": "sites", "flatten": "apex", "names": "as-typed"}
    assert json.loads(changed.stdout) == expected
    assert json.loads(run("zone", "acme.test", "--json").stdout) == expected
    refused = run("records", "add", "chat.acme.test", "NS", "ns.other.test")
    assert (refused.exit_code, refused.stderr) == (
        5,
        "NS records are not supported for subdomains. To use other name servers, change them for the whole domain.\n",
    )
    run("records", "add", "chat.acme.test", "CNAME", "x.other.test", "--as-typed", "--zone", "acme.test")
    assert listed(run) == [("chat.acme.test", "CNAME", 3600, "x.other.test.")]
    assert run("zone", "acme.test", "--flatten", "never").exit_code == 2
    assert run("zone", "co.uk").exit_code == 2
    assert run("zone", "sandbox-edge.test", "--flatten", "apex").exit_code == 2


def test_a_setting_that_a_record_stands_against_is_exit_5(run: Run) -> None:
    run("records", "add", "chat.acme.test", "NS", "ns.other.test")

    refused = run("zone", "acme.test", "--provider", "sites")

    assert refused.exit_code == 5
    assert "Delete those of chat.acme.test first." in refused.stderr


def test_targets_of_the_edge_are_listed(run: Run, tmp_path: Path) -> None:
    assert run("targets").stdout == "No targets yet.\n"
    with Store(tmp_path / "sandbox.sqlite").writing() as connection:
        exchange(connection, set(), {Target("t.sandbox-edge.test", "A", 60, "203.0.113.80")})

    assert run("targets").stdout == "t.sandbox-edge.test. 60 A 203.0.113.80\n"
    assert json.loads(run("targets", "--json").stdout)[0]["name"] == "t.sandbox-edge.test"


def test_registrar_is_told_other_name_servers_and_the_former_again(run: Run, tmp_path: Path) -> None:
    told = run("registrar", "www.acme.test", "NS1.other.test.", "ns2.other.test")
    assert told.stdout == "The registry now hands out for acme.test: ns1.other.test, ns2.other.test.\n"
    with Store(tmp_path / "sandbox.sqlite").reading() as connection:
        assert registrar.chosen(connection, "acme.test") == ["ns1.other.test", "ns2.other.test"]
    back = run("registrar", "acme.test")
    assert back.stdout == "The registry now hands out for acme.test: the provider’s own again.\n"
    assert run("registrar", "co.uk").exit_code == 2
