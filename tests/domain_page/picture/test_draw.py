"""The picture agrees with the sentence, for every verdict of both methods in every state."""

from __future__ import annotations

from collections.abc import Iterable

import pytest

from tests.domain_page.picture.scenes import CASES, REPORTS, STATES, Case, scene
from webapp.dns.delegation import AtParent, Verdict
from webapp.dns.judgement.report import Report
from webapp.domain_page.picture.draw import draw
from webapp.domain_page.picture.nodes import Condition, Kind, Line, Node, Picture
from webapp.domain_page.picture.scene import Scene
from webapp.models import DomainState, Method

DNS = {Kind.ZONE, Kind.NAME_SERVERS, Kind.TOKEN, Kind.TARGET}
CLOSED = {DomainState.LAPSED}


def drawn(case: Scene) -> Picture:
    picture = draw(case)
    assert picture is not None
    return picture


def node(picture: Picture, kind: Kind) -> Node:
    return next(one for one in picture.nodes if one.kind is kind)


def told(picture: Picture, kinds: Iterable[Kind] = tuple(Kind)) -> dict[str, str]:
    return {
        one.kind.value: f"{one.condition.value}: {one.words}"
        for one in picture.nodes
        if one.condition and one.kind in kinds
    }


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.id)
def test_picture_says_what_the_verdict_says(case: Case) -> None:
    given, picture = case.scene, drawn(case.scene)
    seen = given.seen
    assert seen is not None
    of_dns = {one.kind: one.condition for one in picture.nodes if one.kind in DNS}
    stops = {kind for kind, condition in of_dns.items() if condition and condition.stops}
    latest = given.latest
    if latest is not None and not latest.parent_asked and not given.alarm:
        assert of_dns[Kind.ZONE] in {Condition.UNKNOWN, Condition.NOT_ASKED}
    if not seen.parent_asked and not given.alarm:
        assert not stops, "nobody's node is red when we could not ask"
        assert Condition.FOUND not in set(of_dns.values()) or _is_proved(seen)
    facts = seen.verdict.facts
    if facts.mistake and seen.parent_asked:
        assert stops, "the sentence tells of a mistake"
    if facts.waits and not facts.reserved and given.state is DomainState.PENDING and seen.reason == "":
        assert not stops, "nobody has made a mistake yet"
    if seen.verified and not given.alarm:
        assert set(of_dns.values()) <= {Condition.FOUND} | (
            {of_dns[Kind.ZONE]} if latest is not seen else set()
        )
    if all(condition is Condition.FOUND for condition in of_dns.values()):
        assert seen.verified, "nothing is green that the sentence calls wrong"


def _is_proved(report: Report) -> bool:
    return bool(getattr(report, "proved", False))


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.id)
def test_lines_agree_with_the_nodes(case: Case) -> None:
    picture = drawn(case.scene)
    first, *nodes = picture.nodes
    assert first.line is None
    broken = False
    for before, one in zip(picture.nodes, nodes, strict=False):
        stopped = one.condition is not None and one.condition.stops
        if one.line is Line.BROKEN:
            assert stopped or before.breaks_behind
        if stopped and not one.breaks_behind:
            assert one.line is Line.BROKEN
        if broken:
            assert one.line is not Line.WHOLE
        broken = broken or one.line is Line.BROKEN
    edge = picture.nodes[-1]
    assert edge.kind is Kind.EDGE
    if broken:
        assert edge.condition is not Condition.FOUND


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.id)
def test_every_node_is_told_in_words_and_its_values_are_no_better_known(case: Case) -> None:
    for one in drawn(case.scene).nodes:
        assert one.title
        assert bool(one.words) is (one.condition is not None) is (one.kind is not Kind.VISITORS)
        if one.condition in {Condition.UNKNOWN, Condition.NOT_ASKED}:
            assert {part.condition for part in one.parts} <= {one.condition}
        if one.condition is Condition.FOUND:
            assert {part.condition for part in one.parts} <= {Condition.FOUND}


def test_walk_has_every_verdict_that_a_check_can_have() -> None:
    beside = {Verdict.VALIDATION_MISSING, Verdict.RESOLVE_BROKEN, Verdict.PROPAGATING}
    assert {report.verdict for _, report in REPORTS} | beside == set(Verdict)
    assert {report.verdict.facts.at_parent for _, report in REPORTS} == set(AtParent)


def test_all_conditions_and_lines_are_drawn_by_the_walk() -> None:
    pictures = [drawn(case.scene) for case in CASES]
    nodes = [one for picture in pictures for one in picture.nodes]
    assert {one.condition for one in nodes} == {None, *Condition}
    assert {one.line for one in nodes} == {None, *Line}
    assert {one.kind for one in nodes} == set(Kind)


@pytest.mark.parametrize("state", [state for state in DomainState if state.is_gone])
def test_nothing_is_drawn_of_a_domain_that_leaves(state: DomainState) -> None:
    assert draw(scene(None, state)) is None


def test_stranger_sees_the_records_and_nothing_behind_them() -> None:
    for _, report in REPORTS:
        kinds = {one.kind for one in drawn(scene(report, stranger=True, client=None)).nodes}
        assert kinds <= DNS | {Kind.VISITORS}


@pytest.mark.parametrize("method", Method)
@pytest.mark.parametrize("state", STATES)
def test_page_without_a_report_has_a_picture(state: DomainState, method: Method) -> None:
    picture = drawn(scene(None, state, method=method))
    assert node(picture, Kind.ZONE).condition is Condition.NOT_ASKED
    assert not any(part.condition is Condition.FOUND for one in picture.nodes for part in one.parts)
