"""A claim changes its method. One that is served goes on being served: the new method proves it first."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from tests.factories import make_domain, make_zone
from tests.proofs.world import HOST, World
from webapp.audit.log import COMMAND
from webapp.checks import queries as check_queries
from webapp.checks import record, request, runner, tasks
from webapp.dns.delegation import Verdict
from webapp.domains import lifecycle, queries, suspension
from webapp.extensions import db, settings
from webapp.jobs.double_check import APART
from webapp.messages.catalogue import event_sentence
from webapp.models import (
    Account,
    CheckOrigin,
    DomainState,
    EventKind,
    HostedZone,
    LLMClientCustomDomain,
    Method,
    RecordsProof,
    TargetState,
    ZoneState,
    utcnow,
)
from webapp.proofs import change
from webapp.proofs.records import queries as records_queries
from webapp.proofs.registry import METHODS
from webapp.reports.rows import report_of

NOW = utcnow()


def proof_of(domain: LLMClientCustomDomain) -> RecordsProof:
    proof = records_queries.current_proof(domain)
    assert proof is not None
    return proof


def zone_of(domain: LLMClientCustomDomain) -> HostedZone:
    zone = queries.current_zone(domain)
    assert zone is not None
    return zone


def choose(domain: LLMClientCustomDomain, method: Method, now: datetime = NOW) -> str | None:
    refusal = change.choose(domain, method, actor=COMMAND, settings=settings(), now=now)
    db.session.commit()
    return refusal


def check(domain: LLMClientCustomDomain) -> Verdict:
    """One check, by a worker. The verdict that it recorded."""
    request.open_new_check(domain, CheckOrigin.SCHEDULE, utcnow())
    db.session.commit()
    tasks.run_waiting_checks.run()
    db.session.refresh(domain)
    done = check_queries.latest_check(domain)
    assert done is not None
    assert done.verdict is not None
    return Verdict(done.verdict)


def told(domain: LLMClientCustomDomain) -> list[str]:
    changed = [one for one in queries.history(domain) if one.kind is EventKind.METHOD_CHANGED]
    return [event_sentence(one) for one in reversed(changed)]


@pytest.fixture
def delegated(account: Account, world: World) -> LLMClientCustomDomain:
    """A name that is served by its delegation."""
    domain = make_domain(account, HOST, DomainState.VERIFIED, verified_at=NOW, verdict="VERIFIED")
    zone = make_zone(domain)
    domain.aws_hosted_zone_id = zone.aws_hosted_zone_id
    world.serve(zone)
    world.delegate(zone)
    db.session.commit()
    assert check(domain) is Verdict.VERIFIED
    return domain


@pytest.fixture
def by_records(account: Account, world: World) -> LLMClientCustomDomain:
    """A name that is served by its records."""
    domain = make_domain(account, HOST, method=Method.RECORDS)
    METHODS[Method.RECORDS].prepare(domain, NOW)
    world.switch(proof_of(domain))
    db.session.commit()
    assert check(domain) is Verdict.VERIFIED
    assert domain.state is DomainState.VERIFIED
    return domain


@pytest.mark.parametrize("state", [DomainState.PENDING, DomainState.LAPSED, DomainState.EXPIRED])
def test_a_claim_that_is_not_served_changes_at_once(
    account: Account, world: World, state: DomainState
) -> None:
    domain = make_domain(account, HOST, state, verdict="NOT_DELEGATED")
    zone = make_zone(domain)
    db.session.commit()
    assert choose(domain, Method.RECORDS) is None
    assert (domain.method, domain.next_method, domain.verdict) == (Method.RECORDS, None, None)
    assert zone.state is ZoneState.LEAVING
    world.switch(proof_of(domain))
    assert check(domain) is Verdict.VERIFIED
    assert domain.is_verified
    assert told(domain) == ["chat.acme.com is proved by records now, no longer by delegation."]


def test_from_delegation_to_records_without_a_gap(delegated: LLMClientCustomDomain, world: World) -> None:
    zone = zone_of(delegated)
    assert choose(delegated, Method.RECORDS) is None
    assert (delegated.method, delegated.next_method) == (Method.DELEGATION, Method.RECORDS)
    assert check(delegated) is Verdict.VERIFIED
    assert delegated.next_report is not None
    assert delegated.next_report["verdict"] != "VERIFIED"
    world.switch(proof_of(delegated))
    assert check(delegated) is Verdict.VERIFIED
    db.session.refresh(delegated)
    assert str(delegated.method) == "records"
    assert not delegated.next_method
    assert not delegated.next_report
    assert (delegated.state, delegated.contrary_since) == (DomainState.VERIFIED, None)
    assert delegated.aws_hosted_zone_id is None
    assert zone.state is ZoneState.READY  # resolvers still lead visitors there
    report = report_of(check_queries.latest_check(delegated))
    assert report is not None
    assert report.method == "records"
    assert told(delegated) == [
        "chat.acme.com changes to proof by records. It is served as before until that is seen.",
        "chat.acme.com is proved by records now, no longer by delegation.",
    ]


def test_from_records_to_delegation_without_a_gap(by_records: LLMClientCustomDomain, world: World) -> None:
    proof = proof_of(by_records)
    assert choose(by_records, Method.DELEGATION) is None
    zone = zone_of(by_records)
    assert zone.state is ZoneState.WANTED
    zone.state, zone.name_servers, zone.aws_hosted_zone_id = (
        ZoneState.READY,
        ["ns-1.awsdns-00.com", "ns-2.awsdns-00.net", "ns-3.awsdns-00.org", "ns-4.awsdns-00.co.uk"],
        "Z0000001",
    )
    world.serve(zone)
    assert check(by_records) is Verdict.VERIFIED
    assert by_records.method is Method.RECORDS
    world.delegate(zone)
    assert check(by_records) is Verdict.VERIFIED
    assert (by_records.method, by_records.state) == (Method.DELEGATION, DomainState.VERIFIED)
    assert by_records.aws_hosted_zone_id == "Z0000001"
    assert proof.state is TargetState.WANTED


def test_the_old_records_may_go_a_while_before_the_new_ones_come(
    delegated: LLMClientCustomDomain, world: World
) -> None:
    """Nobody types both at the same moment. Meanwhile the name is served, as one whose records are gone."""
    choose(delegated, Method.RECORDS)
    world.clear()
    assert check(delegated) is Verdict.NOT_DELEGATED
    assert delegated.is_verified
    assert delegated.contrary_since is not None
    world.switch(proof_of(delegated))
    assert check(delegated) is Verdict.VERIFIED
    assert delegated.contrary_since is None


def test_what_the_former_method_had_goes_when_no_resolver_leads_there_any_more(
    delegated: LLMClientCustomDomain, world: World
) -> None:
    zone = zone_of(delegated)
    choose(delegated, Method.RECORDS)
    world.switch(proof_of(delegated))
    check(delegated)
    assert change.let_former_go(utcnow() + change.FORMER_STAYS - timedelta(minutes=1)) == 0
    assert change.let_former_go(utcnow() + change.FORMER_STAYS) == 0  # by one look at the clock
    assert change.let_former_go(utcnow() + change.FORMER_STAYS + APART) == 1
    assert zone.state is ZoneState.LEAVING
    assert proof_of(delegated).state is TargetState.WANTED
    assert delegated.is_verified
    assert change.let_former_go(utcnow() + change.FORMER_STAYS + 2 * APART) == 0


def test_somebody_stays_with_the_method_of_before(delegated: LLMClientCustomDomain) -> None:
    choose(delegated, Method.RECORDS)
    proof = proof_of(delegated)
    assert choose(delegated, Method.DELEGATION) is None
    assert (delegated.method, delegated.next_method) == (Method.DELEGATION, None)
    assert proof.state is TargetState.LEAVING
    assert zone_of(delegated).state is ZoneState.READY
    assert told(delegated)[-1] == "chat.acme.com goes on being proved by delegation."


def test_who_comes_back_gets_another_token_and_target(delegated: LLMClientCustomDomain) -> None:
    choose(delegated, Method.RECORDS)
    first = proof_of(delegated)
    choose(delegated, Method.DELEGATION)
    choose(delegated, Method.RECORDS)
    second = proof_of(delegated)
    assert (second.generation, second.token != first.token, second.label != first.label) == (2, True, True)


def test_choosing_what_it_has_changes_nothing(delegated: LLMClientCustomDomain) -> None:
    before = delegated.version
    assert choose(delegated, Method.DELEGATION) is None
    assert told(delegated) == []
    assert delegated.version == before + 1  # the lock
    choose(delegated, Method.RECORDS)
    choose(delegated, Method.RECORDS)
    assert len(told(delegated)) == 1


def test_a_check_by_a_method_that_was_dropped_meanwhile_says_nothing(
    delegated: LLMClientCustomDomain, world: World
) -> None:
    choose(delegated, Method.RECORDS)
    opened = request.open_new_check(delegated, CheckOrigin.SCHEDULE, utcnow())
    db.session.commit()
    world.switch(proof_of(delegated))
    work = record.take(opened.check.id, utcnow())
    db.session.commit()
    assert work is not None
    choose(delegated, Method.DELEGATION)
    runner.run(tasks._run_checks([work]))
    db.session.refresh(delegated)
    assert (delegated.method, delegated.state) == (Method.DELEGATION, DomainState.VERIFIED)
    assert delegated.contrary_since is None


def test_refusals_are_sentences(delegated: LLMClientCustomDomain) -> None:
    suspension.suspend(delegated, actor=COMMAND, reason="Phishing.", now=NOW)
    assert "suspended" in (choose(delegated, Method.RECORDS) or "")
    suspension.release(delegated, actor=COMMAND, reason="Sorted out.", now=NOW)
    lifecycle.remove(delegated, actor=COMMAND)
    assert choose(delegated, Method.RECORDS) == (
        "chat.acme.com is being removed, so it cannot be proved in another way any more."
    )


def test_removal_gives_everything_back(delegated: LLMClientCustomDomain) -> None:
    choose(delegated, Method.RECORDS)
    proof, zone = proof_of(delegated), zone_of(delegated)
    lifecycle.remove(delegated, actor=COMMAND)
    assert (proof.state, zone.state) == (TargetState.LEAVING, ZoneState.LEAVING)
    assert delegated.next_method is None
