"""What the sentences say: one thing to change and its place, and values in the step alone."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.dns.records_method.cases import (
    EDGE,
    HOST,
    NOW,
    SERVERS,
    TARGET,
    TOKEN,
    expectation,
    host,
    resolver,
    seen,
)
from tests.dns.records_method.rules.table import CASES, IDS, VALIDATED, Case
from webapp.commands.dns import people_text
from webapp.dns.answers import Outcome
from webapp.dns.judgement import messages as of_delegations
from webapp.dns.judgement.verdict import Verdict
from webapp.dns.name_arithmetic import as_typed
from webapp.dns.records_method import RecordsObservation, judge
from webapp.dns.records_method.lookup.observation import ValidationAnswer
from webapp.dns.records_method.words import reasons
from webapp.dns.records_method.words.messages import _BY_VERDICT

MOST_WORDS = 15
each_case = pytest.mark.parametrize("case", CASES, ids=IDS)


def first_of(message: str) -> str:
    return message.split(". ", maxsplit=1)[0].rstrip(".")


@each_case
def test_first_sentence_names_what_to_change_and_its_place_and_the_step_has_the_values(case: Case) -> None:
    report = case.report()
    assert (report.verdict, report.reason, report.stage) == (case.verdict, case.reason, case.stage)
    sentence = first_of(report.message)
    assert [words for words in case.first if words not in sentence] == []
    assert [words for words in case.step if words not in report.next_step] == []


@each_case
def test_first_sentence_has_no_value_that_stands_in_the_table(case: Case) -> None:
    report = case.report()
    sentence = first_of(report.message)
    values = [record.split(" ", 2)[2] for record in (*report.expected, *report.unexpected)]
    assert [value for value in values if as_typed(value) in sentence] == []


@each_case
def test_first_sentence_is_short(case: Case) -> None:
    sentence = first_of(case.report().message)
    assert len(sentence.split()) <= MOST_WORDS, sentence


@each_case
def test_nobody_is_told_of_an_escape_or_of_a_name_without_letters(case: Case) -> None:
    report = case.report()
    said = [f"{report.message} {report.next_step} {report.details}", *(one.message for one in report.hints)]
    for sentences in said:
        assert "\\" not in sentences
        assert " . " not in sentences
        assert "  " not in sentences
        assert ".." not in sentences
    assert report.next_step.endswith(".")


@each_case
def test_whoever_sees_no_page_reads_all_values(case: Case) -> None:
    report = case.report()
    for record in (*report.expected, *report.unexpected):
        assert as_typed(record) in people_text(report)


@each_case
def test_nobody_is_told_to_delete_what_is_right(case: Case) -> None:
    report = case.report()
    assert not {*report.unexpected} & {*report.expected}
    assert set(report.found) >= set(report.unexpected)
    if report.verified:
        assert not [one for one in report.missing if "acm-validations" not in one]


IDN = "xn--80a0bn.xn--mller-kva.de"


@pytest.mark.parametrize("verdict", [Verdict.TOKEN_MISSING, Verdict.CNAME_MISSING, Verdict.CNAME_WRONG])
def test_sentences_about_other_letters_are_short_and_show_them(verdict: Verdict) -> None:
    for case in CASES:
        zone = case.observation.zone
        if case.verdict is not verdict or zone.parent_zone != "acme.com" or case.observation.host_wildcard:
            continue
        observation = replace(case.observation, zone=replace(zone, parent_zone="xn--mller-kva.de"))
        report = replace(case, observation=observation).report(host=IDN, apex=False)
        sentence = first_of(report.message)
        assert len(sentence.split()) <= MOST_WORDS, sentence
        assert "“xn--" not in f"{report.message} {report.next_step}"


def test_every_verdict_and_every_reason_has_a_case() -> None:
    told = {case.reason for case in CASES}
    own = {value for name, value in vars(reasons).items() if name.isupper()}
    assert own - told == {reasons.APPENDED, reasons.OTHER_VALUE}, "those of a hint alone"
    assert {case.verdict for case in CASES} == set(_BY_VERDICT) - {Verdict.VALIDATION_MISSING}


def test_each_verdict_is_said_by_a_method() -> None:
    assert set(_BY_VERDICT) | set(of_delegations._BY_VERDICT) == set(Verdict)


@pytest.mark.parametrize(
    ("answer", "reason", "words"),
    [
        (ValidationAnswer(told=True), "", "add our CNAME record named “_a1.chat” in acme.com"),
        (ValidationAnswer(told=True, appended=True), "appended", "your provider appends the zone"),
        (
            ValidationAnswer(told=True, value="x.example"),
            "other-value",
            "correct the CNAME record “_a1.chat”",
        ),
    ],
)
def test_the_certificates_record_is_told_beside_the_verdict(
    answer: ValidationAnswer, reason: str, words: str
) -> None:
    for names in ((TARGET,), ()):
        report = judge(VALIDATED, seen(names=names, validation=answer), NOW)
        (hint,) = [one for one in report.hints if one.verdict is Verdict.VALIDATION_MISSING]
        assert (hint.finding.reason, report.verified) == (reason, bool(names))
        assert words in hint.message
        assert len(first_of(hint.message).split()) <= MOST_WORDS


def test_what_was_not_seen_of_the_certificates_record_is_not_missing() -> None:
    for answer in (None, ValidationAnswer(told=False)):
        assert judge(VALIDATED, seen(validation=answer), NOW).hints == ()


@pytest.mark.parametrize(
    ("outcome", "verdict"),
    [(Outcome.SERVFAIL, Verdict.RESOLVE_BROKEN), (Outcome.NOERROR, Verdict.PROPAGATING)],
)
def test_visitors_who_do_not_see_it_yet_are_told_beside_verified(outcome: Outcome, verdict: Verdict) -> None:
    visitors = tuple(resolver(number, outcome=outcome, name_servers=frozenset()) for number in (53, 54))
    report = judge(expectation(), seen(visitors=visitors), NOW)
    assert report.verified
    (hint,) = report.hints
    assert hint.verdict is verdict
    assert HOST in hint.message


def test_the_token_stands_in_the_next_step_and_the_addresses_with_it() -> None:
    report = judge(
        expectation(host="acme.com", apex=True, edge_addresses=EDGE), seen(texts=(), names=()), NOW
    )
    assert TOKEN in report.next_step
    assert "Our A and AAAA records can wait until you switch." in report.next_step


@pytest.mark.parametrize(
    "observation",
    [
        seen(names=()),
        seen(names=("old.example",)),
        seen(hosts=tuple(host(server, addresses=("203.0.113.7",)) for server in SERVERS)),
    ],
    ids=["missing", "elsewhere", "addresses"],
)
def test_who_led_the_name_to_us_before_is_not_told_to_switch(observation: RecordsObservation) -> None:
    before, after = (judge(expectation(served=served), observation, NOW) for served in (False, True))
    assert before.verdict is after.verdict
    assert before.message.startswith("To switch, ")
    assert before.message.endswith("switch when you like.")
    assert "switch" not in after.message.lower()
    assert after.message[0].isupper()
