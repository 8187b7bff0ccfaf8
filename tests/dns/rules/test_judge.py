from __future__ import annotations

import re
from dataclasses import replace
from datetime import timedelta

import pytest

from tests.dns.delegation.cases import (
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
    listing,
    nothing_there,
    serving,
)
from tests.dns.judgement.table import A_RECORD, DS, TABLE, with_ds
from webapp.dns.answers import Outcome
from webapp.dns.delegation import DelegationReport, Expectation, Observation, Verdict, judge
from webapp.dns.judgement.messages import _BY_VERDICT
from webapp.dns.lookup.observation import Alias, ParentAnswer, ResolverAnswer, Says, Trouble


@pytest.mark.parametrize(
    ("verdict", "expected", "observation", "words"), TABLE, ids=lambda value: getattr(value, "value", "")
)
def test_the_verdict_and_its_first_sentence(
    verdict: Verdict, expected: Expectation, observation: Observation, words: str
) -> None:
    report = judge(expected, observation, NOW)
    assert report.verdict is verdict
    assert words in first_sentence(report.message)


@pytest.mark.parametrize(
    ("expected", "observation"),
    [
        (e, o)
        for verdict, e, o, _ in TABLE
        if not verdict.transient and verdict not in {Verdict.VERIFIED, Verdict.ALIAS_ABOVE}
    ],
)
def test_the_first_sentence_says_where_to_type_what(expected: Expectation, observation: Observation) -> None:
    sentence = first_sentence(judge(expected, observation, NOW).message)
    assert "acme.com" in sentence
    assert "“chat”" in sentence or "zone chat.acme.com" in sentence


def unsure(answer: ParentAnswer) -> ParentAnswer:
    return replace(answer, server="ns3.acme.com", address="198.51.77.1", confirmed=False)


def test_an_alias_that_only_a_server_at_an_unsure_address_shows_is_no_fault() -> None:
    alias = Alias("acme.com", "DNAME", "old.example")
    shown = ParentAnswer("", "", Outcome.NOERROR, Says.ALIAS, alias=alias)
    sure = tuple(delegates(server) for server in PARENTS)
    report = judge(expectation(), healthy(parent_answers=(*sure, unsure(shown))), NOW)
    assert (report.verdict, report.transient) == (Verdict.PARENT_INCONSISTENT, True)


def test_a_server_at_an_unsure_address_does_not_tell_that_there_is_no_ds_record() -> None:
    sure = (delegates(PARENTS[0]), delegates(PARENTS[1], ds=None))
    seen = healthy(parent_answers=(*sure, unsure(delegates(PARENTS[0]))))
    assert not judge(expectation(), seen, NOW).verified


def test_a_table_without_gaps() -> None:
    hints_only = {Verdict.RESOLVE_BROKEN, Verdict.PROPAGATING}
    assert {verdict for verdict, *_ in TABLE} == set(_BY_VERDICT) - hints_only


@pytest.mark.parametrize(("verdict", "expected", "observation", "words"), TABLE)
def test_transient_verdicts_change_no_state(
    verdict: Verdict, expected: Expectation, observation: Observation, words: str
) -> None:
    assert judge(expected, observation, NOW).transient is verdict.transient


def who_acts(observation: Observation, **changes: object) -> str:
    return judge(expectation(**changes), observation, NOW).who_acts


def test_who_must_act() -> None:
    assert who_acts(nothing_there()) == "you"
    assert who_acts(nothing_there(), zone_in_sync=False) == "we"
    assert who_acts(healthy(ours=())) == "we"
    assert who_acts(healthy(parent_zone=None, parent_answers=(), trouble=Trouble.RESOLVER_SILENT)) == "we"
    assert who_acts(healthy(parent_answers=())) == "nobody"
    assert who_acts(healthy(trouble=Trouble.PARENT_BOGUS)) == "you"
    assert who_acts(healthy()) == "nobody"


def verdict_of(observation: Observation, **changes: object) -> Verdict:
    return judge(expectation(**changes), observation, NOW).verdict


@pytest.mark.parametrize(
    "changes",
    [
        {"authoritative": False},
        {"soa_owner": "acme.com"},
        {"soa_owner": None},
        {"name_servers": frozenset(OURS[:3])},
        {"name_servers": frozenset(OTHERS)},
    ],
)
def test_every_one_of_our_servers_must_serve_the_zone(changes: dict[str, object]) -> None:
    ours = (serving(OURS[0], **changes), *(serving(server) for server in OURS[1:]))
    report = judge(expectation(), healthy(ours=ours), NOW)
    assert report.verdict is Verdict.ZONE_NOT_SERVED
    assert OURS[0] in report.message


def test_a_ds_record_that_fits_our_key_is_fine() -> None:
    assert verdict_of(with_ds(matches=True)) is Verdict.VERIFIED


def test_not_verified_while_it_is_unknown_whether_the_ds_record_fits() -> None:
    report = judge(expectation(), with_ds(matches=None), NOW)
    assert (report.verdict, report.reason) == (Verdict.PARENT_UNREACHABLE, "unfinished")


def test_not_verified_while_ds_could_not_be_asked() -> None:
    answers = tuple(delegates(server, ds=None) for server in PARENTS)
    assert verdict_of(healthy(parent_answers=answers)) is Verdict.PARENT_UNREACHABLE


def test_one_server_decides_where_the_parent_has_only_one() -> None:
    alone = healthy(parent_answers=(delegates(PARENTS[0]),), parent_needed=1)
    assert verdict_of(alone) is Verdict.VERIFIED


def test_a_silent_third_server_does_not_hinder() -> None:
    answers = (*(delegates(server) for server in PARENTS), fails("ns3.acme.com"))
    assert verdict_of(healthy(parent_answers=answers)) is Verdict.VERIFIED


def test_our_own_server_is_no_witness_under_another_name() -> None:
    vanity = ParentAnswer("ns9.acme.com", "203.0.113.0", Outcome.NOERROR, Says.OWN_ZONE, frozenset(OURS))
    assert verdict_of(healthy(parent_answers=(delegates("a"), delegates("b"), vanity))) is Verdict.VERIFIED
    assert verdict_of(healthy(parent_answers=(vanity,), parent_needed=1)) is Verdict.PARENT_UNREACHABLE


def test_nothing_is_verified_without_expected_name_servers() -> None:
    assert verdict_of(listing([]), name_servers=()) is not Verdict.VERIFIED


def test_a_cname_above_is_no_obstacle_where_the_delegation_works() -> None:
    above = (Alias("b.acme.com", "CNAME", "cdn.example"),)
    assert verdict_of(healthy(aliases_above=above)) is Verdict.VERIFIED


@pytest.mark.parametrize(("hours", "firm"), [(0, False), (23, False), (24, True), (100, True)])
def test_a_disagreement_is_firm_after_a_day(hours: int, firm: bool) -> None:
    since = NOW - timedelta(hours=hours)
    disagreement = healthy(parent_answers=(delegates("ns1.acme.com"), knows_nothing("ns2.acme.com")))
    report = judge(expectation(inconsistent_since=since), disagreement, NOW)
    assert report.verdict is Verdict.PARENT_INCONSISTENT
    assert report.transient is not firm
    assert report.who_acts == ("you" if firm else "nobody")
    assert ("more than 24 hours" in report.message) is firm
    assert "ns2.acme.com (no such name)" in report.details


def test_times_without_a_zone_are_utc() -> None:
    since = (NOW - timedelta(hours=25)).replace(tzinfo=None)
    disagreement = healthy(parent_answers=(delegates("a"), knows_nothing("b")))
    assert not judge(expectation(inconsistent_since=since), disagreement, NOW).transient


def test_nxdomain_and_nodata_agree() -> None:
    answers = (knows_nothing("a", Outcome.NXDOMAIN), knows_nothing("b", Outcome.NODATA))
    assert verdict_of(nothing_there(parent_answers=answers)) is Verdict.NOT_DELEGATED


def hints_of(observation: Observation, **changes: object) -> list[Verdict]:
    return [hint.verdict for hint in judge(expectation(**changes), observation, NOW).hints]


def test_later_findings_are_hints() -> None:
    assert hints_of(nothing_there(), zone_in_sync=False) == [Verdict.NOT_DELEGATED]
    unsure = listing(OURS[:2], trouble=Trouble.PARENT_BOGUS)
    assert hints_of(unsure) == [Verdict.DELEGATION_PARTIAL]
    answers = tuple(delegates(server, OURS[:2], ds=(DS,)) for server in PARENTS)
    assert hints_of(healthy(parent_answers=answers, ds_matches=False)) == [Verdict.STALE_DS]


def test_a_hint_does_not_repeat_the_verdict() -> None:
    assert hints_of(nothing_there(in_the_way=(A_RECORD,))) == []
    assert hints_of(listing([*OURS[:3], f"{OURS[3]}.acme.com"])) == []
    behind = healthy(parent_answers=(delegates("a"), delegates("b", OTHERS)))
    assert hints_of(behind) == []


def test_resolvers_that_disagree_are_a_hint_beside_verified() -> None:
    stale = ResolverAnswer("192.0.2.53:53", Outcome.NXDOMAIN, ttl=600)
    report = judge(expectation(), healthy(resolvers=(stale,)), NOW)
    assert report.verdict is Verdict.VERIFIED
    assert [hint.verdict for hint in report.hints] == [Verdict.PROPAGATING]
    assert "by 12:10 UTC on 23 November 2026" in report.hints[0].message
    assert report.old_answers_until == NOW + timedelta(minutes=10)


def test_a_resolver_that_refuses_for_dnssec_names_it() -> None:
    broken = ResolverAnswer("192.0.2.53:53", Outcome.SERVFAIL, bogus=True)
    (hint,) = judge(expectation(), healthy(resolvers=(broken,)), NOW).hints
    assert hint.verdict is Verdict.RESOLVE_BROKEN
    assert "DNSSEC" in hint.message


def test_one_dissenting_resolver_of_several_is_allowed() -> None:
    good = ResolverAnswer("1", Outcome.NOERROR, frozenset(OURS))
    stale = ResolverAnswer("2", Outcome.NOERROR, frozenset(OTHERS), 60)
    assert hints_of(healthy(resolvers=(good, stale))) == []
    assert hints_of(healthy(resolvers=(good, stale, replace(stale, resolver="3")))) == [Verdict.PROPAGATING]


def test_a_resolver_that_is_silent_is_no_dissent() -> None:
    assert hints_of(healthy(resolvers=(ResolverAnswer("1", Outcome.TIMEOUT),))) == []


@pytest.mark.parametrize(
    ("observation", "seconds"),
    [
        (nothing_there(), 900),
        (listing(OTHERS), 3600),
        (healthy(parent_answers=(delegates("a"), knows_nothing("b", ttl=300))), 300),
        (healthy(parent_answers=(delegates("a", OTHERS, ttl=2**31 - 1),) * 2), 7 * 24 * 3600),
    ],
)
def test_old_answers_are_gone_by_the_ttl_that_was_seen(observation: Observation, seconds: int) -> None:
    report = judge(expectation(), observation, NOW)
    assert report.old_answers_until == NOW + timedelta(seconds=seconds)


def test_nothing_old_is_left_where_all_is_right() -> None:
    assert judge(expectation(), healthy(), NOW).old_answers_until is None


def found_and_so_on(report: DelegationReport) -> tuple[tuple[str, ...], ...]:
    return report.found, report.missing, report.unexpected


def test_found_missing_and_unexpected() -> None:
    report = judge(expectation(), listing(["ns1.other.net", OURS[2], OURS[0]]), NOW)
    assert found_and_so_on(report) == (
        (OURS[0], OURS[2], "ns1.other.net"),
        (OURS[1], OURS[3]),
        ("ns1.other.net",),
    )
    assert report.marks == (
        (OURS[0], "found"),
        (OURS[1], "missing"),
        (OURS[2], "found"),
        (OURS[3], "missing"),
        ("ns1.other.net", "unexpected"),
    )


def test_a_thousand_name_servers_do_not_fill_the_report() -> None:
    names = [f"ns{number}.other.net" for number in range(1000)]
    report = judge(expectation(), listing(names), NOW)
    assert report.verdict is Verdict.DELEGATED_ELSEWHERE
    assert len(report.unexpected) == 20
    assert "and 994 more" in report.message


def test_a_domain_that_is_not_in_dns_is_told_before_its_records() -> None:
    answers = tuple(knows_nothing(server) for server in ("a.nic.com", "b.nic.com"))
    report = judge(expectation(), nothing_there(parent_zone="com", parent_answers=answers), NOW)
    assert (report.verdict, report.reason) == (Verdict.NOT_DELEGATED, "domain-missing")
    assert report.message.startswith("acme.com has no name servers: register it")
    assert (report.parent_zone, report.relative_name) == ("acme.com", "chat")


def test_an_ending_that_does_not_exist_is_told_by_names_alone() -> None:
    """The servers of the root answer then, and “.” is no name that a person reads."""
    answers = tuple(knows_nothing(server) for server in ("a.root-servers.net", "b.root-servers.net"))
    seen = nothing_there(parent_zone=".", parent_answers=answers)
    report = judge(expectation(host="www.acme.con"), seen, NOW)
    assert report.reason == "domain-missing"
    assert report.message.startswith("acme.con has no name servers")
    assert not re.search(r"(^|[\s“])\.[\s,;”]", f"{report.message} {report.next_step}")


def test_nobody_has_a_zone_below_an_ending_of_a_company() -> None:
    elsewhere = nothing_there(parent_zone="github.io")
    report = judge(expectation(host="chat.acme.github.io"), elsewhere, NOW)
    assert (report.parent_zone, report.reason) == ("github.io", "")


def test_the_whole_domain_is_delegated_by_the_registry() -> None:
    report = judge(expectation(host="acme.com"), nothing_there(parent_zone="com"), NOW)
    assert (report.verdict, report.reason) == (Verdict.NOT_DELEGATED, "")
    assert "named “acme”" in report.message


def test_a_check_that_ran_out_of_time_says_so() -> None:
    report = judge(expectation(), Observation(parent_zone="acme.com", complete=False), NOW)
    assert (report.verdict, report.reason) == (Verdict.PARENT_UNREACHABLE, "unfinished")
    assert "ran out of time" in report.message
