"""The life of a certificate: its dates, and whether it can renew."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from webapp.models import Certificate, CertificateState, DomainState, LLMClientCustomDomain, Probe
from webapp.timeline.certificate import Line, certificate_line

NOW = datetime(2026, 11, 27, 12, 0, tzinfo=UTC)
ISSUED = NOW - timedelta(days=100)


def domain(state: DomainState = DomainState.VERIFIED, **values: Any) -> LLMClientCustomDomain:
    return LLMClientCustomDomain(domain_name="chat.acme.com", state=state, **values)


def issued(days: int, state: CertificateState = CertificateState.ISSUED) -> Certificate:
    return Certificate(state=state, issued_at=ISSUED, not_after=ISSUED + timedelta(days=days))


def line_of(one: LLMClientCustomDomain, days: int = 395) -> Line:
    one.certificates = [issued(days)]
    found = certificate_line(one, NOW)
    assert found is not None
    return found


@pytest.mark.parametrize(("days", "before"), [(395, 60), (198, 60), (90, 30)])
def test_it_renews_some_time_before_its_end(days: int, before: int) -> None:
    line = line_of(domain(), days)
    assert line.renews_from == line.ends - timedelta(days=before)
    assert line.renewable


def test_its_parts_lie_between_its_begin_and_its_end() -> None:
    line = line_of(domain(), 400)
    assert (line.part(ISSUED), line.part(NOW), line.part(line.ends)) == (0, 0.25, 1)
    assert line.days_left == 300
    assert not line.due
    assert not line.over


def test_one_that_has_ended_is_over() -> None:
    line = line_of(domain(), 90)
    assert (line.over, line.due, line.days_left, line.part(NOW)) == (True, True, 0, 1)
    assert line.part(line.ends) == 0.9


@pytest.mark.parametrize(
    "one",
    [
        domain(DomainState.FAILING),
        domain(DomainState.LAPSED),
        domain(DomainState.VERIFIED, contrary_since=NOW),
    ],
    ids=("failing", "lapsed", "contrary"),
)
def test_it_cannot_renew_while_the_name_leads_elsewhere(one: LLMClientCustomDomain) -> None:
    assert not line_of(one).renewable


def test_without_one_of_ours_the_end_is_what_visitors_see() -> None:
    one = domain()
    one.probe = Probe(certificate_ends_at=NOW + timedelta(days=61))
    line = certificate_line(one, NOW)
    assert line is not None
    assert (line.issued, line.renews_from, line.days_left, line.part(NOW)) == (None, None, 61, 0)


def test_there_is_none_before_it_is_issued() -> None:
    one = domain()
    assert certificate_line(one, NOW) is None
    one.certificates = [issued(90, CertificateState.VALIDATING)]
    one.probe = Probe(certificate_ends_at=NOW + timedelta(days=61))
    assert certificate_line(one, NOW) is None


def test_dates_that_contradict_each_other_tell_no_renewal() -> None:
    line = line_of(domain(), -5)
    assert (line.renews_from, line.over, line.part(NOW)) == (None, True, 1)
