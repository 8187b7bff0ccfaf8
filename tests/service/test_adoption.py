"""Hosted zones that a list names, taken over at the sandbox's Route 53 by the command of an operator."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import boto3
import pytest
from flask import Flask
from flask.testing import FlaskCliRunner

from tests.app_fixtures import CHEAP_HASH, make_settings
from tests.factories import make_account
from tests.service.dns_tree.tree import PATIENT
from tests.service.running_sandbox import Running, sandbox
from webapp import create_app
from webapp.aws.route53.ownership import CLAIM, INSTALLATION
from webapp.checks import request
from webapp.checks import tasks as check_tasks
from webapp.commands.output import Exit
from webapp.extensions import db, settings
from webapp.imports.lines.adoption import ADOPT
from webapp.models import CheckOrigin, DomainState, LLMClientCustomDomain, ZoneState, utcnow
from webapp.sandbox.provider import records as provider_records
from webapp.sandbox.provider.typed import Typed, read
from webapp.sandbox.shared.store import Store
from webapp.zones import tasks as zone_tasks

if TYPE_CHECKING:
    from mypy_boto3_route53 import Route53Client
    from mypy_boto3_route53.literals import RRTypeType
    from mypy_boto3_route53.type_defs import ChangeTypeDef

ACCOUNT, OTHER = "1234-5678-9012", "2222-3333-4444"
#: What the zone of a live site holds beside its own NS and SOA records.
CONTENT: tuple[tuple[RRTypeType, str], ...] = (
    ("TXT", '"kept"'),
    ("MX", "10 mail.elsewhere.test."),
    ("A", "203.0.113.80"),
)


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    store = tmp_path_factory.mktemp("sandbox") / "sandbox.sqlite"
    with sandbox(store, "--in-sync-seconds", "0") as running:
        yield {**running, "store": store}


@pytest.fixture
def app(
    running: Running, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, queued: list[Any]
) -> Iterator[Flask]:
    """An installation that asks the sandbox for DNS and AWS, with no worker: the tests do its work."""
    for name, value in running["environment"].items():
        monkeypatch.setenv(name, value)
    quick = {"aws_calls_per_second": 1000.0, "aws_creations_per_second": 1000.0}
    app = create_app(make_settings(tmp_path, **quick), {"TESTING": True, **CHEAP_HASH})
    # On a busy machine the sandbox answers late, and a check that heard nobody is not made again here.
    app.extensions["dns"].limits = PATIENT
    with app.app_context():
        db.create_all()
        make_account("Acme", number=ACCOUNT)
        make_account("Rival", number=OTHER)
        db.session.commit()
        yield app
        db.session.remove()
        db.engine.dispose()


@pytest.fixture
def aws(running: Running) -> Iterator[Route53Client]:
    """Whoever has the credentials of the AWS account, without Nameplate."""
    client: Route53Client = boto3.client(
        "route53",
        endpoint_url=running["url"],
        region_name="us-east-1",
        aws_access_key_id="sandbox",
        aws_secret_access_key="sandbox",
    )
    yield client
    client.close()


class Zone:
    """A zone that was there before Nameplate, with the content of a live site."""

    def __init__(self, aws: Route53Client, name: str, **tags: str) -> None:
        self.aws, self.name = aws, name
        made = aws.create_hosted_zone(Name=name, CallerReference=f"terraform of {name} at {utcnow()}")
        self.id = made["HostedZone"]["Id"].removeprefix("/hostedzone/")
        self.reference = made["HostedZone"]["CallerReference"]
        self.servers = sorted(made["DelegationSet"]["NameServers"])
        changes: list[ChangeTypeDef] = [
            {
                "Action": "CREATE",
                "ResourceRecordSet": {
                    "Name": name,
                    "Type": kind,
                    "TTL": 300,
                    "ResourceRecords": [{"Value": value}],
                },
            }
            for kind, value in CONTENT
        ]
        aws.change_resource_record_sets(HostedZoneId=self.id, ChangeBatch={"Changes": changes})
        self.tag(tags)

    def tag(self, tags: dict[str, str]) -> None:
        if tags:
            self.aws.change_tags_for_resource(
                ResourceType="hostedzone",
                ResourceId=self.id,
                AddTags=[{"Key": key, "Value": value} for key, value in tags.items()],
            )

    @property
    def tags(self) -> dict[str, str]:
        told = self.aws.list_tags_for_resource(ResourceType="hostedzone", ResourceId=self.id)
        return {tag["Key"]: tag["Value"] for tag in told["ResourceTagSet"]["Tags"]}

    @property
    def content(self) -> Any:
        return self.aws.list_resource_record_sets(HostedZoneId=self.id)["ResourceRecordSets"]


def zones_named(aws: Route53Client, name: str) -> list[str]:
    listed = aws.list_hosted_zones_by_name(DNSName=name)["HostedZones"]
    return [one["Id"].removeprefix("/hostedzone/") for one in listed if one["Name"] == f"{name}."]


def import_(app: Flask, *lines: tuple[str, str], account: str = ACCOUNT) -> list[dict[str, Any]]:
    """The documents of the lines, after `flask domains import --adopt`."""
    text = "domain_name,aws_hosted_zone_id,is_verified\n" + "".join(
        f"{name},{zone},True\n" for name, zone in lines
    )
    runner: FlaskCliRunner = app.test_cli_runner()
    done = runner.invoke(
        args=["domains", "import", "-", "--account", account, "--adopt", "--json"], input=text
    )
    assert "Traceback" not in done.stderr, done.stderr
    documents: list[dict[str, Any]] = json.loads(done.stdout)
    refused = any(one["refusal"] for one in documents)
    assert done.exit_code == (Exit.REFUSED.value if refused else 0)
    return documents


def codes(documents: list[dict[str, Any]]) -> list[str]:
    return [one["refusal"]["code"] if one["refusal"] else one["result"] for one in documents]


def domain_named(name: str) -> LLMClientCustomDomain:
    db.session.expire_all()
    return db.session.query(LLMClientCustomDomain).filter_by(domain_name=name).one()


def delegate(running: Running, name: str, servers: list[str]) -> None:
    """What the customer's DNS provider lists since long ago."""
    store = Store(running["store"])
    for server in servers:
        provider_records.add(store, read(Typed(name, "NS", "300", f"{server}.")))
    store.close()


def set_up(domain: LLMClientCustomDomain) -> None:
    """The worker's turns until the zone is ready."""
    for _ in range(3):
        zone_tasks.set_up_zone.run(domain.zones[-1].id)
    db.session.expire_all()
    assert domain.zones[-1].state is ZoneState.READY, domain.zones[-1].problem


def check(domain: LLMClientCustomDomain) -> str | None:
    opened = request.open_new_check(domain, CheckOrigin.SCHEDULE, utcnow())
    db.session.commit()
    check_tasks.run_check.run(opened.check.id)
    db.session.expire_all()
    return domain.verdict


def test_a_live_zone_comes_in_with_all_that_it_holds_and_is_verified(
    app: Flask, running: Running, aws: Route53Client
) -> None:
    name = "live.acme.test"
    zone = Zone(aws, name, **{ADOPT: ACCOUNT, "team": "shop"})
    delegate(running, name, zone.servers)
    before = zone.content

    assert codes(import_(app, (name, zone.id))) == ["registered"]
    domain = domain_named(name)
    assert not domain.is_verified
    set_up(domain)

    assert zones_named(aws, name) == [zone.id]
    assert domain.aws_hosted_zone_id == zone.id
    assert domain.zones[0].name_servers == zone.servers
    assert zone.content == before
    assert zone.tags == {
        "team": "shop",
        ADOPT: ACCOUNT,
        INSTALLATION: settings().installation_id,
        CLAIM: domain.zones[0].claim_id,
    }

    assert check(domain) == "VERIFIED"
    assert domain.state is DomainState.VERIFIED
    assert LLMClientCustomDomain.get_verified_domains() == [name]
    # It led to the edge already, so that writing our records changes none of its own.
    zone_tasks.write_records.run(domain.id)
    db.session.expire_all()
    assert domain.records_problem is None
    assert zone.content == before

    # The same list once more finds the name to be the account's, and asks for nothing.
    assert codes(import_(app, (name, zone.id))) == ["existing"]
    assert zones_named(aws, name) == [zone.id]


def test_a_zone_with_our_own_tag_needs_no_other(app: Flask, running: Running, aws: Route53Client) -> None:
    """As after a database was lost: the zone carries the tags of a claim that nobody knows any more."""
    name = "lost.acme.test"
    zone = Zone(aws, name, **{INSTALLATION: settings().installation_id, CLAIM: "4711.1"})
    delegate(running, name, zone.servers)

    assert codes(import_(app, (name, f"/hostedzone/{zone.id}"))) == ["registered"]
    domain = domain_named(name)
    set_up(domain)

    assert (domain.aws_hosted_zone_id, zones_named(aws, name)) == (zone.id, [zone.id])
    assert zone.tags[CLAIM] == domain.zones[0].claim_id
    assert check(domain) == "VERIFIED"


def test_only_the_zone_that_aws_proves_ours_is_taken(app: Flask, aws: Route53Client) -> None:
    untagged = Zone(aws, "untagged.acme.test")
    foreign = Zone(aws, "foreign.acme.test", **{INSTALLATION: "another"})
    others = Zone(aws, "others.acme.test", **{ADOPT: OTHER})
    misnamed = Zone(aws, "misnamed.acme.test", **{ADOPT: ACCOUNT})
    gone = Zone(aws, "gone.acme.test", **{ADOPT: ACCOUNT})
    aws.change_resource_record_sets(
        HostedZoneId=gone.id,
        ChangeBatch={
            "Changes": [
                {"Action": "DELETE", "ResourceRecordSet": one}
                for one in gone.content
                if one["Type"] not in {"NS", "SOA"}
            ]
        },
    )
    aws.delete_hosted_zone(Id=gone.id)
    zones = (untagged, foreign, others, misnamed)
    before = [(zone.tags, zone.content) for zone in zones]

    documents = import_(
        app,
        (untagged.name, untagged.id),
        (foreign.name, foreign.id),
        (others.name, others.id),
        ("chat.misnamed.acme.test", misnamed.id),
        (gone.name, gone.id),
    )

    assert codes(documents) == [
        "adoption.not-proved",
        "adoption.not-proved",
        "adoption.not-proved",
        "adoption.other-name",
        "adoption.gone",
    ]
    assert db.session.query(LLMClientCustomDomain).count() == 0
    assert [(zone.tags, zone.content) for zone in zones] == before


def test_a_zone_that_a_row_has_stays_with_its_claim(app: Flask, running: Running, aws: Route53Client) -> None:
    name = "held.acme.test"
    zone = Zone(aws, name, **{ADOPT: ACCOUNT})
    delegate(running, name, zone.servers)
    assert codes(import_(app, (name, zone.id))) == ["registered"]
    # The row knows the zone's reference before it knows the zone.
    assert codes(import_(app, (name, zone.id), account=OTHER)) == ["adoption.known"]
    domain = domain_named(name)
    set_up(domain)
    assert check(domain) == "VERIFIED"
    tags = zone.tags

    zone.tag({ADOPT: OTHER})
    assert codes(import_(app, (name, zone.id), account=OTHER)) == ["adoption.known"]
    assert zone.tags == {**tags, ADOPT: OTHER}
    assert domain_named(name).account.number == ACCOUNT
