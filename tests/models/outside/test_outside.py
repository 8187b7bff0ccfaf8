"""The outcomes of a probe, as rows store them."""

from __future__ import annotations

from webapp.models import Message, Probe, ProbeOutcome


def test_two_outcomes_let_visitors_in() -> None:
    assert [one for one in ProbeOutcome if one.works] == [ProbeOutcome.LIVE, ProbeOutcome.CERTIFICATE_SOON]


def test_every_code_fits_its_column() -> None:
    assert max(map(len, ProbeOutcome)) <= 40


def test_a_code_of_a_newer_release_is_no_outcome() -> None:
    assert Probe(seen=Message("probe.of-tomorrow")).outcome is None
    assert Probe(seen=Message(ProbeOutcome.LIVE)).outcome is ProbeOutcome.LIVE
