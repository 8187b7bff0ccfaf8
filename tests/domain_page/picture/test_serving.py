"""The certificate and the edge in the picture, beside what the page says of them."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from tests.dns.delegation.cases import NOW, healthy, nothing_there
from tests.dns.delegation.cases import expectation as an_expectation
from tests.domain_page.picture.scenes import scene
from webapp.certificates.status import CertificateStatus
from webapp.dns.delegation import judge
from webapp.domain_page.picture.draw import draw
from webapp.domain_page.picture.nodes import Condition, Kind, Line, Node
from webapp.domains.rules.status import Situation
from webapp.live.status import ProbeStatus
from webapp.models import CertificateState, DomainState, ProbeOutcome

TLS = ProbeOutcome.TLS_BROKEN
RIGHT = judge(an_expectation(), healthy(), NOW)
ISSUED = CertificateStatus(CertificateState.ISSUED, Situation.VERIFIED, "Issued", "It is valid.", works=True)
BLOCKED = CertificateStatus(
    CertificateState.FAILED, Situation.ACTION, "Certificate blocked", "CAA.", "Add it.", "you"
)
ON_ITS_WAY = CertificateStatus(
    CertificateState.REQUESTED, Situation.SETTLING, "On its way", "Soon.", who_acts="we"
)


def probed(outcome: ProbeOutcome | None) -> ProbeStatus:
    tone = outcome.facts.tone if outcome else "wait"
    return ProbeStatus(outcome, "A headline", tone, "A sentence.", "", "nobody")


def drawn(state: DomainState = DomainState.VERIFIED, **changes: Any) -> dict[Kind, Node]:
    picture = draw(scene(changes.pop("report", RIGHT), state, **changes))
    assert picture is not None
    return {node.kind: node for node in picture.nodes}


def test_live_name_is_whole_from_end_to_end() -> None:
    nodes = drawn(certificate=ISSUED, probe=probed(ProbeOutcome.LIVE))
    first, *others = nodes.values()
    assert {node.line for node in others} == {Line.WHOLE}
    assert {node.condition for node in others} == {Condition.FOUND}
    assert first.kind is Kind.VISITORS
    assert (nodes[Kind.EDGE].title, nodes[Kind.EDGE].words) == ("Sales assistant", "A headline")


@pytest.mark.parametrize("outcome", ProbeOutcome)
def test_edge_is_found_only_where_it_works(outcome: ProbeOutcome) -> None:
    nodes = drawn(certificate=ISSUED, probe=probed(outcome))
    found = nodes[Kind.EDGE].condition is Condition.FOUND
    assert found is outcome.works
    if outcome is ProbeOutcome.NOT_ASKED:
        assert nodes[Kind.EDGE].condition is Condition.UNKNOWN
    if outcome.facts.tone == "bad":
        assert Condition.WRONG in {nodes[Kind.EDGE].condition, nodes[Kind.CERTIFICATE].condition}


def test_probe_that_meets_a_wrong_certificate_says_so_of_the_certificate() -> None:
    nodes = drawn(certificate=ISSUED, probe=probed(ProbeOutcome.CERTIFICATE_ENDED))
    assert nodes[Kind.CERTIFICATE].condition is Condition.WRONG
    assert nodes[Kind.EDGE].words == "Waits for the certificate"


@pytest.mark.parametrize(
    ("status", "condition", "line"),
    [
        (ISSUED, Condition.FOUND, Line.WHOLE),
        (BLOCKED, Condition.WRONG, Line.BROKEN),
        (ON_ITS_WAY, Condition.WAITING, Line.OPEN),
        (replace(ISSUED, situation=Situation.FAILING, who_acts="you"), Condition.WRONG, Line.BROKEN),
    ],
)
def test_certificate_is_drawn_as_its_section_says(
    status: CertificateStatus, condition: Condition, line: Line
) -> None:
    node = drawn(certificate=status)[Kind.CERTIFICATE]
    assert (node.condition, node.words, node.line) == (condition, status.headline, line)


def test_certificate_that_the_edge_gets_by_itself_is_drawn_once_somebody_has_looked() -> None:
    assert Kind.CERTIFICATE not in drawn()
    assert drawn(probe=probed(ProbeOutcome.LIVE))[Kind.CERTIFICATE].words == "Trusted"
    assert drawn(probe=probed(None))[Kind.CERTIFICATE].condition is Condition.NOT_ASKED
    assert drawn(DomainState.PENDING)[Kind.CERTIFICATE].words == "Comes later"


def test_what_a_probe_saw_before_says_nothing_once_dns_leads_elsewhere() -> None:
    gone = judge(an_expectation(), nothing_there(), NOW)
    nodes = drawn(report=gone, certificate=ISSUED, probe=probed(ProbeOutcome.LIVE))
    assert (nodes[Kind.EDGE].condition, nodes[Kind.EDGE].words) == (Condition.NOT_ASKED, "Not reached")


@pytest.mark.parametrize(
    ("state", "changes", "condition", "words"),
    [
        (DomainState.VERIFIED, {"shut": "Suspended"}, Condition.WRONG, "Suspended"),
        (DomainState.PENDING, {"shut": "Not served"}, Condition.WRONG, "Not served"),
        (DomainState.PENDING, {"contested": True}, Condition.WAITING, "Claimed by two accounts"),
        (DomainState.VERIFIED, {"client": None}, Condition.WAITING, "None chosen yet"),
        (DomainState.VERIFIED, {"deployed": False}, Condition.WRONG, "Switched off"),
        (DomainState.VERIFIED, {}, Condition.FOUND, "Served"),
        (DomainState.PENDING, {}, Condition.WAITING, "With the next check"),
    ],
)
def test_edge_says_why_it_does_not_serve(
    state: DomainState, changes: dict[str, Any], condition: Condition, words: str
) -> None:
    edge = drawn(state, **changes)[Kind.EDGE]
    assert (edge.condition, edge.words) == (condition, words)


def test_name_that_is_off_is_not_served() -> None:
    gone = judge(an_expectation(), nothing_there(), NOW)
    assert drawn(DomainState.LAPSED, report=gone)[Kind.EDGE].words == "Not served"
    assert drawn(DomainState.EXPIRED, report=gone)[Kind.EDGE].words == "Comes later"


def test_name_that_goes_on_in_spite_of_danger_is_served_for_now() -> None:
    edge = drawn(alarm=True)[Kind.EDGE]
    assert (edge.condition, edge.words) == (Condition.WAITING, "Served for now")


def test_probe_that_waits_is_no_mistake_of_anybody() -> None:
    tls, edge = (drawn(certificate=ISSUED, probe=probed(one)) for one in (TLS, ProbeOutcome.NOT_SERVED))
    assert tls[Kind.CERTIFICATE].condition is Condition.WAITING
    assert edge[Kind.EDGE].condition is Condition.WAITING


def test_name_that_expired_comes_later_although_its_records_are_right() -> None:
    assert drawn(DomainState.EXPIRED)[Kind.EDGE].words == "Comes later"


def test_certificate_that_is_being_removed_is_nobodys_turn() -> None:
    leaving = replace(ISSUED, situation=Situation.REMOVING, headline="Being removed", works=False)
    node = drawn(certificate=leaving)[Kind.CERTIFICATE]
    assert (node.condition, node.words) == (Condition.NOT_ASKED, "Being removed")


def test_edge_has_a_title_without_a_client() -> None:
    assert drawn(client=None)[Kind.EDGE].title == "Your LLM client"
