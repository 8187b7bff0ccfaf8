"""Reports that somebody's name servers make large."""

from __future__ import annotations

import json
from dataclasses import replace

from tests.domains.reports import report
from tests.factories import a_set
from webapp.checks.outcome.report_storage import MOST_BYTES, parts_of, stored
from webapp.dns.delegation import Asked, DelegationReport, Expectation, Verdict
from webapp.dns.notes import Note
from webapp.models import utcnow

OURS = tuple(a_set(7))
WHOLE = report(Expectation("chat.acme.test", OURS), Verdict.DELEGATION_MIXED, utcnow())


def answer(*names: str, notes: tuple[Note, ...] = ()) -> Asked:
    dig = "dig @192.0.2.1 chat.acme.test NS +norecurse"
    return Asked(
        "ns1.acme.test",
        "192.0.2.1",
        "chat.acme.test NS",
        "TCP",
        "NOERROR",
        True,
        names,
        300,
        3,
        "parent",
        dig,
        notes,
    )


def test_report_of_usual_size_is_kept_whole() -> None:
    usual = replace(WHOLE, asked=tuple(answer(*OURS) for _ in range(20)))
    assert stored(usual) == usual.to_data()


def test_answer_with_hundreds_of_names_keeps_ours_and_says_that_it_was_cut() -> None:
    names = tuple(f"{'n' * 50}{number}.dns.example" for number in range(1000))
    large = replace(WHOLE, asked=(answer(*names, *OURS, notes=(Note("truncated"),)),))
    kept = DelegationReport.from_dict(stored(large))
    assert len(json.dumps(kept.to_data())) <= MOST_BYTES
    (asked,) = kept.asked
    assert set(OURS) < set(asked.name_servers)
    assert (
        asked.note
        == "The answer over UDP was cut off. The answer listed 1004 name servers; not all are kept."
    )


def test_hundreds_of_answers_are_cut_off_behind_a_note() -> None:
    large = replace(WHOLE, asked=tuple(answer(*OURS) for _ in range(500)))
    data = stored(large)
    assert len(json.dumps(data)) <= MOST_BYTES
    left = len(data["asked"])
    assert 50 < left < 500
    said = f"{500 - left} further answers are not kept, because the report was too large."
    assert DelegationReport.from_dict(data).asked[-1].note == said
    assert data | {"asked": []} == large.to_data() | {"asked": []}


def test_order_of_answers_does_not_decide_what_is_cut_off() -> None:
    servers = [replace(answer(*OURS), server=f"ns{number}.acme.test") for number in range(500)]
    resolvers = [replace(answer(*OURS), role="resolver", server="127.0.0.1:53") for _ in range(5)]
    large = replace(WHOLE, asked=tuple(resolvers + servers))
    mixed = replace(WHOLE, asked=tuple(reversed(servers + resolvers)))
    assert parts_of(large).digest == parts_of(mixed).digest
    assert {one["role"] for one in stored(large)["asked"]} == {"parent"}, "what decides is kept first"


def test_order_of_name_servers_does_not_decide_which_are_kept() -> None:
    names = tuple(f"ns{number}.dns.example" for number in range(2000))
    large = replace(WHOLE, asked=(answer(*names, *OURS),))
    other = replace(WHOLE, asked=(answer(*reversed(names), *OURS),))
    assert parts_of(large).digest == parts_of(other).digest
