"""A proof that is refused: by which rule, what its people read, what staff find, and when it is over."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from flask import current_app
from sqlalchemy import event, select
from sqlalchemy.orm import ORMExecuteState

from tests.domains.reports import report
from tests.factories import make_account, make_domain, make_taken, make_zone
from tests.serving import is_served
from webapp.audit.log import COMMAND
from webapp.checks import bulk_record, record
from webapp.checks import queries as check_queries
from webapp.dns.delegation import Verdict
from webapp.dns.names import HostName
from webapp.domains import deny_list, lifecycle, queries, registration, suspension
from webapp.extensions import db, settings
from webapp.messages.catalogue import event_sentence, sentence
from webapp.models import (
    Account,
    DomainState,
    Event,
    EventKind,
    Finding,
    LLMClientCustomDomain,
    Method,
    ValidationError,
    utcnow,
)
from webapp.proofs import restore
from webapp.zones import findings
from webapp.zones.findings import FindingKind

NOW = utcnow()
HOST = "chat.acme.test"
MINUTE = timedelta(minutes=1)


@pytest.fixture
def domain(account: Account) -> LLMClientCustomDomain:
    """The older pending claim, which nothing refused when it was registered."""
    found = registration.register(account, HOST, actor=COMMAND, settings=settings())
    assert isinstance(found, registration.Registered)
    zone = queries.current_zone(found.domain)
    assert zone is not None
    db.session.delete(zone)
    db.session.flush()
    make_zone(found.domain)
    return found.domain


def work_of(domain: LLMClientCustomDomain) -> record.Work:
    return make_taken(domain, NOW)


def prove(*domains: LLMClientCustomDomain, verdict: Verdict = Verdict.VERIFIED) -> None:
    """As the worker does: reports of one batch, recorded together."""
    done = [(work, report(work.expectation, verdict, NOW)) for work in map(work_of, domains)]
    assert all(bulk_record.record_reports(done, NOW))
    db.session.commit()


def rival(name: str, state: DomainState = DomainState.VERIFIED, **values: object) -> LLMClientCustomDomain:
    return make_domain(make_account("Rival Ltd"), name, state, **values)


def suspend(domain: LLMClientCustomDomain) -> None:
    assert suspension.suspend(domain, actor=COMMAND, reason="Phishing.", now=NOW) is None


def held(name: str = HOST, state: DomainState = DomainState.VERIFIED) -> LLMClientCustomDomain:
    found = rival(name, state)
    suspend(found)
    return found


def removed_while_held() -> None:
    lifecycle.remove(held(), actor=COMMAND, now=NOW)


def deny(name: str, *, below: bool) -> None:
    deny_list.deny(HostName(name), below=below, reason="x", actor=COMMAND, now=NOW)


def platform(name: str) -> None:
    """The installation's own names have become others."""
    changed = settings().model_copy(update={"platform_domain": name})
    current_app.extensions["settings"] = changed


RULES: dict[str, tuple[Callable[[], object], EventKind, str]] = {
    "above": (lambda: rival("over.chat.acme.test"), EventKind.CLAIM_LOST, "claim.overlaps"),
    "failing below": (
        lambda: rival("a.b.chat.acme.test", DomainState.FAILING),
        EventKind.CLAIM_LOST,
        "claim.overlaps",
    ),
    "held and verified": (held, EventKind.CLAIM_REFUSED, "claim.suspended"),
    "held and pending": (
        lambda: held(state=DomainState.PENDING),
        EventKind.CLAIM_REFUSED,
        "claim.suspended",
    ),
    "held and lapsed": (lambda: held(state=DomainState.LAPSED), EventKind.CLAIM_REFUSED, "claim.suspended"),
    "held and removed": (removed_while_held, EventKind.CLAIM_REFUSED, "claim.suspended"),
    "held below": (lambda: held("x.chat.acme.test"), EventKind.CLAIM_LOST, "claim.overlaps"),
    "denied": (lambda: deny(HOST, below=False), EventKind.CLAIM_REFUSED, "claim.refused"),
    "denied below": (lambda: deny("acme.test", below=True), EventKind.CLAIM_REFUSED, "claim.refused"),
    "platform": (lambda: platform("acme.test"), EventKind.CLAIM_REFUSED, "claim.refused"),
}


@pytest.mark.parametrize("own", Method)
@pytest.mark.parametrize("theirs", ["acme.test", "over.chat.acme.test"])
def test_name_above_or_below_one_that_is_proved_by_records_is_served(
    domain: LLMClientCustomDomain, theirs: str, own: Method
) -> None:
    """Only a delegation leads the names below it to us. The neighbour's method decides, not the claim's own."""
    domain.method = own
    other = rival(theirs, method=Method.RECORDS)
    third = registration.register(
        make_account("Third"), domain.domain_name, actor=COMMAND, settings=settings()
    )
    assert isinstance(third, registration.Registered)
    assert registration.in_the_way_of(domain, settings()) is None
    other.method, other.next_method = Method.DELEGATION, Method.RECORDS
    db.session.commit()
    found = registration.in_the_way_of(domain, settings())
    assert found is not None
    assert (found.other, found.contested) == (other, False)


def words_of(finding: Finding) -> str:
    assert finding.message is not None
    return sentence(finding.message)


def open_findings() -> list[Finding]:
    return list(findings.of_claims(FindingKind.CLAIM_REFUSED))


@pytest.mark.parametrize("state", [DomainState.PENDING, DomainState.LAPSED])
@pytest.mark.parametrize("rule", sorted(RULES))
def test_what_registration_refuses_is_refused_at_the_proof(
    domain: LLMClientCustomDomain, rule: str, state: DomainState
) -> None:
    domain.state, domain.state_changed_at = state, NOW - timedelta(days=1)
    meanwhile, kind, code = RULES[rule]
    meanwhile()
    found = registration.register(
        make_account("Third"), domain.domain_name, actor=COMMAND, settings=settings()
    )
    assert not isinstance(found, registration.Registered)
    prove(domain)
    prove(domain)
    assert (domain.state, domain.is_verified) == (state, False)
    assert HOST not in LLMClientCustomDomain.get_verified_domains()
    assert not is_served(HOST)
    told = [e for e in queries.history(domain) if e.kind is kind and e.message and e.message.code == code]
    assert len(told) == 1
    assert f"ontact {settings().contact}" in event_sentence(told[0])
    [finding] = open_findings()
    assert (finding.kind, finding.custom_domain_id) == ("claim-refused", domain.id)
    assert domain.account.number in words_of(finding)
    assert domain.next_check_at is not None


@pytest.mark.parametrize("rule", sorted(RULES))
def test_its_people_do_not_learn_whose_the_other_claim_is(domain: LLMClientCustomDomain, rule: str) -> None:
    RULES[rule][0]()
    prove(domain)
    others = db.session.scalars(select(Account).where(Account.id != domain.account_id)).all()
    told = " ".join(event_sentence(event) for event in queries.history(domain))
    assert not [other for other in others if other.name in told or other.number in told]
    assert "over.chat" not in told
    assert "a.b.chat" not in told


@pytest.mark.parametrize("rule", ["denied", "held and pending", "platform"])
def test_name_that_is_served_stays_served(domain: LLMClientCustomDomain, rule: str) -> None:
    """The rules are asked before a name becomes served; what is served already ends with a suspension or in DNS."""
    domain.state = DomainState.FAILING
    domain.grace_until = NOW + timedelta(days=1)
    db.session.flush()
    if rule == "denied":
        deny(HOST, below=False)
    elif rule == "platform":
        platform("acme.test")
    prove(domain)
    assert domain.state is DomainState.VERIFIED


def test_two_overlapping_proofs_of_one_batch(domain: LLMClientCustomDomain) -> None:
    other = make_domain(make_account("Other"), "y.chat.acme.test")
    make_zone(other)
    prove(other, domain)
    assert sorted([domain.state, other.state]) == [DomainState.PENDING, DomainState.VERIFIED]


def test_names_that_overlap_within_one_account_are_both_served(domain: LLMClientCustomDomain) -> None:
    own = make_domain(domain.account, "y.chat.acme.test")
    make_zone(own)
    prove(own, domain)
    assert own.is_verified
    assert domain.is_verified
    assert open_findings() == []


def test_finding_is_closed_when_the_way_is_free(domain: LLMClientCustomDomain) -> None:
    other = rival("over.chat.acme.test")
    prove(domain)
    [finding] = open_findings()
    assert f"over.chat.acme.test of account {other.account.number} is verified" in words_of(finding)
    lifecycle.remove(other, actor=COMMAND, now=NOW)
    prove(domain)
    assert domain.is_verified
    assert open_findings() == []


def prove_no_more(domain: LLMClientCustomDomain) -> None:
    prove(domain, verdict=Verdict.NOT_DELEGATED)


def remove(domain: LLMClientCustomDomain) -> None:
    lifecycle.remove(domain, actor=COMMAND, now=NOW)


@pytest.mark.parametrize("end", [prove_no_more, remove], ids=["no proof any more", "removed"])
def test_finding_is_closed_when_the_claim_is_given_up(
    domain: LLMClientCustomDomain, end: Callable[[LLMClientCustomDomain], None]
) -> None:
    rival("over.chat.acme.test")
    prove(domain)
    assert open_findings()
    end(domain)
    assert open_findings() == []


def test_release_does_what_it_says_after_another_account_proved_the_name(
    domain: LLMClientCustomDomain,
) -> None:
    """The finding of the penetration test: an abuser has prepared a second account."""
    abused = held()
    prove(domain)
    assert LLMClientCustomDomain.get_verified_domains() == []
    assert suspension.release(abused, actor=COMMAND, reason="Cleared.", now=NOW) is None
    db.session.commit()
    assert LLMClientCustomDomain.get_verified_domains() == [HOST]
    assert (abused.is_verified, domain.is_verified) == (True, False)


def test_removal_of_a_suspended_domain_frees_the_name_only_with_the_release(
    domain: LLMClientCustomDomain,
) -> None:
    abused = held()
    lifecycle.remove(abused, actor=COMMAND, now=NOW)
    prove(domain)
    assert not domain.is_verified
    assert suspension.release(abused, actor=COMMAND, reason="Cleared.", now=NOW) is None
    prove(domain)
    assert domain.is_verified


def test_row_that_a_script_calls_verified_is_asked_as_well(domain: LLMClientCustomDomain) -> None:
    rival("over.chat.acme.test")
    db.session.commit()
    domain.is_verified = True
    with pytest.raises(ValidationError, match="connected to another account"):
        domain.save()
    db.session.rollback()
    new = LLMClientCustomDomain(account=make_account("New"), domain_name="x.over.chat.acme.test")
    new.is_verified = True
    with pytest.raises(ValidationError, match="connected to another account"):
        new.save()


#: Registration refuses each, and scripts may claim it.
RESERVED = ["acme.com", "chat.corp.internal", "printer.local", "chat.acme.example", "github.io"]
RESERVED += ["chat.acme.corp2", "chat.acme.github.io", "chat.acme.com.acme.com"]


@pytest.mark.parametrize("name", RESERVED)
def test_name_that_a_script_claimed_on_purpose_is_verified(account: Account, name: str) -> None:
    assert not isinstance(
        registration.register(account, name, actor=COMMAND, settings=settings()), registration.Registered
    )
    domain = LLMClientCustomDomain(account=account, domain_name=name).save()
    make_zone(domain)
    prove(domain)
    assert domain.is_verified
    assert open_findings() == []


@pytest.mark.parametrize("name", RESERVED)
def test_name_that_lapsed_under_former_rules_comes_back(account: Account, name: str) -> None:
    domain = make_domain(account, name, DomainState.LAPSED)
    make_zone(domain)
    prove(domain)
    assert domain.is_verified


@pytest.mark.parametrize("name", RESERVED)
def test_name_that_a_script_claimed_is_released_gets_grace_and_is_kept(account: Account, name: str) -> None:
    domain = make_domain(account, name, DomainState.FAILING, grace_until=NOW + timedelta(days=1))
    make_zone(domain)
    assert suspension.extend_grace(domain, 2, actor=COMMAND, reason="x", now=NOW) is None
    suspend(domain)
    assert suspension.release(domain, actor=COMMAND, reason="x", now=NOW) is None
    lifecycle.remove(domain, actor=COMMAND, now=NOW)
    assert isinstance(restore.keep(domain, actor=COMMAND, settings=settings(), now=NOW), restore.Kept)


def test_script_that_claims_a_name_of_a_rival_is_refused_at_the_proof_all_the_same(account: Account) -> None:
    rival("acme.com")
    domain = LLMClientCustomDomain(account=account, domain_name="chat.acme.com").save()
    make_zone(domain)
    prove(domain)
    assert not domain.is_verified


@pytest.mark.parametrize(
    ("own", "served"), [(HOST, False), ("chat.acme.test.", False), ("x.chat.acme.test", True)]
)
def test_of_our_own_names_those_at_or_below_them_are_not_served(
    domain: LLMClientCustomDomain, own: str, served: bool
) -> None:
    platform(own)
    prove(domain)
    assert domain.is_verified is served


@pytest.mark.parametrize("together", [False, True], ids=["alone", "in a batch"])
def test_check_that_began_while_the_name_was_verified_does_not_verify_it_anew(
    domain: LLMClientCustomDomain, together: bool
) -> None:
    """Such a check asks no resolver whether the name is there."""
    domain.state = DomainState.VERIFIED
    work = work_of(domain)
    assert work.expectation.proved
    domain.state = DomainState.PENDING
    db.session.commit()
    said = report(work.expectation, Verdict.VERIFIED, NOW)
    if together:
        assert bulk_record.record_reports([(work, said)], NOW) == [True]
    else:
        assert record.finish_check(work, said, NOW)
    db.session.commit()
    assert (domain.state, domain.last_checked_at, domain.next_check_at) == (DomainState.PENDING, NOW, NOW)
    assert check_queries.due_for_check(NOW, 1) == [domain.id]
    prove(domain)
    assert domain.is_verified


def test_script_locks_the_row_before_the_names_as_batches_of_checks_do(
    domain: LLMClientCustomDomain,
) -> None:
    """In the other order the two would wait for each other for ever."""
    db.session.commit()
    domain.is_verified = True
    locked: list[str] = []

    def see(state: ORMExecuteState) -> None:
        if state.is_select and getattr(state.statement, "_for_update_arg", None) is not None:
            locked.append("row")
        elif state.is_update:  # as SQLite locks names
            locked.append("names")

    event.listen(db.session, "do_orm_execute", see)
    try:
        domain.save()
    finally:
        event.remove(db.session, "do_orm_execute", see)
    assert locked[:2] == ["row", "names"]
    assert domain.is_verified


def test_events_of_a_refused_claim_do_not_pile_up(domain: LLMClientCustomDomain) -> None:
    rival("over.chat.acme.test", verified_at=NOW - timedelta(days=1))
    for _ in range(3):
        prove(domain)
        prove(domain, verdict=Verdict.NOT_DELEGATED)
    kinds = db.session.scalars(select(Event.kind).where(Event.kind == EventKind.CLAIM_LOST)).all()
    assert len(kinds) == 1
