"""What the sentences say: one thing to change and its place, and values in the step alone."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from tests.dns.delegation.cases import HOST, NOW, OURS, expectation, healthy, nothing_there
from tests.dns.judgement.set_ups import CASES, Case
from tests.dns.judgement.table import DS, with_ds
from webapp.commands.dns import people_text
from webapp.dns.answers import Outcome
from webapp.dns.delegation import Verdict, as_typed, judge
from webapp.dns.judgement.messages import _BY_REASON, _BY_VERDICT
from webapp.dns.lookup.observation import ResolverAnswer
from webapp.dns.records import RecordSet

MOST_WORDS = 15
IDS = [f"{case.verdict.value}-{case.reason}-{number}" for number, case in enumerate(CASES)]
each_case = pytest.mark.parametrize("case", CASES, ids=IDS)


def first_of(message: str) -> str:
    return message.split(". ", maxsplit=1)[0].rstrip(".")


@each_case
def test_first_sentence_names_what_to_change_and_its_place_and_the_step_has_the_values(case: Case) -> None:
    report = case.report()
    assert (report.verdict, report.reason) == (case.verdict, case.reason)
    sentence = first_of(report.message)
    assert [words for words in case.first if words not in sentence] == []
    assert [words for words in case.step if words not in report.next_step] == []


@each_case
def test_first_sentence_has_no_value_that_stands_in_the_table(case: Case) -> None:
    report = case.report()
    sentence = first_of(report.message)
    assert [value for value in (*report.expected, *report.unexpected) if as_typed(value) in sentence] == []


@each_case
def test_first_sentence_is_short(case: Case) -> None:
    sentence = first_of(case.report().message)
    assert len(sentence.split()) <= MOST_WORDS, sentence


@each_case
def test_first_sentence_names_nothing_that_is_right(case: Case) -> None:
    report = case.report()
    right = [name for name in report.expected if name in report.found]
    # The value that is to be removed may hold a right name.
    sentence = first_of(report.message)
    for seen in report.unexpected:
        sentence = sentence.replace(as_typed(seen), "")
    assert [name for name in right if name in sentence] == []


@each_case
def test_nobody_is_told_of_an_escape_or_of_a_name_without_letters(case: Case) -> None:
    report = case.report()
    text = f"{report.message} {report.next_step} {report.details}"
    assert "\\" not in text
    assert " . " not in text
    assert "  " not in text
    assert report.next_step.endswith(".")


@each_case
def test_whoever_sees_no_page_reads_all_values(case: Case) -> None:
    """A sentence that says “our four” is a riddle unless they stand beside it."""
    report = case.report()
    assert [name for name in OURS if name not in people_text(report)] == []
    assert [name for name in report.unexpected if as_typed(name) not in people_text(report)] == []


IDN = "xn--80a0bn.xn--mller-kva.de"


def names_no_other_name(case: Case) -> bool:
    """Whether the set-up can be that of another host: it has no name besides the host's and its zone's."""
    seen = case.observation
    return case.expected.host == HOST and not (seen.misplaced_at or seen.wildcard or seen.delegations)


@pytest.mark.parametrize("case", [*filter(names_no_other_name, CASES)], ids=lambda case: case.reason)
def test_sentences_about_other_letters_are_short_and_show_them(case: Case) -> None:
    seen = case.observation
    zone = {"acme.com": "xn--mller-kva.de", "com": "de"}.get(seen.parent_zone or "")
    ours = tuple(replace(one, soa_owner=IDN) for one in seen.ours)
    seen = replace(seen, parent_zone=zone, ours=ours)
    report = replace(case, observation=seen).report(host=IDN)
    sentence = first_of(report.message)
    assert len(sentence.split()) <= MOST_WORDS, sentence
    assert sentence.count("xn--") == sentence.count("“чат” (xn--80a0bn)")
    assert "“xn--" not in f"{report.message} {report.next_step}"


#: Reasons of hints alone.
OF_HINTS = {"apex-too", "remembered", "inside-view"}


def test_every_reason_has_a_case() -> None:
    told = {case.reason for case in CASES} | {"our-fault", *OF_HINTS}
    assert set(_BY_REASON) - told == set()
    assert {case.verdict for case in CASES} == set(_BY_VERDICT) - {
        Verdict.RESOLVE_BROKEN,
        Verdict.PROPAGATING,
    }


def sentences_of_hints() -> Iterator[str]:
    three = [f"192.0.2.{number}:53" for number in (53, 54, 55)]
    for outcome in (Outcome.SERVFAIL, Outcome.NXDOMAIN):
        seen = healthy(resolvers=tuple(ResolverAnswer(at, outcome, ttl=60) for at in three))
        yield from (hint.message for hint in judge(expectation(), seen, NOW).hints)
    inside = tuple(ResolverAnswer(at, Outcome.NODATA, inside=True) for at in three)
    for beside in (
        healthy(misplaced_at=("acme.com",)),
        healthy(remembered_ttl=3600),
        healthy(resolvers=inside),
    ):
        hints = judge(expectation(), beside, NOW).hints
        assert hints
        yield from (hint.message for hint in hints)


def test_hints_are_short_as_well() -> None:
    found = list(sentences_of_hints())
    assert len(found) == 5
    assert all(len(first_of(sentence).split()) <= MOST_WORDS for sentence in found)


@pytest.mark.parametrize(
    ("changes", "one", "several"),
    [
        (
            {"denies": True},
            "our resolver 192.0.2.1:53 finds no",
            "our resolvers 192.0.2.1:53 and 2 more find no",
        ),
        ({"unsettled": True}, "53 whether it sees", "our resolvers 192.0.2.1:53 and 2 more whether they see"),
        ({}, "192.0.2.1:53 still gives an old answer", "192.0.2.1:53 and 2 more still give old answers"),
    ],
)
def test_one_resolver_is_told_of_otherwise_than_several(
    changes: dict[str, Any], one: str, several: str
) -> None:
    for count, words in ((1, one), (3, several)):
        addresses = [f"192.0.2.{number + 1}:53" for number in range(count)]
        said = tuple(ResolverAnswer(at, Outcome.NXDOMAIN, **changes) for at in addresses)
        report = judge(expectation(), healthy(resolvers=said), NOW)
        assert words in " ".join([report.message, *(hint.message for hint in report.hints)])


def test_one_record_of_a_wrong_type_is_told_of_otherwise_than_several() -> None:
    records = (RecordSet(HOST, "CNAME", 300, (OURS[0],)), RecordSet(HOST, "TXT", 300, (OURS[1],)))
    one, two = (judge(expectation(), nothing_there(in_the_way=records[:count]), NOW) for count in (1, 2))
    assert f"The CNAME record there leads to {OURS[0]}." in one.message
    assert f"The CNAME and TXT records there lead to {OURS[0]} and {OURS[1]}." in two.message


def test_a_ds_record_stands_in_the_details() -> None:
    assert DS in judge(expectation(), with_ds(matches=False), NOW).details


def test_document_for_programs_has_the_details() -> None:
    report = judge(expectation(), with_ds(matches=False), NOW)
    assert report.to_dict()["details"] == report.details
    assert "details" not in report.to_data()
