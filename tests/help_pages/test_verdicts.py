"""Each verdict has a page that says what it means, what to do, and how to see it."""

from __future__ import annotations

import pytest

from tests.dns.records_method.rules.table import CASES
from webapp.dns.delegation import Verdict
from webapp.dns.judgement.finding import WILDCARD
from webapp.dns.records_method.words.reasons import APEX_OTHERS, APEX_SOME
from webapp.help_pages.glossary import GLOSSARY
from webapp.help_pages.verdict import CHECK, turn
from webapp.help_pages.verdicts import VERDICTS


def test_every_verdict_has_a_page() -> None:
    assert set(VERDICTS) == set(Verdict)
    titles = [one.title for one in VERDICTS.values()]
    assert len(set(titles)) == len(titles)


@pytest.mark.parametrize("verdict", Verdict)
def test_page_is_whole(verdict: Verdict) -> None:
    page = VERDICTS[verdict]
    assert len(page.means.split()) <= 15
    assert all(sentence.endswith(".") for sentence in (page.means, page.why, *page.steps))
    assert not page.title.endswith(".")
    assert page.steps
    assert turn(verdict) in {"Your turn", "When you are ready", "Our turn", "Nothing to do"}
    assert set(page.words) <= set(GLOSSARY)
    assert all(look.command.startswith("dig ") and look.shows.endswith(".") for look in page.looks)


@pytest.mark.parametrize("verdict", [one for one in Verdict if one.facts.who_acts == "you"])
def test_who_has_to_act_ends_with_a_check(verdict: Verdict) -> None:
    if verdict is not Verdict.VALIDATION_MISSING:
        assert VERDICTS[verdict].steps[-1] == CHECK


@pytest.mark.parametrize("verdict", [one for one in Verdict if one.facts.who_acts != "you"])
def test_who_has_nothing_to_do_is_sent_to_no_button(verdict: Verdict) -> None:
    assert CHECK not in VERDICTS[verdict].steps


def test_reserved_name_is_nobodys_mistake() -> None:
    assert turn(Verdict.CNAME_MISSING) == "When you are ready"
    assert turn(Verdict.NS_MISTYPED) == "Your turn"


@pytest.mark.parametrize("reason", [APEX_SOME, APEX_OTHERS, WILDCARD])
def test_help_for_a_mistyped_record_fits_addresses_and_wildcards_as_well(reason: str) -> None:
    assert reason in {case.reason for case in CASES if case.verdict is Verdict.CNAME_MISTYPED}
    page = VERDICTS[Verdict.CNAME_MISTYPED]
    assert "CNAME" not in " ".join((page.title, page.means, *page.steps))
