"""Which records are to be typed, in which order, and with which marks."""

from __future__ import annotations

import pytest

from tests.dns.records_method.cases import EDGE, NOW, TARGET, TOKEN, expectation, seen
from tests.domain_page.own_records.cases import checked, todo
from webapp.dns.records_method import ValidationRecord, judge
from webapp.domain_page.own_records.to_type import Part


def test_token_comes_first_and_names_are_those_that_providers_want() -> None:
    assert [(one.part, one.relative_name, one.type, one.value) for one in todo().lines] == [
        (Part.RESERVE, "_nameplate-challenge.chat", "TXT", TOKEN),
        (Part.SWITCH, "chat", "CNAME", TARGET),
    ]


def test_certificate_has_a_record_of_its_own() -> None:
    record = ValidationRecord("_x1.chat.acme.com", "_y2.acm-validations.aws")
    last = todo(validation=record).lines[-1]
    assert (last.part, last.relative_name, last.type) == (Part.CERTIFICATE, "_x1.chat", "CNAME")


@pytest.mark.parametrize(
    ("edge", "types"), [(EDGE, ["TXT", "A", "A", "AAAA"]), ((), ["TXT", "ALIAS"])], ids=["addresses", "alias"]
)
def test_apex_has_no_cname(edge: tuple[str, ...], types: list[str]) -> None:
    found = todo(name="acme.com", apex=True, edge_addresses=edge)
    assert [one.type for one in found.lines] == types
    assert {one.relative_name for one in found.lines[1:]} == {"@"}


def test_marks_are_those_of_the_last_check_of_this_token() -> None:
    assert [one.mark for one in todo(checked()).lines] == ["found", "missing"]
    assert [one.mark for one in todo().lines] == [None, None]
    other = judge(expectation(token="x" * 40), seen(("x" * 40,)), NOW)
    assert [one.mark for one in todo(other).lines] == [None, None]


def test_e_mails_list_records_of_one_name_and_type_together() -> None:
    groups = todo(name="acme.com", apex=True, edge_addresses=EDGE).groups
    assert [(one.type, len(one.values)) for one in groups] == [("TXT", 1), ("A", 2), ("AAAA", 1)]
