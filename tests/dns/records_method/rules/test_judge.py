from __future__ import annotations

from dataclasses import replace

import pytest

from tests.dns.records_method.cases import NOW, SERVERS, TARGET, expectation, host, resolver, seen
from tests.dns.records_method.rules.table import CASES, IDS, PUT_OFF, Case, beyond, leading_out
from webapp.dns.judgement.verdict import AtParent, Verdict
from webapp.dns.records_method import RecordsObservation, Stage, judge


@pytest.mark.parametrize("case", CASES, ids=IDS)
def test_only_what_is_known_is_firm(case: Case) -> None:
    report = case.report()
    divided = case.verdict is Verdict.PARENT_INCONSISTENT and case.reason != "for-long"
    assert report.transient is (case.verdict is Verdict.PARENT_UNREACHABLE or divided)
    assert report.verified is (case.verdict is Verdict.VERIFIED)
    assert report.proved is (case.stage in {Stage.RESERVED, Stage.VERIFIED})


@pytest.mark.parametrize("case", CASES, ids=IDS)
def test_no_hint_repeats_the_verdict_or_another_hint(case: Case) -> None:
    told = [hint.verdict for hint in case.report().hints]
    assert case.verdict not in told
    assert len(set(told)) == len(told)


def test_where_a_name_leads_is_told_beside_a_missing_token() -> None:
    report = judge(expectation(), seen(texts=(), names=("old.example",)), NOW)
    assert report.verdict is Verdict.TOKEN_MISSING
    assert [hint.verdict for hint in report.hints] == [Verdict.CNAME_WRONG]
    assert "reserved" not in report.hints[0].message
    nothing = judge(expectation(), seen(texts=(), names=()), NOW)
    assert nothing.hints == (), "the table shows that the second record is missing"


def test_a_missing_token_contradicts_a_proved_name_and_silence_does_not() -> None:
    proved = expectation(proved=True)
    missing = judge(proved, seen(texts=()), NOW)
    assert (missing.verdict.facts.at_parent, missing.transient) == (AtParent.CONTRARY, False)
    silent = judge(proved, leading_out(beyond(told=False)), NOW)
    assert (silent.verdict.facts.at_parent, silent.transient) == (AtParent.NOT_ASKED, True)
    assert silent.proved


def test_a_question_that_was_put_off_is_no_answer() -> None:
    assert judge(expectation(), seen(texts=(), zone={"asked": (PUT_OFF,)}), NOW).transient


def test_what_leads_beyond_is_not_held_against_a_name_while_it_cannot_be_asked() -> None:
    report = judge(expectation(), leading_out(beyond(told=False)), NOW)
    assert (report.unexpected, report.hints) == ((), ())


def test_nothing_seen_is_nothing_known() -> None:
    report = judge(expectation(), RecordsObservation(), NOW)
    assert (report.transient, report.stage, report.verified) == (True, Stage.UNKNOWN, False)
    assert {mark for _, mark in report.marks} == {"unknown"}


def test_a_resolver_with_an_inside_view_is_told_and_counts_for_nothing() -> None:
    inside = resolver(name_servers=frozenset(), inside=True)
    report = judge(expectation(), seen(zone={"resolvers": (inside,)}), NOW)
    assert report.verified
    assert [hint.finding.reason for hint in report.hints] == ["inside-view"]


def test_one_server_that_leads_elsewhere_is_not_outvoted() -> None:
    three = (*(host(server, TARGET) for server in SERVERS), host("ns3.acme.com", "old.example"))
    observation = seen(hosts=three)
    zone = observation.zone
    third = replace(zone.parent_answers[0], server="ns3.acme.com", address="198.51.0.3")
    text = replace(observation.texts[0], server="ns3.acme.com", address="198.51.0.3")
    whole = replace(
        observation,
        zone=replace(zone, parent_answers=(*zone.parent_answers, third)),
        texts=(*observation.texts, text),
    )
    report = judge(expectation(), whole, NOW)
    assert (report.verdict, report.stage) == (Verdict.PARENT_INCONSISTENT, Stage.RESERVED)
