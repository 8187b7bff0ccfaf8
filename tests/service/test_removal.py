"""A name's end on a real DNS tree and a Route 53 over HTTP, with a clock that the test moves."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from flask import Flask
from werkzeug.serving import make_server

from tests.app_fixtures import make_app
from tests.aws.route53_contract import record_set, zones_of
from tests.factories import make_account
from tests.service.dns_tree import DnsTree
from webapp.audit.log import COMMAND
from webapp.aws.route53.port import Action, Change
from webapp.aws.route53.zones import Route53
from webapp.aws.shared.budget import Rates, TokenBucket
from webapp.aws.shared.calls import route53_client
from webapp.checks import record as check_record
from webapp.checks import request
from webapp.dns import methods
from webapp.dns.delegation import Verdict
from webapp.dns.limits import Limits
from webapp.dns.records import RecordSet
from webapp.domains import lifecycle, queries, registration
from webapp.extensions import db, settings
from webapp.models import (
    Account,
    CheckOrigin,
    DomainState,
    HostedZone,
    LLMClientCustomDomain,
    ReconciliationPhase,
    ZoneState,
    utcnow,
)
from webapp.proofs import restore
from webapp.removal import deletion_queue, deletion_record, zone_deletion
from webapp.removal import tasks as removal_tasks
from webapp.sandbox.app import create_sandbox_app
from webapp.sandbox.aws.faults import Controls
from webapp.sandbox.aws.route53_zones import Account as AwsAccount
from webapp.sandbox.shared.store import Store
from webapp.zones import findings, provision, provision_record, records, records_sync
from webapp.zones.reconcile import run as reconcile_run

pytestmark = pytest.mark.service

QUICK = Rates(calls=1000, creations=1000)
#: The tree gives records this TTL, in seconds.
TTL = timedelta(seconds=300)
DAY = timedelta(days=1)


@pytest.fixture
def app(tmp_path: Path) -> Iterator[Flask]:
    app = make_app(tmp_path, reserved_suffixes_allowed=["example"], edge_target=["192.0.2.10"])
    with app.app_context():
        db.create_all()
        yield app
        db.session.remove()
        db.engine.dispose()


@pytest.fixture
def route53(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Route53]:
    """A sandbox's API over HTTP, and the client for it."""
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "testing")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "testing")
    store = Store(tmp_path / "sandbox.sqlite")
    api = create_sandbox_app(AwsAccount(store, Controls(in_sync_seconds=0)))
    server = make_server("127.0.0.1", 0, api, threaded=True)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    client = route53_client("us-east-1", f"http://127.0.0.1:{server.server_port}")
    yield Route53(client, installation_id="here", budget=TokenBucket(QUICK))
    client.close()
    server.shutdown()
    thread.join()
    server.server_close()
    store.close()


class Story:
    """The worker, by hand: `now` is its clock."""

    def __init__(self, tree: DnsTree, route53: Route53) -> None:
        self.tree, self.route53, self.now = tree, route53, utcnow()
        self.dns = tree.network_dns()

    def register(self, account: Account, host: str) -> HostedZone:
        result = registration.register(account, host, actor=COMMAND, settings=settings(), now=self.now)
        assert isinstance(result, registration.Registered), result
        zone = queries.current_zone(result.domain)
        assert zone is not None
        for _ in range(3):
            if zone.state is ZoneState.CREATED:
                self.serve(zone)
            self.make(zone)
        assert zone.state is ZoneState.READY, zone.problem
        return zone

    def make(self, zone: HostedZone) -> None:
        step = provision.claim(zone.id, self.now)
        db.session.commit()
        assert step is not None
        provision_record.record(step, asyncio.run(provision.advance(step, self.dns, self.route53)), self.now)
        db.session.commit()

    def serve(self, zone: HostedZone) -> None:
        """What Route 53's own name servers do: real ones answer for the set that the API allotted."""
        for number, name in enumerate(zone.name_servers, start=1):
            self.tree.name_server(name, "A", self.tree.address(f"a{number}"))
        self.tree.host_zone(zone.domain_name, name_servers=zone.name_servers)

    def check(self, domain: LLMClientCustomDomain) -> str:
        opened = request.open_new_check(domain, CheckOrigin.SCHEDULE, self.now)
        work = check_record.take(opened.check.id, self.now)
        db.session.commit()
        assert work is not None
        report = asyncio.run(methods.verify(work.expectation, self.dns, self.now))
        check_record.finish_check(work, report, self.now)
        db.session.commit()
        return report.verdict.value

    def write(self, domain: LLMClientCustomDomain) -> None:
        """Make the zone hold what the rows say."""
        step = records_sync.claim(domain.id, self.now)
        db.session.commit()
        assert step is not None
        records_sync.record(step, records_sync.advance(step, self.route53), self.now)
        db.session.commit()

    def look(self, zone: HostedZone) -> datetime:
        """The next look at the parent when it is due; when it was."""
        db.session.refresh(zone)
        assert zone.next_attempt_at is not None
        self.now = max(self.now, zone.next_attempt_at)
        step = zone_deletion.claim(zone.id, self.now)
        db.session.commit()
        assert step is not None
        deletion_record.record(
            step,
            removal_tasks.look_and_delete(step, self.dns, self.route53, self.now),
            self.now,
        )
        db.session.commit()
        return self.now

    def at_aws(self) -> set[str]:
        return {zone.id for zone in zones_of(self.route53)}


@pytest.fixture
def story(app: Flask, dns_tree: DnsTree, route53: Route53) -> Story:
    return Story(dns_tree, route53)


def test_a_name_from_registration_to_its_end_and_its_next_owner(story: Story, dns_tree: DnsTree) -> None:
    parent = dns_tree.parent()
    host = f"chat.{parent}"
    zone = story.register(make_account("One"), host)
    domain, old_set, old_id = zone.custom_domain, list(zone.name_servers), str(zone.aws_hosted_zone_id)
    dns_tree.delegate(host, old_set)
    assert story.check(domain) == Verdict.VERIFIED
    address = RecordSet(host, "A", 60, ("192.0.2.1",))
    assert story.route53.change_records(old_id, [Change(Action.CREATE, address)]).refused == ()

    lifecycle.remove(domain, actor=COMMAND, now=story.now)
    db.session.commit()
    assert LLMClientCustomDomain.get_verified_domains() == []

    # Still delegated: it stays, empty.
    for _ in range(3):
        story.look(zone)
        assert old_id in story.at_aws()
    assert {record.type for record in story.route53.record_sets(old_id)} == {"NS", "SOA"}

    # One of the parent's servers forgets it, the other does not.
    dns_tree.delegate(host, (), at=["p1"])
    story.look(zone)
    assert deletion_queue.watch_of(zone).undelegated_since is None
    assert old_id in story.at_aws()

    # The one that still lists it is silent: nobody knows.
    patient, story.dns = story.dns, dns_tree.network_dns(limits=Limits(tries=1, server_try_seconds=0.7))
    with dns_tree.silence("p2"):
        story.look(zone)
    story.dns = patient
    assert deletion_queue.watch_of(zone).undelegated_since is None

    # Another account registers the name meanwhile, and gets a zone and a set of its own.
    new = story.register(make_account("Two"), host)
    assert not set(new.name_servers) & set(old_set)
    assert story.at_aws() == {old_id, new.aws_hosted_zone_id}
    dns_tree.delegate(host, old_set)
    assert story.check(new.custom_domain) == Verdict.OLD_NAME_SERVERS

    # Nobody delegates to it any more: two clean looks, a TTL apart.
    dns_tree.delegate(host, ())
    first = story.look(zone)
    assert zone.undelegated_since == first
    assert old_id in story.at_aws()
    second = story.look(zone)
    assert timedelta(0) <= second - first - TTL < timedelta(seconds=2)
    assert old_id in story.at_aws()
    # And one more, in case it was the clock that leapt from the first to the second.
    assert timedelta(0) <= story.look(zone) - second - TTL < timedelta(seconds=2)
    assert (zone.state, domain.state) == (ZoneState.RETIRED, DomainState.REMOVED)
    assert story.at_aws() == {new.aws_hosted_zone_id}

    # Its set is remembered for whoever comes next, and the new owner is served.
    dns_tree.delegate(host, old_set)
    assert story.check(new.custom_domain) == Verdict.OLD_NAME_SERVERS
    story.serve(new)
    dns_tree.delegate(host, new.name_servers)
    assert story.check(new.custom_domain) == Verdict.VERIFIED
    assert LLMClientCustomDomain.get_verified_domains() == [host]


def test_a_removal_that_is_taken_back(story: Story, dns_tree: DnsTree) -> None:
    host = f"chat.{dns_tree.parent()}"
    zone = story.register(make_account("One"), host)
    domain, set_, aws_id = zone.custom_domain, list(zone.name_servers), str(zone.aws_hosted_zone_id)
    dns_tree.delegate(host, set_)
    story.check(domain)
    story.write(domain)
    edge = RecordSet(host, "A", records.ROUTING_TTL, ("192.0.2.10",))
    assert record_set(story.route53, aws_id, host, "A") == edge

    lifecycle.remove(domain, actor=COMMAND, now=story.now)
    db.session.commit()
    story.look(zone)
    assert record_set(story.route53, aws_id, host, "A") is None

    # The records went meanwhile: what was verified once counts for nothing.
    dns_tree.delegate(host, ())
    kept = restore.keep(domain, actor=COMMAND, settings=settings(), now=story.now)
    db.session.commit()
    assert isinstance(kept, restore.Kept)
    assert story.check(domain) == Verdict.NOT_DELEGATED
    assert LLMClientCustomDomain.get_verified_domains() == []

    # They are put back, the same four.
    dns_tree.delegate(host, set_)
    story.now += TTL
    assert story.check(domain) == Verdict.VERIFIED
    story.write(domain)
    assert record_set(story.route53, aws_id, host, "A") == edge
    assert LLMClientCustomDomain.get_verified_domains() == [host]
    assert story.at_aws() == {aws_id}


def test_reconciliation_finds_what_was_done_behind_us_over_http(story: Story, dns_tree: DnsTree) -> None:
    account = make_account("One")
    kept = story.register(account, f"kept.{dns_tree.parent()}")
    lost = story.register(account, f"lost.{dns_tree.parent()}")
    story.now += DAY
    story.route53.delete_zone(str(lost.aws_hosted_zone_id), lost.domain_name, lost.claim_id)
    stranger = RecordSet(f"_x.{kept.domain_name}", "TXT", 60, ('"hello"',))
    story.route53.change_records(str(kept.aws_hosted_zone_id), [Change(Action.CREATE, stranger)])
    orphan = story.route53.create_zone("orphan.example.com", "another database", "4711.1")

    run_id, at_once = reconcile_run.start(story.now), True
    while at_once:
        piece = reconcile_run.claim(run_id, story.now)
        assert piece is not None
        at_once = reconcile_run.record(piece, reconcile_run.advance(piece, story.route53), story.now)
        db.session.commit()

    run = reconcile_run.last_run()
    assert run is not None
    assert (run.phase, run.problem) == (ReconciliationPhase.DONE, None)
    assert {(one.kind, one.aws_hosted_zone_id) for one in findings.waiting()} == {
        ("orphan", orphan.id),
        ("vanished", lost.aws_hosted_zone_id),
        ("foreign-record", kept.aws_hosted_zone_id),
    }
    assert queries.current_zone(lost.custom_domain) is lost
