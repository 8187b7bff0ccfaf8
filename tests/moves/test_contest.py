"""Two accounts and one name: what follows from the checks of both, for rows, events, notifications and findings."""

from __future__ import annotations

from datetime import timedelta

import pytest

from tests.factories import make_llm_client
from tests.moves.claims import (
    GONE,
    HOST,
    MINUTE,
    check,
    check_together,
    claim,
    codes,
    contest,
    events_of,
    holder,
    told,
)
from tests.serving import is_served
from webapp.audit.log import COMMAND
from webapp.checks import queries as check_queries
from webapp.checks import request
from webapp.dns.delegation import Verdict
from webapp.domains import lifecycle, suspension
from webapp.extensions import db, settings
from webapp.models import CheckOrigin, DomainState, LLMClientCustomDomain, utcnow
from webapp.moves import listing
from webapp.proofs import change
from webapp.zones import findings
from webapp.zones.findings import FindingKind

NOW = utcnow()


@pytest.fixture
def rival(app: object) -> LLMClientCustomDomain:
    return holder()


@pytest.fixture
def domain(rival: LLMClientCustomDomain) -> LLMClientCustomDomain:
    return claim("New Ltd")


def served() -> list[str]:
    return LLMClientCustomDomain.get_verified_domains()


def states(*domains: LLMClientCustomDomain) -> list[str]:
    return [one.state.value for one in domains]


def test_first_proof_begins_a_contest_and_has_the_holder_checked_at_once(
    domain: LLMClientCustomDomain, rival: LLMClientCustomDomain
) -> None:
    check(domain, Verdict.VERIFIED, NOW)
    assert states(domain, rival) == ["pending", "verified"]
    assert domain.contests_since == NOW
    assert domain.next_check_at == NOW + 10 * MINUTE
    opened = check_queries.open_check(rival)
    assert opened is not None
    assert list(request.to_wake()) == [opened.id]
    assert list(request.to_wake()) == []
    assert codes(domain)[-1:] == ["claim.contests"]
    assert codes(rival) == ["claim.contested"]
    [warning] = told(rival)
    at = (NOW + 10 * MINUTE).isoformat()
    assert (warning.code, warning.params) == ("notification.contested", {"name": HOST, "from": at})
    [finding] = listing.under_way(5)
    assert finding.custom_domain_id == domain.id
    assert finding.message is not None
    assert finding.message.params["other_account"] == rival.account.number


@pytest.mark.parametrize("together", [False, True], ids=["alone", "in a batch"])
def test_name_moves_with_the_second_proof(
    domain: LLMClientCustomDomain, rival: LLMClientCustomDomain, together: bool
) -> None:
    make_llm_client(rival.account, custom_domain=rival)
    contest(domain, rival, NOW)
    assert states(domain, rival) == ["pending", "failing"]
    assert served() == [HOST]
    now = NOW + 12 * MINUTE
    if together:
        check_together([(domain, Verdict.VERIFIED)], now)
    else:
        check(domain, Verdict.VERIFIED, now)
    assert states(domain, rival) == ["verified", "lapsed"]
    assert served() == [HOST]
    assert is_served(HOST)
    assert (rival.contrary_since, rival.grace_until) == (None, None)
    assert rival.next_check_at is not None
    assert rival.next_check_at > now
    assert rival.llm_client is not None
    assert codes(rival)[-1] == "domain.moved-away"
    assert "domain.lapsed" not in codes(rival)
    assert codes(domain)[-2:] == ["claim.moved", "domain.verified"]
    assert [one.code for one in told(rival)][-1] == "notification.moved-away"
    assert [one.code for one in told(domain)] == ["notification.verified"]
    assert (domain.contests_since, listing.under_way(5)) == (None, [])
    [moved] = listing.moves(None, 5)
    assert (moved.domain, moved.former) == (domain, rival)
    assert (moved.since, moved.verdict) == (NOW, GONE.value)


def test_both_sides_of_one_batch(domain: LLMClientCustomDomain, rival: LLMClientCustomDomain) -> None:
    for minutes in (0, 12, 24):
        check_together([(rival, GONE), (domain, Verdict.VERIFIED)], NOW + minutes * MINUTE)
        assert served() == [HOST]
    assert states(domain, rival) == ["verified", "lapsed"]


@pytest.mark.parametrize("minutes", [0, 1, 9.9])
def test_second_proof_within_ten_minutes_moves_nothing(
    domain: LLMClientCustomDomain, rival: LLMClientCustomDomain, minutes: float
) -> None:
    for ago in (70, 60):
        check(rival, GONE, NOW - ago * MINUTE)
    check(domain, Verdict.VERIFIED, NOW)
    check(rival, GONE, NOW)
    check(domain, Verdict.VERIFIED, NOW + minutes * MINUTE)
    assert states(domain, rival) == ["pending", "failing"]
    assert domain.next_check_at == NOW + 10 * MINUTE
    check(domain, Verdict.VERIFIED, NOW + 10 * MINUTE)
    assert states(domain, rival) == ["verified", "lapsed"]


def test_one_contrary_check_of_the_holder_is_not_enough(
    domain: LLMClientCustomDomain, rival: LLMClientCustomDomain
) -> None:
    check(domain, Verdict.VERIFIED, NOW)
    check(rival, GONE, NOW + 5 * MINUTE)
    check(domain, Verdict.VERIFIED, NOW + 11 * MINUTE)
    assert states(domain, rival) == ["pending", "verified"]
    assert domain.next_check_at is not None
    assert rival.next_check_at is not None
    assert domain.next_check_at > NOW + 11 * MINUTE
    check(rival, GONE, rival.next_check_at)
    assert rival.last_checked_at is not None
    check(domain, Verdict.VERIFIED, rival.last_checked_at + MINUTE)
    assert states(domain, rival) == ["verified", "lapsed"]


#: What the holder's checks say -> whether the name goes on being its.
KEEPS = [Verdict.VERIFIED, Verdict.STALE_DS, Verdict.ZONE_NOT_SERVED, Verdict.PARENT_UNREACHABLE]
KEEPS += [Verdict.PARENT_INCONSISTENT, Verdict.ZONE_PENDING]


@pytest.mark.parametrize("verdict", KEEPS)
def test_holder_that_is_not_contradicted_keeps_its_name(
    domain: LLMClientCustomDomain, rival: LLMClientCustomDomain, verdict: Verdict
) -> None:
    contest(domain, rival, NOW, verdict)
    for minutes in (12, 60, 600):
        check(domain, Verdict.VERIFIED, NOW + minutes * MINUTE)
        check(rival, verdict, NOW + (minutes + 1) * MINUTE)
    assert states(domain, rival) == ["pending", "verified"]
    assert codes(rival).count("claim.contested") == 1
    assert domain.contests_since == NOW


@pytest.mark.parametrize(
    "verdict", [Verdict.DELEGATED_ELSEWHERE, Verdict.DELEGATION_PARTIAL, Verdict.RECORD_IN_THE_WAY]
)
def test_every_contradiction_counts(
    domain: LLMClientCustomDomain, rival: LLMClientCustomDomain, verdict: Verdict
) -> None:
    contest(domain, rival, NOW, verdict)
    check(domain, Verdict.VERIFIED, NOW + 12 * MINUTE)
    assert states(domain, rival) == ["verified", "lapsed"]


def test_servers_that_have_differed_for_long_count_as_well(
    domain: LLMClientCustomDomain, rival: LLMClientCustomDomain
) -> None:
    check(domain, Verdict.VERIFIED, NOW)
    for minutes in (1, 12):
        check(rival, Verdict.PARENT_INCONSISTENT, NOW + minutes * MINUTE, transient=False)
    check(domain, Verdict.VERIFIED, NOW + 13 * MINUTE)
    assert states(domain, rival) == ["verified", "lapsed"]


def test_silence_between_two_contradictions_takes_none_of_them_back(
    domain: LLMClientCustomDomain, rival: LLMClientCustomDomain
) -> None:
    check(domain, Verdict.VERIFIED, NOW)
    check(rival, GONE, NOW + MINUTE)
    check(rival, Verdict.PARENT_UNREACHABLE, NOW + 12 * MINUTE)
    check(domain, Verdict.VERIFIED, NOW + 13 * MINUTE)
    assert states(domain, rival) == ["pending", "verified"]
    check(rival, GONE, NOW + 20 * MINUTE)
    check(domain, Verdict.VERIFIED, NOW + 21 * MINUTE)
    assert states(domain, rival) == ["verified", "lapsed"]


def test_holder_that_comes_back_for_a_moment_needs_two_contradictions_again(
    domain: LLMClientCustomDomain, rival: LLMClientCustomDomain
) -> None:
    check(domain, Verdict.VERIFIED, NOW)
    check(rival, GONE, NOW + MINUTE)
    check(rival, Verdict.VERIFIED, NOW + 6 * MINUTE)
    check(rival, GONE, NOW + 12 * MINUTE)
    check(domain, Verdict.VERIFIED, NOW + 13 * MINUTE)
    assert states(domain, rival) == ["pending", "verified"]


def test_old_answer_of_the_holder_is_asked_for_anew(
    domain: LLMClientCustomDomain, rival: LLMClientCustomDomain
) -> None:
    contest(domain, rival, NOW)
    check(domain, Verdict.VERIFIED, NOW + timedelta(hours=5))
    assert states(domain, rival) == ["pending", "failing"]
    assert check_queries.open_check(rival) is not None


@pytest.mark.parametrize("verdict", [GONE, Verdict.DELEGATION_MIXED, Verdict.STALE_DS])
def test_contest_ends_when_the_claim_is_proved_no_longer(
    domain: LLMClientCustomDomain, rival: LLMClientCustomDomain, verdict: Verdict
) -> None:
    contest(domain, rival, NOW)
    check(domain, verdict, NOW + 12 * MINUTE)
    assert domain.contests_since is None
    assert findings.of_claims(FindingKind.CONTEST) == []
    check(domain, Verdict.VERIFIED, NOW + 13 * MINUTE)
    assert states(domain, rival) == ["pending", "failing"]
    assert domain.contests_since == NOW + 13 * MINUTE


def test_check_that_could_not_ask_ends_no_contest(
    domain: LLMClientCustomDomain, rival: LLMClientCustomDomain
) -> None:
    contest(domain, rival, NOW)
    check(domain, Verdict.PARENT_UNREACHABLE, NOW + 12 * MINUTE)
    assert domain.contests_since == NOW
    check(domain, Verdict.VERIFIED, NOW + 13 * MINUTE)
    assert states(domain, rival) == ["verified", "lapsed"]


def test_presses_flood_nobody(domain: LLMClientCustomDomain, rival: LLMClientCustomDomain) -> None:
    """A claim that is proved and taken back over and over warns the holder once, and has it checked once a minute."""
    for half_minutes in range(8):
        verdict = GONE if half_minutes % 2 else Verdict.VERIFIED
        check(domain, verdict, NOW + half_minutes * MINUTE / 2)
        if check_queries.open_check(rival) is not None:
            check(rival, Verdict.VERIFIED, NOW + half_minutes * MINUTE / 2)
    assert len(told(rival)) == 1
    assert codes(rival).count("claim.contested") == 1
    assert codes(domain).count("claim.contests") == 1
    assert len(rival.checks) <= 4


def suspend(domain: LLMClientCustomDomain) -> None:
    assert suspension.suspend(domain, actor=COMMAND, reason="Dispute.", now=NOW + 11 * MINUTE) is None
    db.session.commit()


def release(domain: LLMClientCustomDomain) -> None:
    assert suspension.release(domain, actor=COMMAND, reason="Settled.", now=NOW + 11 * MINUTE) is None
    db.session.commit()


def test_suspension_of_the_holder_stops_the_move(
    domain: LLMClientCustomDomain, rival: LLMClientCustomDomain
) -> None:
    contest(domain, rival, NOW)
    suspend(rival)
    assert domain.contests_since is None
    check(domain, Verdict.VERIFIED, NOW + 12 * MINUTE)
    assert states(domain, rival) == ["pending", "failing"]
    assert codes(domain)[-1] == "claim.suspended"
    assert (served(), is_served(HOST)) == ([], False)
    release(rival)
    check(domain, Verdict.VERIFIED, NOW + 13 * MINUTE)
    assert states(domain, rival) == ["pending", "failing"]
    assert domain.contests_since == NOW + 13 * MINUTE
    assert served() == [HOST]


def test_suspension_of_the_claim_stops_the_move_and_leaves_the_holder_served(
    domain: LLMClientCustomDomain, rival: LLMClientCustomDomain
) -> None:
    contest(domain, rival, NOW)
    assert request.open_new_check(domain, CheckOrigin.SCHEDULE, NOW).new  # under way meanwhile
    suspend(domain)
    assert domain.contests_since is None
    assert states(domain, rival) == ["pending", "failing"]
    assert (served(), is_served(HOST)) == ([HOST], True)
    check_together([(domain, Verdict.VERIFIED)], NOW + 12 * MINUTE)
    assert states(domain, rival) == ["pending", "failing"]
    extended = suspension.extend_grace(rival, 3, actor=COMMAND, reason="Theirs.", now=NOW + 12 * MINUTE)
    assert extended is None
    release(domain)
    check(domain, Verdict.VERIFIED, NOW + 14 * MINUTE)
    assert states(domain, rival) == ["pending", "failing"]
    assert domain.contests_since == NOW + 14 * MINUTE


def test_of_two_claimants_one_gets_the_name_and_the_other_begins_anew(
    domain: LLMClientCustomDomain, rival: LLMClientCustomDomain
) -> None:
    third = claim("Third Ltd")
    contest(domain, rival, NOW)
    check(third, Verdict.VERIFIED, NOW + MINUTE)
    now = NOW + 12 * MINUTE
    check_together([(domain, Verdict.VERIFIED), (third, Verdict.VERIFIED)], now)
    assert states(domain, rival, third) == ["verified", "lapsed", "pending"]
    assert third.contests_since == now
    assert codes(domain)[-1] == "claim.contested"
    assert served() == [HOST]
    for minutes in (13, 24):
        check(domain, GONE, NOW + minutes * MINUTE)
    check(third, Verdict.VERIFIED, NOW + 25 * MINUTE)
    assert states(domain, rival, third) == ["lapsed", "lapsed", "verified"]


def test_name_moves_back_in_the_same_way(domain: LLMClientCustomDomain, rival: LLMClientCustomDomain) -> None:
    contest(domain, rival, NOW)
    check(domain, Verdict.VERIFIED, NOW + 12 * MINUTE)
    later = NOW + timedelta(days=1)
    contest(rival, domain, later)
    assert served() == [HOST]
    check(rival, Verdict.VERIFIED, later + 12 * MINUTE)
    assert states(domain, rival) == ["lapsed", "verified"]
    assert [one.domain for one in listing.moves(None, 5)] == [rival, domain]


def test_first_reading_of_a_clock_that_was_behind_moves_nothing_early(
    domain: LLMClientCustomDomain, rival: LLMClientCustomDomain
) -> None:
    for ago in (70, 60):
        check(rival, GONE, NOW - ago * MINUTE)
    behind = NOW - timedelta(hours=1)
    check(domain, Verdict.VERIFIED, behind, checked_at=NOW)
    assert domain.contests_since == NOW
    check(rival, GONE, NOW + MINUTE / 2)
    check(domain, Verdict.VERIFIED, NOW + MINUTE)
    assert states(domain, rival) == ["pending", "failing"]


def test_second_reading_of_a_clock_that_leapt_moves_nothing_early(
    domain: LLMClientCustomDomain, rival: LLMClientCustomDomain
) -> None:
    for ago in (70, 60):
        check(rival, GONE, NOW - ago * MINUTE)
    check(domain, Verdict.VERIFIED, NOW)
    check(rival, GONE, NOW + MINUTE / 2)
    check(domain, Verdict.VERIFIED, NOW + timedelta(hours=1), checked_at=NOW + MINUTE)
    assert states(domain, rival) == ["pending", "failing"]


def test_contest_of_a_clock_that_was_ahead_is_cut_to_now(
    domain: LLMClientCustomDomain, rival: LLMClientCustomDomain
) -> None:
    contest(domain, rival, NOW)
    domain.contests_since = NOW + timedelta(days=30)
    db.session.commit()
    check(domain, Verdict.VERIFIED, NOW + 12 * MINUTE)
    assert (domain.contests_since, rival.is_verified) == (NOW + 12 * MINUTE, True)


@pytest.mark.parametrize("state", [DomainState.LAPSED, DomainState.REMOVING])
def test_name_that_its_holder_gave_up_is_free_at_once(
    domain: LLMClientCustomDomain, rival: LLMClientCustomDomain, state: DomainState
) -> None:
    check(domain, Verdict.VERIFIED, NOW)
    if state is DomainState.REMOVING:
        lifecycle.remove(rival, actor=COMMAND, now=NOW + MINUTE)
    else:
        rival.state = state
    db.session.commit()
    check(domain, Verdict.VERIFIED, NOW + 2 * MINUTE)
    assert domain.is_verified
    assert (domain.contests_since, findings.of_claims(FindingKind.CONTEST)) == (None, [])
    assert events_of("claim.moved") == []


def test_claim_that_is_removed_or_changes_its_method_contests_no_more(
    domain: LLMClientCustomDomain, rival: LLMClientCustomDomain
) -> None:
    check(domain, Verdict.VERIFIED, NOW)
    change._begin_anew(domain)
    db.session.commit()
    assert listing.under_way(5) == []
    check(domain, Verdict.VERIFIED, NOW + MINUTE)
    assert len(listing.under_way(5)) == 1
    lifecycle.remove(domain, actor=COMMAND, now=NOW + 2 * MINUTE)
    assert (domain.contests_since, findings.of_claims(FindingKind.CONTEST)) == (None, [])
    assert rival.is_verified


def test_name_of_a_fault_moves_neither_way(
    domain: LLMClientCustomDomain, rival: LLMClientCustomDomain, monkeypatch: pytest.MonkeyPatch
) -> None:
    """If the new claim cannot be recorded, the old one keeps the name."""
    contest(domain, rival, NOW)

    def broken(*_args: object, **_values: object) -> None:
        raise RuntimeError("no certificate today")

    monkeypatch.setattr("webapp.checks.record.enter_unasked", broken)
    work = [(domain, Verdict.VERIFIED)]
    with pytest.raises(AssertionError):
        check_together(work, NOW + 12 * MINUTE)
    db.session.commit()
    db.session.expire_all()
    assert states(domain, rival) == ["pending", "failing"]
    assert served() == [HOST]
    assert settings().failing_confirmation_minutes == 10
