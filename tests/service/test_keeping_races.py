"""A removal that is taken back, and whatever happens at the same moment: the database decides, on both."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from flask import Flask

from tests.domains.reports import report
from tests.factories import make_account, make_domain, make_llm_client, make_zone
from tests.service.racing import at_once, racing_app
from webapp.audit.log import COMMAND
from webapp.checks import record, request
from webapp.dns.delegation import Verdict
from webapp.domains import assignment, lifecycle, queries, registration
from webapp.extensions import db, settings
from webapp.models import (
    Account,
    Check,
    CheckOrigin,
    DomainState,
    Event,
    EventKind,
    HostedZone,
    LLMClientCustomDomain,
    ZoneState,
    utcnow,
)
from webapp.proofs import restore
from webapp.removal import deletion_record, zone_deletion
from webapp.removal.deletion_policy import Look, Outlook

pytestmark = pytest.mark.service
__all__ = ["racing_app"]  # the fixture

NAME = "chat.acme.test"


def leaving(account_name: str = "One") -> HostedZone:
    """The zone of a domain that was live a moment ago."""
    account = make_account(account_name)
    domain = make_domain(account, NAME, DomainState.VERIFIED)
    zone = make_zone(domain)
    assignment.attach(make_llm_client(account), domain, actor=COMMAND)
    lifecycle.remove(domain, actor=COMMAND)
    db.session.commit()
    return zone


def keeper(domain_id: int) -> Callable[[], str]:
    """What somebody who presses “Keep” is told."""

    def keep() -> str:
        domain = db.session.get_one(LLMClientCustomDomain, domain_id)
        kept = restore.keep(domain, actor=COMMAND, settings=settings(), now=utcnow())
        return kept.sentence if isinstance(kept, restore.NotKept) else "kept"

    return keep


def states(zone_id: int) -> tuple[DomainState, ZoneState]:
    db.session.expire_all()
    zone = db.session.get_one(HostedZone, zone_id)
    return zone.custom_domain.state, zone.state


def test_taken_back_four_times_at_once_is_taken_back_once(racing_app: Flask) -> None:
    zone = leaving()
    results = at_once(racing_app, *[keeper(zone.custom_domain_id)] * 4)
    said = f"{NAME} is not being removed, so there is nothing to take back."
    assert sorted(map(str, results)) == sorted(["kept", said, said, said])
    assert states(zone.id) == (DomainState.PENDING, ZoneState.READY)
    assert db.session.query(Event).filter(Event.kind == EventKind.STATE_CHANGED).count() == 2
    assert db.session.query(Event).filter(Event.kind == EventKind.ATTACHED).count() == 2
    assert db.session.query(Check).count() == 1


@pytest.mark.parametrize("_again", range(4))
def test_taken_back_while_a_worker_claims_the_zone(racing_app: Flask, _again: int) -> None:
    """Whoever comes first, the zone stays: the worker finds it in use, or its look ends with that."""
    zone = leaving()
    zone_id, domain_id = zone.id, zone.custom_domain_id

    def claim() -> str:
        step = zone_deletion.claim(zone_id, utcnow())
        db.session.commit()
        if step is None:
            return "not leaving"
        clean = Look(utcnow(), Outlook.CLEAN, complete=True, parent_zone="acme.test", ttl=60)
        deletion_record.record(step, zone_deletion.Looked(step.watch.after(clean)), utcnow())
        return "looked"

    results = at_once(racing_app, claim, keeper(domain_id))
    assert results[0] in {"not leaving", "looked"}, results
    assert results[1] == "kept", results
    domain, state = states(zone_id)
    assert domain is DomainState.PENDING
    # A look that was recorded just before is due again within the minute, which counts as being busy.
    assert state in {ZoneState.READY, ZoneState.CREATED}
    assert zone_deletion.claim(zone_id, utcnow() + timedelta(days=36_525)) is None


@pytest.mark.parametrize("_again", range(6))
def test_taken_back_while_a_worker_begins_to_delete(racing_app: Flask, _again: int) -> None:
    """Either of them, and never both."""
    zone = leaving()
    zone_id, domain_id = zone.id, zone.custom_domain_id
    step = zone_deletion.claim(zone_id, utcnow())
    db.session.commit()
    assert step is not None

    def delete() -> str:
        if not zone_deletion.begin_deletion(step, utcnow()):
            db.session.commit()
            deletion_record.record(step, zone_deletion.Looked(step.watch), utcnow())
            return "stays"
        db.session.commit()
        deletion_record.record(step, zone_deletion.Deleted(step.watch), utcnow())
        return "deleted"

    worker, person = at_once(racing_app, delete, keeper(domain_id))
    assert worker in {"stays", "deleted"}, worker
    if worker == "stays":
        assert person == "kept"
        assert states(zone_id) == (DomainState.PENDING, ZoneState.READY)
    else:
        assert "Register it again; it gets other name servers." in str(person)
        assert states(zone_id) == (DomainState.REMOVED, ZoneState.RETIRED)
    assert LLMClientCustomDomain.get_verified_domains() == []


@pytest.mark.parametrize("_again", range(4))
def test_taken_back_while_its_owner_registers_it_again(racing_app: Flask, _again: int) -> None:
    """One claim of an account on a name lives."""
    zone = leaving()
    domain_id, account_id = zone.custom_domain_id, zone.custom_domain.account_id
    db.session.commit()

    def register() -> str:
        result = registration.register(
            db.session.get_one(Account, account_id), NAME, actor=COMMAND, settings=settings()
        )
        assert isinstance(result, registration.Registered), result
        return "existing" if result.existing else "registered"

    registered, kept = at_once(racing_app, register, keeper(domain_id))
    if kept == "kept":
        assert registered == "existing"
    else:
        assert "was registered again in this account meanwhile" in str(kept)
        assert registered == "registered"
    db.session.expire_all()
    live = [domain for domain in db.session.query(LLMClientCustomDomain) if not domain.state.is_gone]
    assert len(live) == 1


@pytest.mark.parametrize("_again", range(4))
def test_taken_back_while_another_account_is_verified(racing_app: Flask, _again: int) -> None:
    """The other one is verified whatever happens; ours is kept, and waits for a proof that it cannot give."""
    zone = leaving()
    domain_id = zone.custom_domain_id
    rival = make_domain(make_account("Two"), NAME)
    make_zone(rival)
    db.session.commit()
    work = record.take(request.open_new_check(rival, CheckOrigin.SCHEDULE, utcnow()).check.id, utcnow())
    db.session.commit()
    assert work is not None
    rival_id = rival.id

    def verify() -> str:
        done = record.finish_check(work, report(work.expectation, Verdict.VERIFIED, utcnow()), utcnow())
        return f"recorded: {done}"

    recorded, kept = at_once(racing_app, verify, keeper(domain_id))
    assert recorded == "recorded: True"
    assert kept == "kept"
    db.session.expire_all()
    assert db.session.get_one(LLMClientCustomDomain, rival_id).state is DomainState.VERIFIED
    ours = db.session.get_one(LLMClientCustomDomain, domain_id)
    assert ours.state is DomainState.PENDING
    assert LLMClientCustomDomain.get_verified_domains() == [NAME]


def test_a_proof_of_ours_that_comes_too_late_is_not_ours(racing_app: Flask) -> None:
    """Taken back first, then the other account is verified, then our check: the index decides."""
    zone = leaving()
    domain = zone.custom_domain
    assert keeper(domain.id)() == "kept"
    rival = make_domain(make_account("Two"), NAME)
    make_zone(rival)
    db.session.commit()
    for one in (rival, domain):
        check = request.open_new_check(one, CheckOrigin.SCHEDULE, utcnow()).check
        work = record.take(check.id, utcnow())
        assert work is not None
        record.finish_check(work, report(work.expectation, Verdict.VERIFIED, utcnow()), utcnow())
        db.session.commit()
    assert (rival.state, domain.state) == (DomainState.VERIFIED, DomainState.PENDING)
    assert EventKind.CLAIM_LOST in [event.kind for event in queries.history(domain)]
