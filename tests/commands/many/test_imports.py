"""`flask domains import`: lists from a shell, and hosted zones that are taken over with a proof."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, cast

import pytest
from click.testing import Result
from flask import Flask

from tests.factories import make_account, make_domain, make_llm_client
from tests.twins.dns import Fault, MemoryDns
from tests.twins.route53 import MemoryRoute53
from webapp.aws.shared.errors import RetryLater
from webapp.commands.output import Exit
from webapp.extensions import db
from webapp.models import (
    Account,
    DomainImport,
    Event,
    EventKind,
    HostedZone,
    LLMClientCustomDomain,
    ZoneState,
)
from webapp.zones import tasks as zone_tasks

ACCOUNT = "1234-5678-9012"
NAME = "chat.acme.test"


@pytest.fixture
def run(app: Flask) -> Any:
    runner = app.test_cli_runner()

    def invoke(*words: str, **options: Any) -> Result:
        result: Result = runner.invoke(args=list(words), **options)
        assert "Traceback" not in result.stderr, result.stderr
        return result

    return invoke


@pytest.fixture(autouse=True)
def _no_broker(queued: object) -> None:
    """No message is sent."""


@pytest.fixture
def aws(app: Flask) -> MemoryRoute53:
    return cast("MemoryRoute53", app.extensions["route53"])


@pytest.fixture
def dns(app: Flask) -> MemoryDns:
    found = cast("MemoryDns", app.extensions["dns"])
    found.zone("acme.test", "ns1.registrar.test", "ns2.registrar.test")
    return found


def names() -> set[str]:
    return {one.domain_name for one in db.session.query(LLMClientCustomDomain)}


def names_of(number: str) -> set[str]:
    return {
        one.domain_name for one in db.session.query(LLMClientCustomDomain) if one.account.number == number
    }


def foreign_zone(aws: MemoryRoute53, dns: MemoryDns, *, account: str = ACCOUNT, name: str = NAME) -> str:
    """A zone that somebody else made at our AWS account, to which the parent leads already."""
    zone = aws.create_zone(name, "django-1", "x")
    aws.kept[zone.id].installation_id = ""
    aws.kept[zone.id].tags = {"nameplate:adopt": account}
    dns.zone(name, *zone.name_servers)
    return zone.id


def listed(zone_id: str, name: str = NAME) -> str:
    return f"domain_name,aws_hosted_zone_id,is_verified\n{name},{zone_id},True\n"


def refusal(result: Result) -> str:
    [line] = json.loads(result.stdout)
    return str(line["refusal"]["code"]) if line["refusal"] else ""


def test_names_of_standard_input_are_registered(run: Any, account: Account) -> None:
    text = "chat.acme.test\nhelp.acme.test\n"
    result = run("domains", "import", "-", "--account", ACCOUNT, input=text)
    assert result.exit_code == 0, result.stderr
    assert names() == {"chat.acme.test", "help.acme.test"}
    assert result.stdout.splitlines()[-1].split() == [ACCOUNT, "0", "0", "0", "2"]
    again = run("domains", "import", "-", "--account", ACCOUNT, input=text)
    assert again.exit_code == 0
    assert again.stdout.splitlines()[-1].split() == [ACCOUNT, "0", "0", "2", "0"]
    assert db.session.query(Event).filter(Event.kind == EventKind.REGISTERED).count() == 2


def test_a_dry_run_registers_nothing_and_keeps_nothing(run: Any, account: Account) -> None:
    result = run(
        "domains", "import", "-", "--account", ACCOUNT, "--dry-run", "--json", input="a.acme.test\nno name\n"
    )
    assert result.exit_code == Exit.REFUSED.value
    assert [one["result"] for one in json.loads(result.stdout)] == ["ready", "refused"]
    assert names() == set()
    assert db.session.query(DomainImport).count() == 0


def test_the_column_account_says_whose_a_name_is(run: Any, account: Account) -> None:
    other = make_account("Other", number="2222-3333-4444")
    make_llm_client(other, "Sales")
    db.session.commit()
    text = (
        "account,domain_name,llm_client\n"
        f"{ACCOUNT},a.acme.test,\n2222-3333-4444,b.acme.test,sales\n9999-9999-9999,c.acme.test,\n,d.acme.test,\n"
    )
    result = run("domains", "import", "-", input=text)
    assert result.exit_code == Exit.REFUSED.value
    assert {(one.account.number, one.domain_name) for one in db.session.query(LLMClientCustomDomain)} == {
        (ACCOUNT, "a.acme.test"),
        ("2222-3333-4444", "b.acme.test"),
    }
    assert "Line 4: There is no account 9999-9999-9999." in result.stdout
    assert "Line 5: The line names no account." in result.stdout


@pytest.mark.parametrize(("text", "words"), [("", "The list is empty"), ("a,b\n", "called domain_name")])
def test_a_file_that_cannot_be_read_is_wrong_usage(run: Any, account: Account, text: str, words: str) -> None:
    result = run("domains", "import", "-", "--account", ACCOUNT, "--json", input=text)
    assert result.exit_code == Exit.USAGE.value
    assert words in json.loads(result.stdout)["sentence"]


def test_a_file_of_another_installation_comes_in(run: Any, account: Account, tmp_path: Path) -> None:
    make_domain(account, "a.acme.test")
    make_domain(account, "b.acme.test")
    make_account("Other", number="2222-3333-4444")
    db.session.commit()
    exported = run("domains", "export", "--account", ACCOUNT)
    assert exported.exit_code == 0
    path = tmp_path / "domains.csv"
    path.write_text(exported.stdout)
    result = run("domains", "import", str(path), "--account", "2222-3333-4444")
    assert result.exit_code == 0, result.stdout
    assert names_of("2222-3333-4444") == {"a.acme.test", "b.acme.test"}


def test_a_zone_of_a_django_table_is_taken_over_with_a_proof(
    run: Any, account: Account, aws: MemoryRoute53, dns: MemoryDns
) -> None:
    zone_id = foreign_zone(aws, dns)
    before = dict(aws.kept[zone_id].record_sets)
    result = run("domains", "import", "-", "--account", ACCOUNT, "--adopt", input=listed(zone_id))
    assert result.exit_code == 0, result.stdout
    [domain] = db.session.query(LLMClientCustomDomain)
    assert not domain.is_verified
    for _ in range(3):
        zone_tasks.set_up_zone.run(domain.zones[0].id)
        db.session.expire_all()
    assert domain.aws_hosted_zone_id == zone_id
    assert domain.zones[0].state in {ZoneState.CREATED, ZoneState.READY}
    assert domain.zones[0].name_servers == list(aws.kept[zone_id].zone.name_servers)
    assert aws.kept[zone_id].claim_id == domain.zones[0].claim_id
    assert aws.kept[zone_id].record_sets == before
    assert len(aws.kept) == 1
    adopted = db.session.query(Event).filter(Event.kind == EventKind.ZONE_ADOPTED).one()
    assert adopted.message is not None
    assert adopted.message.params["zone"] == zone_id


@pytest.mark.parametrize(
    ("what", "code"),
    [
        ("untagged", "adoption.not-proved"),
        ("for another account", "adoption.not-proved"),
        ("of another installation", "adoption.not-proved"),
        ("of another name", "adoption.other-name"),
        ("unknown to AWS", "adoption.gone"),
        ("no id", "adoption.no-zone-id"),
        ("known here", "adoption.known"),
        ("AWS is away", "adoption.aws"),
    ],
)
def test_a_zone_without_a_proof_is_not_taken_over(
    run: Any, account: Account, aws: MemoryRoute53, dns: MemoryDns, what: str, code: str
) -> None:
    zone_id = foreign_zone(aws, dns)
    kept = aws.kept[zone_id]
    if what == "untagged":
        kept.tags = {}
    elif what == "for another account":
        kept.tags = {"nameplate:adopt": "9999-9999-9999"}
    elif what == "of another installation":
        kept.tags, kept.installation_id = {}, "other"
    elif what == "of another name":
        zone_id = aws.create_zone("other.acme.test", "django-2", "x").id
    elif what == "unknown to AWS":
        zone_id = "Z0000"
    elif what == "no id":
        zone_id = "../Z1"
    elif what == "known here":
        other = make_domain(make_account("Rival"), NAME)
        row = HostedZone(
            custom_domain=other, domain_name=NAME, caller_reference="django-1", aws_hosted_zone_id=zone_id
        )
        db.session.add(row)
        db.session.commit()
    else:
        aws.fail("get_zone", RetryLater("busy"))
    result = run("domains", "import", "-", "--account", ACCOUNT, "--adopt", "--json", input=listed(zone_id))
    assert result.exit_code == Exit.REFUSED.value
    assert refusal(result) == code
    assert names_of(ACCOUNT) == set()


def test_without_adopt_a_zone_is_left_alone(
    run: Any, account: Account, aws: MemoryRoute53, dns: MemoryDns
) -> None:
    zone_id = foreign_zone(aws, dns)
    result = run("domains", "import", "-", "--account", ACCOUNT, input=listed(zone_id))
    assert result.exit_code == 0
    assert "not taken over without --adopt" in result.stderr
    [domain] = db.session.query(LLMClientCustomDomain)
    assert domain.zones[0].caller_reference != "django-1"


def test_a_parent_that_says_nothing_is_no_reason_to_believe(
    run: Any, account: Account, aws: MemoryRoute53, dns: MemoryDns
) -> None:
    zone_id = foreign_zone(aws, dns)
    for server in ("ns1.registrar.test", "ns2.registrar.test"):
        dns.server(server).fault = Fault.SILENT
    text = listed(zone_id)
    result = run("domains", "import", "-", "--account", ACCOUNT, "--adopt", "--json", input=text)
    assert refusal(result) == "zone.parent-silent"
