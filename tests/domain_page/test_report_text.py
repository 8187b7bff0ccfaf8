"""The report as an e-mail to support carries it."""

from __future__ import annotations

import re
from dataclasses import replace

from tests.dns.delegation.cases import HOST, NOW, OURS, PARENTS, check, world
from tests.twins.dns import Fault
from webapp.dns.delegation import DelegationReport, Verdict
from webapp.dns.judgement.finding import Finding
from webapp.domain_page.report_text import evidence_text


def partial() -> DelegationReport:
    dns, _ = world(delegated=(*OURS[:3], "ns1.other.net"))
    return check(dns)


def test_every_fact_is_in_it() -> None:
    found = replace(
        partial(), old_answers_until=NOW, further=(Finding(Verdict.STALE_DS, "", {"ds": ["12345 13 2 AB"]}),)
    )
    text = evidence_text(found)
    plain = " ".join(text.split())
    assert text.startswith(f"Report on {HOST}\n\n")
    assert found.verdict.value in text
    assert "Old answers: until 23 November 2026, 12:00 UTC" in plain
    for sentence in (found.message, found.next_step, found.details, found.hints[0].message):
        assert " ".join(sentence.split()) in plain
    for name in (*found.expected, *found.found, *found.missing, *found.unexpected):
        assert name in text
    for asked in found.asked:
        assert asked.dig in text.splitlines()
        assert asked.outcome in text


def test_it_is_plain_text_that_a_mail_carries_as_it_is() -> None:
    text = evidence_text(partial())
    assert re.search(r"[*`#|<>_]{2}|^\s*[-*#>] |\*\*", text, re.MULTILINE) is None
    assert all(line == line.rstrip() for line in text.splitlines())
    long = [line for line in text.splitlines() if len(line) > 72]
    assert all(line.startswith("dig ") for line in long)
    assert not any(line.startswith(("From ", ".", ">")) for line in text.splitlines())


def test_sentences_are_wrapped_between_words_and_names_stay_whole() -> None:
    lines = evidence_text(partial()).splitlines()
    assert any(OURS[3] in line for line in lines)
    assert all(len(line.split()[-1]) == len(line.split()[-1].rstrip("-")) for line in lines if line)


def test_what_could_not_be_asked_is_neither_there_nor_missing() -> None:
    dns, _ = world()
    for server in PARENTS:
        dns.server(server).fault = Fault.UNREACHABLE
    lines = evidence_text(check(dns)).splitlines()
    told = {line.partition(":")[0]: line.partition(":")[2].strip() for line in lines if ":" in line}
    assert [told[words] for words in ("Found", "Missing", "Unexpected")] == ["could not be asked"] * 3


def test_nothing_asked_is_no_fault() -> None:
    found = replace(partial(), asked=(), found=(), old_answers_until=None, parent_zone=None)
    text = evidence_text(found)
    assert "Found:       nothing" in text
    assert "Parent zone: not found" in text
    assert text.endswith("What was asked\n")


def test_records_of_other_types_are_told_as_they_stand() -> None:
    dns, acme = world(delegated=())
    acme.put(HOST, "A", "203.0.113.7")
    acme.put(HOST, "MX", "10 mail.acme.com")
    lines = evidence_text(check(dns)).splitlines()
    assert {"  203.0.113.7", "  10 mail.acme.com"} <= {*lines}
