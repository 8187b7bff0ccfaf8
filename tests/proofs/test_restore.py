"""A removal that is taken back: what comes again, what is proved anew, and what every refusal says."""

from __future__ import annotations

import asyncio
from datetime import datetime, timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient

from tests.app_fixtures import sign_in
from tests.domains.reports import report
from tests.factories import make_account, make_checked, make_domain, make_llm_client, make_zone
from tests.page_lint import parse, text_of, with_id
from tests.removal.world import NOW, World
from webapp.audit.log import COMMAND, SYSTEM, Actor
from webapp.aws.shared.errors import RetryLater
from webapp.checks import queries as check_queries
from webapp.dns.delegation import Verdict, verify
from webapp.domain_page.reading import domain_page
from webapp.domains import assignment, locks, queries, registration, suspension
from webapp.domains import lifecycle as domain_lifecycle
from webapp.extensions import db, settings
from webapp.llm_clients import services
from webapp.models import (
    Account,
    CertificateState,
    Check,
    CheckOrigin,
    DeniedName,
    DomainState,
    EventKind,
    HostedZone,
    LLMClientCustomDomain,
    Message,
    Notification,
    NotificationKind,
    User,
    ZoneState,
    utcnow,
)
from webapp.notifications.rules import transition_rules
from webapp.proofs import restore
from webapp.proofs.delegation.expectation import expectation_of
from webapp.removal import deletion_queue, deletion_record, tasks, zone_deletion
from webapp.zones import provision, provision_record, records

MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)


@pytest.fixture
def world(app: Flask) -> World:
    return World(app.extensions["dns"], app.extensions["route53"])


@pytest.fixture
def zone(world: World, account: Account) -> HostedZone:
    """Verified, delegated, leading to an LLM client; and just removed."""
    zone = world.made(account)
    world.delegate(*zone.name_servers)
    assignment.attach(make_llm_client(account), zone.custom_domain, actor=SYSTEM)
    domain_lifecycle.remove(zone.custom_domain, actor=COMMAND, now=NOW)
    db.session.commit()
    return zone


def keep(zone: HostedZone, now: datetime = NOW) -> restore.Kept | restore.NotKept:
    kept = restore.keep(zone.custom_domain, actor=COMMAND, settings=settings(), now=now)
    db.session.commit()
    return kept


def refusal(zone: HostedZone, now: datetime = NOW) -> str:
    """That nothing changed is part of it."""
    before = (zone.custom_domain.state, zone.state, zone.next_attempt_at)
    kept = keep(zone, now)
    assert isinstance(kept, restore.NotKept), kept
    db.session.expire_all()
    assert (zone.custom_domain.state, zone.state, zone.next_attempt_at) == before
    return kept.sentence


def prove(domain: LLMClientCustomDomain, now: datetime = NOW) -> None:
    make_checked(domain, report(expectation_of(domain), Verdict.VERIFIED, now), now)
    db.session.commit()


def heard_before(domain: LLMClientCustomDomain) -> None:
    domain.check_history = {"listed": True}


def test_it_waits_for_proof_with_the_same_zone_and_the_same_values(zone: HostedZone) -> None:
    domain, name_servers, aws_id = zone.custom_domain, list(zone.name_servers), zone.aws_hosted_zone_id
    heard_before(domain)
    kept = keep(zone, NOW + MINUTE)
    assert kept == restore.Kept(busy=False)
    check = check_queries.open_check(domain)
    assert check is not None
    assert check.origin is CheckOrigin.COMMAND
    assert (domain.state, zone.state) == (DomainState.PENDING, ZoneState.READY)
    assert not domain.is_verified
    assert domain.check_history is None
    assert LLMClientCustomDomain.get_verified_domains() == []
    assert (zone.name_servers, zone.aws_hosted_zone_id) == (name_servers, aws_id)
    assert (zone.watch, zone.undelegated_since, zone.next_attempt_at) == (None, None, None)
    assert expectation_of(domain).name_servers == tuple(name_servers)
    assert expectation_of(domain).zone_in_sync
    assert zone_deletion.claim(zone.id, NOW + DAY) is None
    newest = queries.history(domain)[1]
    assert (newest.kind, newest.actor_name) == (EventKind.STATE_CHANGED, "Command line")
    assert newest.message == Message("removal.taken-back", {"name": "chat.acme.com"})


def test_it_leads_where_it_led_before(zone: HostedZone) -> None:
    keep(zone)
    client = zone.custom_domain.llm_client
    assert client is not None
    assert client.name == "Sales"


def test_it_leads_to_no_later_client_that_was_given_the_id_of_the_one_before(
    zone: HostedZone, account: Account
) -> None:
    (client,) = account.llm_clients
    former = client.id
    services.delete(client, actor=SYSTEM)
    db.session.commit()
    later = make_llm_client(account, "Later", id=former, created_at=utcnow() + DAY)
    keep(zone)
    assert (zone.custom_domain.llm_client, later.id) == (None, former)


def test_client_that_got_another_domain_meanwhile_keeps_that(zone: HostedZone, account: Account) -> None:
    (client,) = account.llm_clients
    assignment.attach(client, make_domain(account, "other.acme.com"), actor=SYSTEM)
    keep(zone)
    assert zone.custom_domain.llm_client is None
    assert client.custom_domain is not None


@pytest.mark.parametrize("meanwhile", [CertificateState.DELETING, CertificateState.DELETED])
def test_routing_and_certificate_come_back_with_the_proof(
    world: World, account: Account, meanwhile: CertificateState
) -> None:
    zone = world.made(account, DomainState.PENDING)
    domain = zone.custom_domain
    world.delegate(*zone.name_servers)
    prove(domain)
    first = queries.newest_certificate(domain)
    assert first is not None
    domain_lifecycle.remove(domain, actor=COMMAND, now=NOW)
    assert first.state is CertificateState.DELETING
    first.state = meanwhile
    keep(zone)
    assert records.wanted(domain, ["192.0.2.10"]) == ()
    prove(domain)
    second = queries.newest_certificate(domain)
    assert second is not None
    assert (second.generation, second.state) == (2, CertificateState.WANTED)
    assert [one.value for one in records.wanted(domain, ["192.0.2.10"])] == ["192.0.2.10"]
    assert domain.certificates[0].state.tls_status.value == "requested"
    assert LLMClientCustomDomain.get_verified_domains() == ["chat.acme.com"]


def test_what_was_seen_before_the_removal_verifies_nothing(world: World, zone: HostedZone) -> None:
    domain = zone.custom_domain
    before = report(expectation_of(domain), Verdict.VERIFIED, NOW - HOUR)
    db.session.add(
        Check(
            custom_domain=domain,
            origin=CheckOrigin.SCHEDULE,
            status="done",
            verdict="VERIFIED",
            report=before.to_dict(),
        )
    )
    keep(zone, NOW + MINUTE)
    page = domain_page(domain, settings(), NOW + MINUTE)
    assert page.report is None
    assert "connected to another account" not in " ".join(page.statement.sentences)
    assert domain.verdict is None
    world.delegate()
    seen = asyncio.run(verify(expectation_of(domain), world.dns, NOW))
    assert seen.verdict is Verdict.NOT_DELEGATED


def test_removed_again_it_leaves_as_before(world: World, zone: HostedZone) -> None:
    keep(zone)
    domain_lifecycle.remove(zone.custom_domain, actor=COMMAND, now=world.now)
    db.session.commit()
    world.delegate()
    world.see_off(zone)
    assert zone.custom_domain.state is DomainState.REMOVED
    assert len(world.deleted) == 1


def test_kept_while_a_worker_looks_the_zone_is_in_use_when_that_look_is_over(
    world: World, zone: HostedZone
) -> None:
    """What that worker began before, such as to empty the zone, is over before anything is written there."""
    step = zone_deletion.claim(zone.id, NOW)
    db.session.commit()
    assert step is not None
    kept = keep(zone, NOW + timedelta(seconds=1))
    assert kept == restore.Kept(busy=True)
    assert (zone.state, zone.custom_domain.state) == (ZoneState.CREATED, DomainState.PENDING)
    assert provision.claim(zone.id, NOW + MINUTE) is None
    outcome = tasks.look_and_delete(step, world.dns, world.route53, NOW)
    assert not deletion_record.record(step, outcome, NOW + MINUTE)
    assert (zone.state, zone.next_attempt_at) == (ZoneState.READY, None)
    assert zone.custom_domain.next_check_at == NOW + MINUTE


def test_kept_while_a_worker_looks_for_the_last_time_the_zone_stays(
    world: World, zone: HostedZone, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The worker has seen enough to delete the zone, and may not any more."""
    world.step(zone)
    world.delegate()
    for _ in range(2):
        world.wait_for(zone)
        world.step(zone)
    world.wait_for(zone)
    step = zone_deletion.claim(zone.id, world.now)
    db.session.commit()
    assert step is not None

    begin_deletion = zone_deletion.begin_deletion

    def kept_first(step: zone_deletion.Step, now: datetime) -> bool:
        assert isinstance(keep(zone, world.now), restore.Kept)
        return begin_deletion(step, now)

    monkeypatch.setattr(zone_deletion, "begin_deletion", kept_first)
    outcome = tasks.look_and_delete(step, world.dns, world.route53, world.now)
    assert isinstance(outcome, zone_deletion.Looked)
    assert outcome.allows_deletion
    deletion_record.record(step, outcome, world.now)
    db.session.commit()
    assert world.deleted == []
    assert zone.aws_hosted_zone_id in world.route53.kept
    assert (zone.state, zone.custom_domain.state) == (ZoneState.READY, DomainState.PENDING)


def test_worker_that_was_killed_in_its_look_holds_nothing_up(world: World, zone: HostedZone) -> None:
    assert zone_deletion.claim(zone.id, NOW) is not None
    db.session.commit()
    keep(zone, NOW + MINUTE)
    later = NOW + 4 * MINUTE
    taken = provision.claim(zone.id, later)
    assert taken is not None
    assert taken.state is ZoneState.CREATED
    provision_record.record(taken, provision.Ready(), later)
    assert zone.state is ZoneState.READY


def test_zone_that_was_gone_when_it_was_kept_is_made_anew(world: World, zone: HostedZone) -> None:
    step = zone_deletion.claim(zone.id, NOW)
    db.session.commit()
    assert step is not None
    world.route53.kept.clear()
    keep(zone, NOW)
    outcome = tasks.look_and_delete(step, world.dns, world.route53, NOW)
    deletion_record.record(step, outcome, NOW)
    db.session.commit()
    current = queries.current_zone(zone.custom_domain)
    assert current is not None
    assert (zone.state, current.state, current.generation) == (ZoneState.RETIRED, ZoneState.WANTED, 2)


def test_deletion_that_has_begun_cannot_be_taken_back_whatever_came_of_it(
    world: World, zone: HostedZone
) -> None:
    """AWS answers that it is busy; it may have deleted the zone all the same."""
    world.step(zone)
    world.delegate()
    for _ in range(2):
        world.wait_for(zone)
        world.step(zone)
    world.wait_for(zone)

    def busy(*_args: str) -> None:
        raise RetryLater("Busy.", code="ServiceUnavailable")

    world.route53.delete_zone = busy  # type: ignore[method-assign,assignment]
    world.step(zone)
    assert zone.state is ZoneState.LEAVING
    assert "is being deleted already" in refusal(zone, world.now)
    world.delegate(*zone.name_servers)
    world.wait_for(zone)
    world.step(zone)
    assert "is being deleted already" in refusal(zone, world.now)
    assert domain_page(zone.custom_domain, settings(), world.now).keep_until is None


def test_worker_that_died_after_it_had_begun_to_delete_leaves_the_mark(
    world: World, zone: HostedZone
) -> None:
    step = zone_deletion.claim(zone.id, NOW)
    assert step is not None
    assert zone_deletion.begin_deletion(step, NOW)
    db.session.commit()
    assert "is being deleted already" in refusal(zone)


def test_days_are_over(zone: HostedZone) -> None:
    page = domain_page(zone.custom_domain, settings(), NOW)
    assert page.keep_until == NOW + 7 * DAY
    assert "could be taken back until" in refusal(zone, NOW + 7 * DAY + MINUTE)
    assert domain_page(zone.custom_domain, settings(), NOW + 8 * DAY).keep_until is None


def test_zone_that_goes_sooner_says_so(world: World, zone: HostedZone) -> None:
    world.step(zone)
    world.delegate()
    world.wait_for(zone)
    world.step(zone)
    assert domain_page(zone.custom_domain, settings(), world.now).keep_until == world.now + HOUR


def test_taken_back_twice_the_second_time_says_so(zone: HostedZone) -> None:
    keep(zone)
    assert refusal(zone) == "chat.acme.com is not being removed, so there is nothing to take back."


def test_removed_for_good(world: World, zone: HostedZone) -> None:
    world.delegate()
    world.see_off(zone)
    assert "was removed, and its zone is deleted. Register it again" in refusal(zone)


def test_registered_again_meanwhile(zone: HostedZone, account: Account) -> None:
    registration.register(account, "chat.acme.com", actor=COMMAND, settings=settings())
    assert "was registered again in this account meanwhile" in refusal(zone)


def test_verified_elsewhere_meanwhile(zone: HostedZone) -> None:
    """The name moves back if DNS proves the claim that was kept."""
    rival = make_domain(make_account("Rival"), "chat.acme.com", DomainState.VERIFIED)
    assert isinstance(
        restore.keep(zone.custom_domain, actor=COMMAND, settings=settings(), now=NOW), restore.Kept
    )
    assert rival.is_verified
    assert zone.custom_domain.state is DomainState.PENDING


@pytest.mark.parametrize("name", ["acme.com", "a.chat.acme.com"])
def test_name_above_or_below_was_connected_meanwhile(zone: HostedZone, name: str) -> None:
    make_domain(make_account("Rival"), name, DomainState.VERIFIED)
    assert "was connected to another account meanwhile" in refusal(zone)


def test_on_the_deny_list(zone: HostedZone) -> None:
    db.session.add(DeniedName(name="acme.com", below=True, reason="Phishing.", actor_name="Staff"))
    assert "is a name that we do not serve" in refusal(zone)
    assert domain_page(zone.custom_domain, settings(), NOW).keep_until is None


def test_on_hold(zone: HostedZone) -> None:
    zone.custom_domain.held_at, zone.custom_domain.hold_reason = NOW, "Phishing."
    assert "is suspended" in refusal(zone)
    suspension.release(zone.custom_domain, actor=COMMAND, reason="A mistake.", now=NOW)
    assert isinstance(keep(zone), restore.Kept)


def test_never_shown_to_anybody(account: Account) -> None:
    zone = make_zone(make_domain(account, "new.acme.com"), ZoneState.WANTED)
    domain_lifecycle.remove(zone.custom_domain, actor=COMMAND, now=NOW)
    assert "has no zone any more that could be kept" in refusal(zone)


def test_given_up_by_staff(zone: HostedZone) -> None:
    deletion_queue.discard(zone, actor=COMMAND, reason="It costs.", now=NOW)
    assert "has no zone any more that could be kept" in refusal(zone)


def test_account_that_is_being_deleted(zone: HostedZone) -> None:
    zone.custom_domain.account.deleted_at = NOW
    assert "goes with its account" in refusal(zone)


def unsent() -> list[tuple[NotificationKind, datetime]]:
    rows = (
        db.session.query(Notification).filter(Notification.cancelled_at.is_(None)).order_by(Notification.id)
    )
    return [(mail.kind, mail.send_after) for mail in rows]


def test_news_rests_and_goes_out_with_the_proof(zone: HostedZone) -> None:
    keep(zone)
    patience = transition_rules.Periods.of(settings()).patience
    assert unsent() == [(NotificationKind.KEPT, NOW + patience)]
    prove(zone.custom_domain, NOW + MINUTE)
    assert unsent() == [(NotificationKind.KEPT, NOW + MINUTE), (NotificationKind.VERIFIED, NOW + MINUTE)]


def test_removed_again_nobody_is_told_that_it_was_kept(zone: HostedZone) -> None:
    keep(zone)
    domain_lifecycle.remove(zone.custom_domain, actor=COMMAND, now=NOW)
    assert unsent() == []


@pytest.fixture
def shop(account: Account) -> HostedZone:
    zone = make_zone(make_domain(account, "chat.acme.com", DomainState.VERIFIED))
    db.session.commit()
    return zone


@pytest.fixture
def browser(client: FlaskClient, customer: User, queued: list[object]) -> FlaskClient:
    return sign_in(client, customer)


def test_customer_removes_and_keeps_it(
    browser: FlaskClient, shop: HostedZone, queued: list[tuple[str, tuple[object, ...]]]
) -> None:
    url = f"/domains/{shop.custom_domain_id}"
    assert "You can take this back for 7 days" in browser.get(f"{url}/remove").text
    browser.post(f"{url}/remove")
    button = with_id(parse(browser.get(url).text), "keep")
    assert button is not None
    assert text_of(button) == "Keep chat.acme.com"
    queued.clear()
    answer = browser.post(f"{url}/keep")
    assert (answer.status_code, answer.location) == (303, url)
    (check,) = shop.custom_domain.checks
    assert queued == [("run_check", (check.id,))]
    page = browser.get(url).text
    assert "Kept, with the same name servers." in page
    assert 'data-state="pending"' in page
    again = browser.post(f"{url}/keep", follow_redirects=True).text
    assert "is not being removed, so there is nothing to take back." in again


def test_keeping_rests_as_verifying_does(browser: FlaskClient, shop: HostedZone) -> None:
    """Else Remove and Keep, again and again, would ask DNS without any rest."""
    url = f"/domains/{shop.custom_domain_id}"
    for number in range(3):
        browser.post(f"{url}/remove")
        page = browser.post(f"{url}/keep", follow_redirects=True).text
        assert ("can be taken back in" in page) is (number > 0)
        finish_checks()
    assert len(shop.custom_domain.checks) == 1
    assert shop.custom_domain.state is DomainState.REMOVING


def finish_checks() -> None:
    for check in db.session.query(Check).filter(Check.status != "done"):
        check.status = "done"  # type: ignore[assignment]
    db.session.commit()


def test_verify_and_keep_share_one_rest(browser: FlaskClient, shop: HostedZone) -> None:
    url = f"/domains/{shop.custom_domain_id}"
    browser.post(f"{url}/checks")
    finish_checks()
    browser.post(f"{url}/remove")
    assert "can be taken back in" in browser.post(f"{url}/keep", follow_redirects=True).text


def test_removing_and_keeping_in_turns_is_limited(zone: HostedZone, customer: User) -> None:
    """Each turn leaves events that are kept for ever. Staff and commands are not limited."""
    domain, person = zone.custom_domain, Actor.person(customer)
    for number in range(restore.MOST_KEPT_A_DAY):
        later = NOW + number * HOUR
        assert isinstance(restore.keep(domain, actor=person, settings=settings(), now=later), restore.Kept)
        domain_lifecycle.remove(domain, actor=person, now=later)
    kept = restore.keep(domain, actor=person, settings=settings(), now=NOW + 6 * HOUR)
    assert isinstance(kept, restore.NotKept)
    assert "which is the limit" in kept.sentence
    staff = Actor.person(customer, as_staff=True)
    assert isinstance(
        restore.keep(domain, actor=staff, settings=settings(), now=NOW + 6 * HOUR), restore.Kept
    )


def test_suspended_elsewhere_meanwhile(zone: HostedZone) -> None:
    make_domain(make_account("Rival"), "chat.acme.com", held_at=NOW)
    assert "is suspended, so that no account can have it" in refusal(zone)


def test_strangers_domain_is_not_there(browser: FlaskClient) -> None:
    theirs = make_zone(make_domain(make_account("Rival"), "chat.rival.test", DomainState.REMOVING))
    theirs.state = ZoneState.LEAVING
    db.session.commit()
    assert browser.post(f"/domains/{theirs.custom_domain_id}/keep").status_code == 404
    assert theirs.custom_domain.state is DomainState.REMOVING


def test_staff_keep_it_with_a_reason(
    client: FlaskClient, staff_member: User, shop: HostedZone, queued: list[object]
) -> None:
    domain_lifecycle.remove(shop.custom_domain, actor=COMMAND)
    db.session.commit()
    sign_in(client, staff_member)
    url = f"/staff/domains/{shop.custom_domain_id}"
    assert "Take the removal back" in client.get(url).text
    assert client.post(f"{url}/keep", data={"reason": " "}).status_code == 422
    assert shop.custom_domain.state is DomainState.REMOVING
    assert client.post(f"{url}/keep", data={"reason": "They rang up."}).status_code == 303
    db.session.expire_all()
    event = next(e for e in queries.history(shop.custom_domain) if e.kind is EventKind.STATE_CHANGED)
    assert (event.reason, event.actor_kind.value) == ("They rang up.", "staff")
    assert [check.origin for check in shop.custom_domain.checks] == [CheckOrigin.STAFF]
    assert queued


def test_name_that_was_never_verified_comes_back_only_where_there_is_room_for_one_more(
    account: Account,
) -> None:
    most = settings().model_copy(update={"unverified_per_account": 1})
    removed, proved = make_domain(account, "chat.acme.test"), make_domain(account, "live.acme.test")
    proved.verified_at = utcnow()
    for domain in (removed, proved):
        make_zone(domain)
        domain_lifecycle.remove(domain, actor=COMMAND)
    make_zone(make_domain(account, "next.acme.test"))
    refused = restore.keep(removed, actor=COMMAND, settings=most)
    assert isinstance(refused, restore.NotKept)
    assert "Verify or remove one of them, and then try again." in refused.sentence
    assert removed.state is DomainState.REMOVING
    assert isinstance(restore.keep(proved, actor=COMMAND, settings=most), restore.Kept)
    assert isinstance(restore.keep(removed, actor=COMMAND, settings=settings()), restore.Kept)


def test_worker_that_claims_the_zone_while_the_locks_are_waited_for_keeps_it(
    zone: HostedZone, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By a clock that was read before, its lease would end too late to be one."""
    now, locked = [NOW + MINUTE], locks.lock_domain

    def waited(domain: LLMClientCustomDomain) -> bool:
        now[0] += MINUTE
        zone.next_attempt_at = now[0] + deletion_queue.JOB.lease
        db.session.flush()
        return locked(domain)

    monkeypatch.setattr("webapp.jobs.clock.now", lambda: now[0])
    monkeypatch.setattr("webapp.proofs.restore.lock_domain", waited)
    kept = restore.keep(zone.custom_domain, actor=COMMAND, settings=settings())
    assert kept == restore.Kept(busy=True)
    assert (zone.state, zone.next_attempt_at) == (ZoneState.CREATED, now[0] + deletion_queue.JOB.lease)
