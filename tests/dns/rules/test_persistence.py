"""What counts as the same result for an hour, who has to act then, and when one server may decide."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from tests.dns.delegation.cases import (
    HOST,
    NOW,
    OTHERS,
    OURS,
    PARENTS,
    delegates,
    expectation,
    fails,
    first_sentence,
    healthy,
    knows_nothing,
    serving,
)
from webapp.dns.answers import Outcome
from webapp.dns.delegation import Asked, DelegationReport, Observation, Verdict, judge
from webapp.dns.limits import RESTS
from webapp.dns.lookup.observation import NameServerSet, ParentAnswer, ResolverAnswer, Says, Trouble
from webapp.dns.notes import Note
from webapp.dns.servers.evidence import Delegation, Dispute, Role

DEAD = "ns.dead.com"
DISPUTED = (("192.0.2.53:53", frozenset({"198.51.0.9"})), ("", frozenset[str]()))
AGREES = ResolverAnswer("192.0.2.53:53", Outcome.NOERROR, frozenset(OURS), 600)
#: Minutes of the checks after the first.
HOUR = (0, 30, 60)


def one_dead(outcome: Outcome = Outcome.TIMEOUT, **changes: Any) -> Observation:
    """The parent's first server lists exactly ours, its second cannot be asked, and a resolver agrees."""
    answers = (delegates(PARENTS[0]), fails(DEAD, outcome))
    return healthy(**{"parent_answers": answers, "resolvers": (AGREES,)} | changes)


def nobody(**changes: Any) -> Observation:
    return healthy(**{"parent_answers": tuple(fails(server) for server in PARENTS)} | changes)


def in_turn(
    seen: Iterable[tuple[float, Observation]], *, start: datetime = NOW, **changes: Any
) -> list[DelegationReport]:
    """The reports of checks at these minutes, each with what the earlier ones have left, as a row keeps it."""
    history, reports = None, []
    for minutes, observation in seen:
        now = start + timedelta(minutes=minutes)
        reports.append(judge(expectation(**{"history": history} | changes), observation, now))
        history = json.loads(json.dumps(reports[-1].history)) or None
    return reports


def last(*seen: tuple[float, Observation], **changes: Any) -> DelegationReport:
    return in_turn(seen, **changes)[-1]


def at(minutes: Iterable[float], observation: Observation) -> list[tuple[float, Observation]]:
    return [(minute, observation) for minute in minutes]


# You must act


@pytest.mark.parametrize(
    ("outcome", "what"),
    [
        (Outcome.TIMEOUT, "does not answer for acme.com"),
        (Outcome.UNREACHABLE, "does not answer for acme.com"),
        (Outcome.REFUSED, "refuses to answer for acme.com"),
        (Outcome.SERVFAIL, "fails to answer for acme.com"),
        (Outcome.NOERROR, "does not know acme.com"),
        (Outcome.REFERRAL, "does not know acme.com"),
    ],
)
def test_a_server_that_is_dead_for_an_hour_is_named(outcome: Outcome, what: str) -> None:
    dead = one_dead(outcome, resolvers=())
    young, *_, old = in_turn(at(HOUR, dead))
    assert (young.who_acts, young.reason) == ("nobody", "parent-silent")
    assert (old.verdict, old.who_acts, old.reason) == (
        Verdict.PARENT_UNREACHABLE,
        "you",
        "unheard-for-long",
    )
    assert old.transient
    assert first_sentence(old.message) == f"{DEAD} {what}; have it repaired, or removed at the registrar"
    assert f"Have {DEAD} repaired, or removed from the name servers of acme.com" in old.next_step


def test_a_server_without_an_address_is_named() -> None:
    seen = healthy(parent_answers=(delegates(PARENTS[0]),), parent_unlocated=(DEAD,))
    report = last(*at(HOUR, seen))
    assert first_sentence(report.message).startswith(f"{DEAD}, listed for acme.com, has no address; have it")


def test_a_server_that_was_not_asked_is_not_called_dead() -> None:
    answers = (delegates(PARENTS[0]), fails(DEAD), fails("ns.full.com", Outcome.NOT_ASKED))
    report = last(*at(HOUR, healthy(parent_answers=answers)))
    assert report.message.startswith(f"{DEAD} does not answer for acme.com")
    assert "ns.full.com" not in f"{report.next_step} {report.details}"


def test_a_zone_without_a_server_that_answers_is_to_be_repaired() -> None:
    seen = nobody(parent_zone="b.acme.com", parent_answers=(), parent_unlocated=(DEAD,))
    report = last(*at(HOUR, seen), host="chat.b.acme.com")
    assert report.who_acts == "you"
    assert first_sentence(report.message) == "Repair b.acme.com: none of its name servers answers"
    assert f"Have {DEAD} repaired, or give b.acme.com other name servers in acme.com." in report.next_step


def test_a_zone_that_nobody_delegates_any_more_is_to_be_renewed() -> None:
    gone = healthy(parent_set=NameServerSet.DENIED)
    report = last(*at(HOUR, gone))
    assert (report.who_acts, report.reason) == ("you", "unheard-for-long")
    assert report.message.startswith("acme.com is delegated nowhere any more; have it renewed")


def test_a_dead_server_of_a_set_that_the_zone_above_alone_names() -> None:
    seen = one_dead(parent_set=NameServerSet.DIFFERENT, parent_named_above=frozenset({PARENTS[0], DEAD}))
    young, *_, old = in_turn(at(HOUR, seen))
    assert (young.reason, old.reason) == ("parent-moving", "unheard-for-long")
    assert not old.verified


@pytest.mark.parametrize("minutes", [(0, 30), (0, 60), (0, 30, 59), (0, 1, 2), (0, 30, 20, 61), (60, 30, 0)])
def test_neither_words_nor_proof_before_three_checks_and_an_hour(minutes: tuple[float, ...]) -> None:
    report = last(*at(minutes, one_dead()))
    assert (report.verdict, report.who_acts) == (Verdict.PARENT_UNREACHABLE, "nobody")


def test_a_proof_takes_three_checks_that_are_apart() -> None:
    report = last(*at((0, 1, 61, 62, 63), one_dead()))
    assert (report.verified, report.who_acts) == (False, "you")
    assert last(*at((0, 1, 61, 67), one_dead())).verified


@pytest.mark.parametrize(
    "between",
    [
        healthy(resolvers=(AGREES,)),
        one_dead(Outcome.REFUSED),
        healthy(parent_answers=(delegates(PARENTS[0]), fails("ns2.other.net")), resolvers=(AGREES,)),
        one_dead(parent_answers=(fails(PARENTS[0]), fails(DEAD))),
        one_dead(trouble=Trouble.PARENT_BOGUS),
        one_dead(parent_disputed=True),
        one_dead(disputes=(Dispute("parent", DEAD, DISPUTED),)),
    ],
    ids=[
        "answered",
        "fails-otherwise",
        "another-server",
        "both-dead",
        "bogus",
        "servers-disputed",
        "address-disputed",
    ],
)
def test_another_result_begins_the_hour_anew(between: Observation) -> None:
    report = last((0, one_dead()), (30, between), (60, one_dead()), (90, one_dead()))
    assert (report.verdict, report.who_acts) == (Verdict.PARENT_UNREACHABLE, "nobody")


def with_rest() -> Observation:
    note = Note(RESTS, {"address": "198.51.0.2"})
    asked = Asked(PARENTS[1], "198.51.0.2", HOST, "", "NOT_ASKED", False, (), None, 0, "parent", "", (note,))
    return one_dead(asked=(asked,))


OUR_SIDE = [
    one_dead(trouble=Trouble.RESOLVER_SILENT),
    one_dead(complete=False),
    with_rest(),
    nobody(ours=tuple(serving(name, outcome=Outcome.TIMEOUT) for name in OURS)),
    healthy(parent_zone=None, parent_answers=(), trouble=Trouble.RESOLVER_SILENT),
]


@pytest.mark.parametrize("ours", OUR_SIDE)
def test_what_our_own_side_could_not_do_never_counts(ours: Observation) -> None:
    assert last(*at((0, 30, 60, 90, 120), ours)).who_acts != "you"
    assert last((0, one_dead()), (30, ours), (60, one_dead())).who_acts == "nobody"


@pytest.mark.parametrize("ours", OUR_SIDE)
def test_what_our_own_side_could_not_do_begins_nothing_anew(ours: Observation) -> None:
    assert last((0, one_dead()), (30, one_dead()), (45, ours), (60, one_dead())).verified


def test_what_is_seen_before_our_own_zone_is_ready_never_counts() -> None:
    for report in in_turn(at(HOUR, one_dead()), zone_in_sync=False):
        assert report.history == {"listed": True}


def test_a_fault_of_ours_in_the_addresses_is_not_the_customers() -> None:
    report = last(*at(HOUR, one_dead(disputes=(Dispute("parent", DEAD, DISPUTED),))))
    assert (report.who_acts, report.reason) == ("we", "addresses-differ")


# One server may decide


@pytest.mark.parametrize("minutes", [HOUR, (0, 20, 61), (0, 5, 60), (0, 240, 480), (0, 1, 2, 30, 59, 61)])
def test_one_server_decides_after_an_hour(minutes: tuple[float, ...]) -> None:
    *before, report = in_turn(at(minutes, one_dead()))
    assert not any(one.verified for one in before)
    assert report.verified
    (hint,) = report.hints
    assert (hint.finding.reason, hint.finding.who_acts) == ("unheard-for-long", "you")
    assert hint.message.startswith(f"{DEAD} does not answer for acme.com")


def test_one_server_beside_one_without_an_address_decides() -> None:
    seen = healthy(parent_answers=(delegates(PARENTS[0]),), parent_unlocated=(DEAD,), resolvers=(AGREES,))
    assert last(*at(HOUR, seen)).verified


def test_a_verified_name_stays_verified_by_one_server() -> None:
    *_, report = in_turn(at((*HOUR, 420, 800), one_dead()), proved=True)
    assert report.verified


def by_ipv6(outcome: Outcome, role: Role = "parent", server: str = DEAD) -> Asked:
    return Asked(server, "2600:1f00::2", f"{HOST} NS", "tcp", outcome.value, False, (), None, 0, role, "")


@pytest.mark.parametrize("outcome", [Outcome.TIMEOUT, Outcome.UNREACHABLE, Outcome.REFUSED, Outcome.SERVFAIL])
def test_one_server_beside_one_that_is_dead_or_lame_decides(outcome: Outcome) -> None:
    assert last(*at(HOUR, one_dead(outcome))).verified


def test_one_server_beside_one_that_points_upwards_decides() -> None:
    lame = replace(fails(DEAD, Outcome.REFERRAL), upward=True)
    assert last(*at(HOUR, one_dead(parent_answers=(delegates(PARENTS[0]), lame)))).verified


def test_silence_by_both_families_counts_where_ipv6_works() -> None:
    heard = by_ipv6(Outcome.NOERROR, "ours", OURS[0])
    assert last(*at(HOUR, one_dead(asked=(by_ipv6(Outcome.TIMEOUT), heard)))).verified


def test_silence_by_ipv6_alone_is_no_result_without_ipv6() -> None:
    six = replace(fails(DEAD, Outcome.UNREACHABLE), address="2600:1f00::2")
    seen = one_dead(parent_answers=(delegates(PARENTS[0]), six), asked=(by_ipv6(Outcome.UNREACHABLE),))
    report = last(*at(HOUR, seen))
    assert (report.verdict, report.who_acts) == (Verdict.PARENT_UNREACHABLE, "nobody")
    heard = by_ipv6(Outcome.NOERROR, "ours", OURS[0])
    assert last(*at(HOUR, replace(seen, asked=(*seen.asked, heard)))).verified


@pytest.mark.parametrize(
    "denied",
    [
        {"parent_answers": (delegates(PARENTS[0]), knows_nothing(DEAD))},
        {"parent_answers": (delegates(PARENTS[0]), delegates(DEAD, OTHERS))},
        {"parent_answers": (delegates(PARENTS[0]), fails(DEAD, Outcome.NXDOMAIN))},
        {"resolvers": (AGREES, replace(AGREES, name_servers=frozenset(OTHERS)))},
        {"resolvers": (AGREES, replace(AGREES, name_servers=frozenset(), denies=True))},
        {"wildcard": "*.acme.com"},
    ],
    ids=["denies", "others", "lame", "a resolver gives others", "a resolver denies", "a wildcard"],
)
def test_a_denial_begins_the_hour_anew_also_in_a_check_that_was_cut_short(denied: dict[str, Any]) -> None:
    seen = (0, one_dead()), (20, one_dead(complete=False, **denied)), (40, one_dead()), (61, one_dead())
    assert not last(*seen).verified
    assert last(*seen, (100, one_dead())).verified


@pytest.mark.parametrize("minutes", [(0, 5, 7200), (0, 301, 602), (0, 5, 306)])
def test_a_long_pause_begins_the_hour_anew(minutes: tuple[float, ...]) -> None:
    assert not last(*at(minutes, one_dead())).verified
    assert last(*at((*minutes, minutes[-1] + 30, minutes[-1] + 60), one_dead())).verified


def test_a_long_pause_costs_no_verified_name_its_proof() -> None:
    assert last(*at((*HOUR, 60 + 24 * 60), one_dead()), proved=True).verified


def said(**changes: Any) -> ResolverAnswer:
    return replace(AGREES, **changes)


#: Everything that is not quite so, each for more than an hour.
NEIGHBOURS: dict[str, Observation] = {
    "no resolver": one_dead(resolvers=()),
    "a resolver denies": one_dead(resolvers=(AGREES, said(name_servers=frozenset(), denies=True))),
    "a resolver could not be asked": one_dead(resolvers=(said(unsettled=True),)),
    "a resolver was silent": one_dead(resolvers=(said(outcome=Outcome.TIMEOUT, name_servers=frozenset()),)),
    "a resolver gives others": one_dead(resolvers=(AGREES, said(name_servers=frozenset(OTHERS)))),
    "a resolver fails": one_dead(resolvers=(said(outcome=Outcome.SERVFAIL, name_servers=frozenset()),)),
    "a resolver has an inside view": one_dead(resolvers=(AGREES, said(inside=True))),
    "other values": one_dead(parent_answers=(delegates(PARENTS[0], OTHERS), fails(DEAD))),
    "three of four": one_dead(parent_answers=(delegates(PARENTS[0], OURS[:3]), fails(DEAD))),
    "one too many": one_dead(parent_answers=(delegates(PARENTS[0], (*OURS, DEAD)), fails(DEAD))),
    "nothing there": one_dead(parent_answers=(knows_nothing(PARENTS[0]), fails(DEAD))),
    "an address that is not sure": one_dead(
        parent_answers=(replace(delegates(PARENTS[0]), confirmed=False), fails(DEAD))
    ),
    "another that is not sure": one_dead(
        parent_answers=(
            delegates(PARENTS[0]),
            replace(delegates("ns3.acme.com"), confirmed=False),
            fails(DEAD),
        )
    ),
    "one says otherwise, unsure": one_dead(
        parent_answers=(
            delegates(PARENTS[0]),
            replace(knows_nothing("ns3.acme.com"), confirmed=False),
            fails(DEAD),
        )
    ),
    "a zone of its own": one_dead(
        parent_answers=(
            ParentAnswer(PARENTS[0], "198.51.0.2", Outcome.NOERROR, Says.OWN_ZONE, frozenset(OURS)),
            fails(DEAD),
        )
    ),
    "the other was not asked": one_dead(Outcome.NOT_ASKED),
    "the other says that there is no such name": one_dead(Outcome.NXDOMAIN),
    "the other says that there are no such records": one_dead(Outcome.NODATA),
    "the other gives records": one_dead(Outcome.NOERROR),
    "the other points sideways": one_dead(Outcome.REFERRAL),
    "the other does not understand": one_dead(Outcome.FORMERR),
    "the other fails in its own way": one_dead(Outcome.OTHER),
    "the other answers at times": one_dead(answers_at_times=frozenset({DEAD})),
    "the other answers at its first address": one_dead(
        parent_answers=(delegates(PARENTS[0]), fails(DEAD, Outcome.NXDOMAIN), fails(DEAD))
    ),
    "the one answers otherwise at an address of its own": one_dead(
        parent_answers=(delegates(PARENTS[0]), fails(PARENTS[0], Outcome.NODATA), fails(DEAD))
    ),
    "the other is silent by IPv6, as all is": one_dead(asked=(by_ipv6(Outcome.UNREACHABLE),)),
    "the zone above names others": one_dead(
        parent_set=NameServerSet.DIFFERENT, parent_named_above=frozenset({PARENTS[0], DEAD})
    ),
    "the zone above denies": one_dead(parent_set=NameServerSet.DENIED),
    "the zone above is unknown": one_dead(parent_set=NameServerSet.UNKNOWN),
    "the servers are disputed": one_dead(parent_disputed=True),
    "an address of ours is disputed": one_dead(disputes=(Dispute("ours", OURS[0], DISPUTED),)),
    "the domain is led to us as well": one_dead(
        delegations=(Delegation("acme.com", "com", frozenset({*PARENTS, OURS[0]})),)
    ),
    "a wildcard": one_dead(wildcard="*.acme.com"),
    "not all servers were asked": one_dead(parent_beyond_cap=("ns9.acme.com",)),
    "no TCP": one_dead(trouble=Trouble.NO_TCP),
    "bogus": one_dead(trouble=Trouble.PARENT_BOGUS),
    "ours do not serve": one_dead(ours=tuple(serving(server) for server in OURS[:3])),
    "DS not known": one_dead(parent_answers=(delegates(PARENTS[0], ds=None), fails(DEAD))),
    "DS of another key": one_dead(
        parent_answers=(delegates(PARENTS[0], ds=("1 13 2 AB",)), fails(DEAD)), ds_matches=False
    ),
    "out of time": one_dead(complete=False),
    "no parent zone": one_dead(parent_zone=None),
}


@pytest.mark.parametrize("name", NEIGHBOURS)
def test_its_neighbours_never_verify(name: str) -> None:
    reports = in_turn(at((0, 30, 60, 90, 120, 600), NEIGHBOURS[name]))
    assert not any(report.verified for report in reports)
    assert all(report.transient for report in reports)


@pytest.mark.parametrize("name", NEIGHBOURS)
def test_an_hour_does_not_verify_what_the_last_check_did_not_see(name: str) -> None:
    assert not last(*at(HOUR, one_dead()), (90, NEIGHBOURS[name])).verified


RESETS = sorted(set(NEIGHBOURS) - {"out of time"})


@pytest.mark.parametrize("name", RESETS)
def test_whatever_differs_in_between_begins_the_hour_anew(name: str) -> None:
    seen = (0, one_dead()), (30, NEIGHBOURS[name]), (60, one_dead()), (90, one_dead())
    assert not last(*seen).verified
    assert last(*seen, (120, one_dead())).verified


def test_servers_that_change_begin_the_hour_anew() -> None:
    other_address = one_dead(
        parent_answers=(replace(delegates(PARENTS[0]), address="198.51.0.9"), fails(DEAD))
    )
    other_server = one_dead(parent_answers=(delegates("ns9.acme.com"), fails(DEAD)))
    one_more = one_dead(parent_answers=(delegates(PARENTS[0]), fails(DEAD), fails("ns3.dead.com")))
    for changed in (other_address, other_server, one_more):
        assert not last((0, one_dead()), (30, one_dead()), (60, changed)).verified
        assert not last((0, changed), (30, one_dead()), (60, one_dead())).verified


def test_an_expected_set_that_changes_begins_the_hour_anew() -> None:
    history = in_turn(at((0, 30), one_dead()))[-1].history
    others = one_dead(
        parent_answers=(delegates(PARENTS[0], OTHERS), fails(DEAD)),
        ours=tuple(replace(serving(OURS[0]), server=name, name_servers=frozenset(OTHERS)) for name in OTHERS),
        resolvers=(said(name_servers=frozenset(OTHERS)),),
    )
    later = NOW + timedelta(hours=2)
    assert not judge(expectation(name_servers=OTHERS, history=history), others, later).verified


def test_a_clock_that_goes_back_begins_the_hour_anew() -> None:
    assert not last((0, one_dead()), (120, one_dead()), (10, one_dead()), (40, one_dead())).verified


def test_a_contrary_answer_of_one_server_never_becomes_firm() -> None:
    gone = one_dead(parent_answers=(knows_nothing(PARENTS[0]), fails(DEAD)), resolvers=())
    reports = in_turn(at((0, 60, 120, 6000), gone), proved=True)
    assert {report.verdict for report in reports} == {Verdict.PARENT_UNREACHABLE}
    assert all(report.transient for report in reports)


# What is kept


def test_a_healthy_name_keeps_nothing() -> None:
    assert judge(expectation(), healthy(), NOW).history == {}


def test_records_that_were_there_are_told_from_those_that_never_were() -> None:
    nothing = healthy(parent_answers=tuple(knows_nothing(server) for server in PARENTS))
    three = healthy(parent_answers=tuple(delegates(server, OURS[:3]) for server in PARENTS))
    never, *_, gone = in_turn([(0, nothing), (10, three), (20, nothing), (30, nothing)], listed_before=False)
    assert (never.reason, gone.reason) == ("", "gone")
    assert never.message.endswith("There are no NS records for chat.acme.com yet.")
    assert "yet" not in gone.message
    assert "yet" not in judge(expectation(), nothing, NOW).message
    assert judge(expectation(listed_before=True), nothing, NOW).reason == "gone"
