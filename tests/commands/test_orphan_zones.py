"""`flask domains adopt-zone` and `delete-orphan-zone`, as after the restore of a backup."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import cast

import pytest
from flask import Flask

from tests.commands.conftest import ACCOUNT, Run, document
from tests.factories import make_account, make_domain, make_user, make_zone
from tests.twins.dns import Fault, MemoryDns
from tests.twins.route53 import MemoryRoute53
from webapp.aws.shared.errors import RetryLater
from webapp.commands import orphan_zones, output
from webapp.domains import queries
from webapp.extensions import db
from webapp.models import (
    Account,
    DomainState,
    Event,
    EventKind,
    Finding,
    HostedZone,
    LLMClientCustomDomain,
    Message,
    ZoneState,
    utcnow,
)
from webapp.zones import findings
from webapp.zones import tasks as zone_tasks
from webapp.zones.findings import FindingKind

WHY = ("--reason", "The backup was of yesterday")
OF = ("--account", ACCOUNT)
NAME = "chat.acme.test"


@pytest.fixture
def aws(app: Flask) -> MemoryRoute53:
    return cast("MemoryRoute53", app.extensions["route53"])


@pytest.fixture
def lost(aws: MemoryRoute53, account: Account) -> str:
    """The id of a zone that Nameplate made for claim 77.1, of which the restored database knows nothing."""
    return aws.create_zone(NAME, "nameplate-77-abc", "77.1").id


@pytest.fixture
def found(run: Run, lost: str) -> str:
    """After the comparison with AWS that finds it."""
    assert run("domains", "reconcile").exit_code == 1
    return lost


@pytest.fixture
def claim(account: Account) -> LLMClientCustomDomain:
    """Of the account that `OF` names. It has no zone yet."""
    claim = make_domain(account)
    db.session.commit()
    return claim


def put_into_dns(app: Flask, aws: MemoryRoute53, zone_id: str, *, listed: bool) -> None:
    dns = cast("MemoryDns", app.extensions["dns"])
    servers = aws.kept[zone_id].zone.name_servers
    dns.zone(NAME, *servers, delegate=False)
    parent = dns.zone("acme.test", "ns1.provider.test", "ns2.provider.test")
    if listed:
        parent.put(NAME, "NS", *servers)


def whose(command: str) -> tuple[str, ...]:
    return OF if command == "adopt-zone" else ()


def waiting() -> list[str]:
    return [one.kind for one in findings.waiting()]


def test_comparison_names_both_commands(run: Run, found: str) -> None:
    (finding,) = document(run("domains", "reconcile", "--json"))["findings"]
    assert finding["kind"] == "orphan"
    assert f"flask domains adopt-zone {found}" in finding["sentence"]
    assert f"flask domains delete-orphan-zone {found}" in finding["sentence"]
    discarded = run("domains", "discard-zone", found, *WHY)
    assert discarded.exit_code == 3
    assert "adopt-zone" in discarded.stderr


@pytest.mark.parametrize("command", ["adopt-zone", "delete-orphan-zone"])
def test_zone_that_no_comparison_found_is_not_found(run: Run, lost: str, command: str) -> None:
    for zone_id in (lost, "Z0NOSUCH"):
        result = run("domains", command, zone_id, *WHY, "--yes", "--json")
        assert (result.exit_code, document(result)["outcome"]) == (3, "not_found")
        assert "flask domains reconcile" in result.stderr
    assert run("domains", command, lost, "--yes").exit_code == 2


@pytest.mark.parametrize("command", ["adopt-zone", "delete-orphan-zone"])
def test_zone_of_a_row_is_refused(run: Run, aws: MemoryRoute53, account: Account, command: str) -> None:
    zone = aws.create_zone(NAME, "ours", "1.1")
    domain = make_domain(account)
    make_zone(domain, aws_hosted_zone_id=zone.id)
    db.session.commit()
    result = run("domains", command, f"/hostedzone/{zone.id}", *WHY, "--yes")
    assert result.exit_code == 5
    assert zone.id in aws.kept


@pytest.mark.parametrize("command", ["adopt-zone", "delete-orphan-zone"])
def test_zone_that_lost_our_tags_is_refused_and_one_that_is_gone_not_found(
    app: Flask, run: Run, aws: MemoryRoute53, found: str, claim: LLMClientCustomDomain, command: str
) -> None:
    put_into_dns(app, aws, found, listed=False)
    aws.kept[found].installation_id = "another"
    assert run("domains", command, found, *whose(command), *WHY, "--yes").exit_code == 5
    aws.fail("get_zone", RetryLater("AWS is away"))
    assert run("domains", command, found, *whose(command), *WHY, "--yes").exit_code == 4
    aws.kept.clear()
    assert run("domains", command, found, *whose(command), *WHY, "--yes").exit_code == 3


@pytest.mark.parametrize("command", ["adopt-zone", "delete-orphan-zone"])
def test_parent_that_is_silent_is_not_taken_for_an_answer(
    app: Flask, run: Run, aws: MemoryRoute53, found: str, claim: LLMClientCustomDomain, command: str
) -> None:
    put_into_dns(app, aws, found, listed=False)
    for server in ("ns1.provider.test", "ns2.provider.test"):
        app.extensions["dns"].server(server).fault = Fault.REFUSED
    assert run("domains", command, found, *whose(command), *WHY, "--yes").exit_code == 4
    assert found in aws.kept
    assert waiting() == ["orphan"]


@pytest.mark.parametrize("listed", [False, True])
def test_claim_adopts_the_zone_whether_its_owner_has_typed_it_in_or_not(
    app: Flask, run: Run, aws: MemoryRoute53, account: Account, found: str, listed: bool
) -> None:
    """The owner registered again, so that another zone was made; that one leaves."""
    domain = make_domain(account)
    other = aws.create_zone(NAME, "second", f"{domain.id}.1")
    second = make_zone(
        domain,
        aws_hosted_zone_id=other.id,
        caller_reference="second",
        name_servers=list(other.name_servers),
    )
    domain.aws_hosted_zone_id = other.id
    db.session.commit()
    put_into_dns(app, aws, found, listed=listed)

    dry = run("domains", "adopt-zone", found, *OF, *WHY, "--dry-run", "--json")
    assert (dry.exit_code, document(dry)["dry_run"]) == (0, True)
    assert queries.current_zone(domain) == second

    assert run("domains", "adopt-zone", found, *OF, *WHY).exit_code == 2
    result = run("domains", "adopt-zone", found, *OF, *WHY, "--yes", "--json")
    assert (result.exit_code, document(result)["account"]) == (0, ACCOUNT)
    adopted = queries.current_zone(domain)
    assert adopted is not None
    zone_tasks.set_up_zone.run(adopted.id)
    db.session.expire_all()
    assert (adopted.aws_hosted_zone_id, adopted.state) == (found, ZoneState.READY)
    assert domain.aws_hosted_zone_id == found
    assert aws.kept[found].claim_id == adopted.claim_id == f"{domain.id}.2"
    assert second.state is ZoneState.LEAVING
    event = db.session.query(Event).filter_by(kind=EventKind.ZONE_ADOPTED).one()
    assert (event.custom_domain_id, event.reason) == (domain.id, "The backup was of yesterday")
    assert waiting() == []
    assert run("domains", "reconcile").exit_code == 0


def test_claim_without_a_zone_adopts_one(
    app: Flask, run: Run, aws: MemoryRoute53, account: Account, found: str
) -> None:
    domain = make_domain(account)
    make_zone(domain, state=ZoneState.WANTED)
    db.session.commit()
    put_into_dns(app, aws, found, listed=True)
    assert run("domains", "adopt-zone", found, *OF, *WHY, "--yes").exit_code == 0
    adopted = queries.current_zone(domain)
    assert adopted is not None
    assert (adopted.generation, adopted.caller_reference) == (2, "nameplate-77-abc")


@pytest.mark.parametrize(
    ("state", "held"),
    [
        (DomainState.VERIFIED, False),
        (DomainState.FAILING, False),
        (DomainState.EXPIRED, False),
        (DomainState.REMOVING, False),
        (DomainState.PENDING, True),
    ],
)
def test_claim_that_is_served_or_not_checked_keeps_what_it_has(
    app: Flask, run: Run, aws: MemoryRoute53, account: Account, found: str, state: DomainState, held: bool
) -> None:
    domain = make_domain(account, state=state, held_at=utcnow() if held else None)
    zone = make_zone(domain)
    db.session.commit()
    put_into_dns(app, aws, found, listed=False)
    result = run("domains", "adopt-zone", found, *OF, *WHY, "--yes")
    assert result.exit_code == 5
    assert NAME in result.stderr
    assert queries.current_zone(domain) == zone


def test_served_claim_whose_zone_was_found_missing_and_is_there_keeps_it(
    app: Flask, run: Run, aws: MemoryRoute53, account: Account, found: str
) -> None:
    """AWS's list lags behind now and then, and a finding is hours old."""
    domain = make_domain(account, state=DomainState.VERIFIED)
    there = aws.create_zone(NAME, "served", f"{domain.id}.1")
    zone = make_zone(domain, aws_hosted_zone_id=there.id, caller_reference="served")
    vanished(zone, domain)
    db.session.commit()
    put_into_dns(app, aws, found, listed=True)
    assert run("domains", "adopt-zone", found, *OF, *WHY, "--yes").exit_code == 5
    assert queries.current_zone(domain) == zone
    assert run("domains", "new-zone", NAME, *WHY).exit_code == 5
    aws.fail("get_zone", RetryLater("AWS is away"))
    assert run("domains", "new-zone", NAME, *WHY).exit_code == 4
    assert queries.current_zone(domain) == zone


def vanished(zone: HostedZone, domain: LLMClientCustomDomain) -> None:
    said = Message("finding.vanished", {"zone": zone.aws_hosted_zone_id, "name": NAME})
    findings.report(
        FindingKind.VANISHED, said, utcnow(), aws_zone_id=zone.aws_hosted_zone_id, domain_id=domain.id
    )


def test_served_claim_whose_zone_is_lost_adopts(
    app: Flask, run: Run, aws: MemoryRoute53, account: Account, found: str
) -> None:
    domain = make_domain(account, state=DomainState.VERIFIED)
    zone = make_zone(domain)
    vanished(zone, domain)
    db.session.commit()
    put_into_dns(app, aws, found, listed=True)
    assert run("domains", "adopt-zone", found, *OF, *WHY, "--yes").exit_code == 0
    assert waiting() == []


def test_only_a_claim_on_its_name_adopts_and_the_right_one(run: Run, account: Account, found: str) -> None:
    make_domain(account, "other.acme.test")
    db.session.commit()
    assert run("domains", "adopt-zone", found, *WHY, "--yes").exit_code == 3
    make_domain(account)
    make_domain(make_account("Other"))
    db.session.commit()
    result = run("domains", "adopt-zone", found, *WHY, "--yes")
    assert result.exit_code == 2
    assert "--account" in result.stderr


def test_the_only_claim_has_to_be_named_as_well(run: Run, found: str, claim: LLMClientCustomDomain) -> None:
    """The rightful claim may be lost with the backup, and this one be a stranger's."""
    refused = run("domains", "adopt-zone", found, *WHY, "--yes", "--json")
    assert (refused.exit_code, document(refused)["accounts"]) == (2, [ACCOUNT])
    assert "--account" in refused.stderr
    assert queries.current_zone(claim) is None


def test_what_tells_one_claim_from_another_is_shown(
    app: Flask, run: Run, aws: MemoryRoute53, account: Account, found: str
) -> None:
    """Before anybody answers, and for the history: owners, since when, and for whom the tag says that it was made."""
    domain = make_domain(account)
    owner = make_user(account=account, email="owner@acme.test")
    db.session.commit()
    put_into_dns(app, aws, found, listed=False)
    dry = document(run("domains", "adopt-zone", found, *OF, *WHY, "--dry-run", "--json"))
    assert (dry["account_name"], dry["owners"]) == (account.name, [owner.email])
    assert (dry["claim"], dry["tagged_claim"]) == (str(domain.id), "77.1")
    assert dry["registered_at"] == domain.created_at.isoformat()
    assert len(dry["doubts"]) == 2
    asked = run("domains", "adopt-zone", found, *OF, *WHY)
    assert asked.exit_code == 2
    for fact in (account.name, owner.email, dry["registered_at"], "77.1", "Warning: "):
        assert fact in asked.stderr
    assert run("domains", "adopt-zone", found, *OF, *WHY, "--yes").exit_code == 0
    said = db.session.query(Event).filter_by(kind=EventKind.ZONE_ADOPTED).one().message
    assert said is not None
    assert (said.params["claim"], said.params["tagged"]) == (f"{domain.id}.1", "77.1")


def test_claim_that_the_tag_names_and_that_is_older_raises_no_doubt(
    run: Run, aws: MemoryRoute53, claim: LLMClientCustomDomain
) -> None:
    zone = aws.create_zone(NAME, "nameplate-abc", f"{claim.id}.2")
    assert run("domains", "reconcile").exit_code == 1
    dry = document(run("domains", "adopt-zone", zone.id, *OF, *WHY, "--dry-run", "--json"))
    assert dry["doubts"] == []


Meanwhile = Callable[[Callable[[], object]], None]


@pytest.fixture
def meanwhile(monkeypatch: pytest.MonkeyPatch) -> Meanwhile:
    """What happens while the first question is shown. It is answered with yes, as all others."""
    waiting: list[Callable[[], object]] = []

    def confirmed(question: str, _yes: bool, otherwise: str) -> None:
        output.confirmed(question, True, otherwise)
        if waiting:
            waiting.pop()()

    monkeypatch.setattr(orphan_zones, "confirmed", confirmed)
    return waiting.append


def test_zone_that_was_listed_at_the_question_stays(
    app: Flask, run: Run, aws: MemoryRoute53, found: str, meanwhile: Meanwhile
) -> None:
    put_into_dns(app, aws, found, listed=False)
    meanwhile(lambda: put_into_dns(app, aws, found, listed=True))
    refused = run("domains", "delete-orphan-zone", found, *WHY, "--json")
    assert refused.exit_code == 5
    assert document(refused)["listed"] == sorted(aws.kept[found].zone.name_servers)
    assert found in aws.kept


def test_zone_that_was_adopted_at_the_question_stays(
    app: Flask, run: Run, aws: MemoryRoute53, found: str, claim: LLMClientCustomDomain, meanwhile: Meanwhile
) -> None:
    """Its tags are those of before until a worker sets it up."""
    put_into_dns(app, aws, found, listed=False)
    meanwhile(lambda: run("domains", "adopt-zone", found, *OF, *WHY))
    assert run("domains", "delete-orphan-zone", found, *WHY).exit_code == 3
    assert found in aws.kept
    assert db.session.query(Event).filter_by(kind=EventKind.ZONE_ADOPTED).count() == 1


def test_zone_that_was_deleted_at_the_question_is_not_adopted(
    app: Flask, run: Run, aws: MemoryRoute53, found: str, claim: LLMClientCustomDomain, meanwhile: Meanwhile
) -> None:
    put_into_dns(app, aws, found, listed=False)
    meanwhile(lambda: run("domains", "delete-orphan-zone", found, *WHY))
    assert run("domains", "adopt-zone", found, *OF, *WHY).exit_code == 3
    assert queries.current_zone(claim) is None


def test_orphan_is_deleted_once_nobody_lists_it(app: Flask, run: Run, aws: MemoryRoute53, found: str) -> None:
    put_into_dns(app, aws, found, listed=False)
    assert run("domains", "delete-orphan-zone", found, *WHY, "--dry-run").exit_code == 0
    assert run("domains", "delete-orphan-zone", found, *WHY).exit_code == 2
    assert found in aws.kept
    result = run("domains", "delete-orphan-zone", found, *WHY, "--yes", "--json")
    assert (result.exit_code, document(result)["zone"]) == (0, found)
    assert aws.kept == {}
    event = db.session.query(Event).filter_by(kind=EventKind.ZONE_DELETED).one()
    assert event.reason == "The backup was of yesterday"
    assert waiting() == []


def test_orphan_that_is_listed_stays_unless_somebody_insists(
    app: Flask, run: Run, aws: MemoryRoute53, found: str
) -> None:
    put_into_dns(app, aws, found, listed=True)
    refused = run("domains", "delete-orphan-zone", found, *WHY, "--yes", "--json")
    assert refused.exit_code == 5
    assert document(refused)["listed"] == sorted(aws.kept[found].zone.name_servers)
    assert run("domains", "delete-orphan-zone", found, *WHY, "--yes", "--although-listed").exit_code == 0
    assert aws.kept == {}


def test_aws_that_is_away_leaves_the_finding_open(
    app: Flask, run: Run, aws: MemoryRoute53, found: str
) -> None:
    put_into_dns(app, aws, found, listed=False)
    aws.fail("delete_zone", RetryLater("AWS is away"))
    assert run("domains", "delete-orphan-zone", found, *WHY, "--yes").exit_code == 4
    assert waiting() == ["orphan"]


def test_adopted_zone_of_another_name_is_no_zone_of_this_claim(
    run: Run, aws: MemoryRoute53, found: str, claim: LLMClientCustomDomain
) -> None:
    """The finding was made when the zone had this name; AWS says what it is now."""
    aws.kept[found].zone = replace(aws.kept[found].zone, name="other.acme.test")
    assert run("domains", "adopt-zone", found, *OF, *WHY, "--yes").exit_code == 3
    assert isinstance(db.session.query(Finding).one(), Finding)
    assert claim.aws_hosted_zone_id is None
