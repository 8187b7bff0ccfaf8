"""The facts of every verdict, as one table."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from webapp.dns.judgement.verdict import AtParent, Facts, Verdict, WhoActs

NOT_ASKED, CONTRARY, DIVIDED, OURS = AtParent.NOT_ASKED, AtParent.CONTRARY, AtParent.DIVIDED, AtParent.OURS

#: verdict -> what the parent says, who acts, and the other facts that hold
TABLE: dict[Verdict, tuple[AtParent, WhoActs, set[str]]] = {
    Verdict.ZONE_PENDING: (NOT_ASKED, "we", {"transient", "waits"}),
    Verdict.PARENT_UNREACHABLE: (NOT_ASKED, "nobody", {"transient"}),
    Verdict.ALIAS_ABOVE: (CONTRARY, "you", {"mistake"}),
    Verdict.PARENT_INCONSISTENT: (DIVIDED, "nobody", {"transient", "lists_ours"}),
    Verdict.RECORD_IN_THE_WAY: (CONTRARY, "you", {"mistake"}),
    Verdict.MISPLACED: (CONTRARY, "you", {"mistake"}),
    Verdict.NOT_DELEGATED: (CONTRARY, "you", {"waits"}),
    Verdict.OLD_NAME_SERVERS: (CONTRARY, "you", {"mistake"}),
    Verdict.NS_MISTYPED: (CONTRARY, "you", {"mistake"}),
    Verdict.DELEGATED_ELSEWHERE: (CONTRARY, "you", {"mistake"}),
    Verdict.DELEGATION_MIXED: (CONTRARY, "you", {"mistake", "lists_ours"}),
    Verdict.DELEGATION_PARTIAL: (CONTRARY, "you", {"mistake", "lists_ours"}),
    Verdict.ZONE_NOT_SERVED: (OURS, "we", {"transient", "lists_ours", "waits"}),
    Verdict.STALE_DS: (OURS, "you", {"lists_ours", "mistake"}),
    Verdict.TOKEN_MISPLACED: (CONTRARY, "you", {"mistake"}),
    Verdict.TOKEN_EXPIRED: (CONTRARY, "you", {"mistake"}),
    Verdict.TOKEN_MISMATCH: (CONTRARY, "you", {"mistake"}),
    Verdict.TOKEN_MISSING: (CONTRARY, "you", {"waits"}),
    Verdict.CNAME_LOOP: (CONTRARY, "you", {"mistake"}),
    Verdict.CNAME_MISTYPED: (CONTRARY, "you", {"mistake"}),
    Verdict.CNAME_FLATTENED: (CONTRARY, "you", {"waits"}),
    Verdict.CNAME_WRONG: (CONTRARY, "you", {"waits"}),
    Verdict.CNAME_MISSING: (CONTRARY, "you", {"waits"}),
    Verdict.VERIFIED: (OURS, "nobody", {"lists_ours"}),
    Verdict.VALIDATION_MISSING: (OURS, "you", {"transient", "lists_ours"}),
    Verdict.RESOLVE_BROKEN: (OURS, "nobody", {"transient", "lists_ours"}),
    Verdict.PROPAGATING: (OURS, "nobody", {"transient", "lists_ours"}),
}
FLAGS = ("lists_ours", "transient", "mistake", "waits")


def test_the_table_has_every_verdict_in_the_order_of_evaluation() -> None:
    assert list(TABLE) == list(Verdict)


@pytest.mark.parametrize("verdict", list(Verdict))
def test_facts(verdict: Verdict) -> None:
    facts: Facts = verdict.facts
    holding = {flag for flag in FLAGS if getattr(facts, flag)}
    assert (facts.at_parent, facts.who_acts, holding) == TABLE[verdict]
    assert facts.asked is (facts.at_parent is not NOT_ASKED)
    assert verdict.transient is facts.transient


@pytest.mark.parametrize("verdict", list(Verdict))
def test_verdict_is_stored_and_read_back_as_its_name(verdict: Verdict) -> None:
    assert Verdict(str(verdict)) is verdict
    assert verdict.value == verdict.name


def test_verdict_without_facts_is_refused_when_the_enum_is_made() -> None:
    make: Callable[..., Verdict] = Verdict.__dict__["_new_member_"]
    assert make(Verdict, "NEW", Verdict.VERIFIED.facts) == "NEW"
    with pytest.raises(TypeError, match="the verdict NEW has no facts"):
        make(Verdict, "NEW")
