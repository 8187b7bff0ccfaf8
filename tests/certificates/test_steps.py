"""Each step: what ACM and DNS are asked, and workers that are killed in between."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest

from tests.certificates.life import (
    HOUR,
    MINUTE,
    NOW,
    ONLY_OTHERS,
    Step,
    error_of,
    forbid,
    kinds,
    state_of,
)
from tests.twins.acm import MemoryAcm
from tests.twins.dns import Fault, MemoryDns
from webapp.audit.log import SYSTEM
from webapp.aws.shared.errors import AwsError, RetryLater
from webapp.certificates import queries as certificate_queries
from webapp.certificates import record as certificate_record
from webapp.certificates import steps
from webapp.domains import lifecycle as domain_lifecycle
from webapp.extensions import db
from webapp.health.status import Fails, Works
from webapp.jobs.leases import Trouble
from webapp.messages.sentences.certificates import AwsTrouble
from webapp.models import (
    Certificate,
    CertificateState,
    EventKind,
    LLMClientCustomDomain,
    Message,
)

THROTTLED = Message("aws", {"said": "Rate exceeded", "code": "ThrottlingException"})


def test_the_token_is_one_that_acm_takes(wanted: Certificate) -> None:
    assert wanted.idempotency_token.replace("_", "").isalnum()
    assert len(wanted.idempotency_token) <= 32


def test_killed_between_call_and_commit_makes_no_second_certificate(
    wanted: Certificate, step: Step, dns: MemoryDns, acm: MemoryAcm
) -> None:
    taken = steps.claim(wanted.id, NOW)
    db.session.commit()
    assert taken is not None
    asyncio.run(steps.advance(taken, dns, acm, NOW))
    assert steps.claim(wanted.id, NOW + MINUTE) is None

    step(wanted, NOW + certificate_queries.JOB.lease)

    assert list(acm.kept) == [wanted.arn]


@pytest.mark.parametrize("pause", [MINUTE, timedelta(hours=2)])
def test_a_lost_answer_makes_no_second_certificate_even_after_acm_has_forgotten_the_token(
    wanted: Certificate, step: Step, acm: MemoryAcm, pause: timedelta
) -> None:
    acm.fail("request", RetryLater("timed out"), after=True)
    step(wanted, NOW)
    assert wanted.state is CertificateState.WANTED
    acm.forgetful = pause > HOUR

    step(wanted, NOW + pause)

    assert list(acm.kept) == [wanted.arn]


def test_a_lost_answer_is_followed_up_even_if_a_caa_record_came_meanwhile(
    wanted: Certificate, step: Step, acm: MemoryAcm, dns: MemoryDns
) -> None:
    acm.fail("request", RetryLater("timed out"), after=True)
    step(wanted, NOW)
    forbid(dns, ONLY_OTHERS)

    step(wanted, NOW + MINUTE)

    assert wanted.arn in acm.kept


def test_a_late_worker_whose_lease_is_over_records_nothing(
    wanted: Certificate, step: Step, dns: MemoryDns, acm: MemoryAcm
) -> None:
    slow = steps.claim(wanted.id, NOW)
    assert slow is not None
    late = NOW + certificate_queries.JOB.lease + MINUTE
    step(wanted, late)
    arn = wanted.arn

    outcome = steps.Requested("arn:aws:acm:elsewhere")
    assert not certificate_record.record(slow, outcome, late)
    assert wanted.arn == arn


def test_a_caa_record_that_could_not_be_looked_up_stops_nothing(
    wanted: Certificate, step: Step, dns: MemoryDns
) -> None:
    dns.recursive[0].fault = Fault.SERVFAIL

    step(wanted, NOW)

    assert wanted.state is CertificateState.REQUESTED


@pytest.mark.parametrize(
    ("outcome", "health"),
    [
        (steps.Requested("arn:aws:acm:x"), Works()),
        (steps.Deleted(), None),
        (Trouble(THROTTLED), Fails(THROTTLED)),
        (Trouble(THROTTLED, parked=True), Fails(THROTTLED)),
        (Trouble(Message(AwsTrouble.STILL_ATTACHED.value, {"said": "in use"})), None),
        (Trouble(Message(AwsTrouble.NOT_OURS.value, {"said": "no tags"}), parked=True), None),
    ],
)
def test_what_a_step_tells_about_acm_itself(outcome: steps.Outcome, health: Works | Fails | None) -> None:
    assert steps.health_of(outcome) == health


def test_one_that_is_not_ours_is_left_alone_and_shown_to_staff(
    domain: LLMClientCustomDomain, issued: Certificate, step: Step, acm: MemoryAcm
) -> None:
    acm.kept[issued.arn or ""].installation_id = "somebody else's"
    domain_lifecycle.remove(domain, actor=SYSTEM, now=NOW)

    step(issued, NOW)

    assert list(acm.kept) == [issued.arn]
    assert issued.state is CertificateState.DELETING
    assert "does not carry our tags" in error_of(issued)


def test_one_that_is_attached_is_deleted_once_it_is_detached(
    domain: LLMClientCustomDomain, issued: Certificate, step: Step, acm: MemoryAcm
) -> None:
    acm.change(issued.arn or "", in_use_by=("arn:aws:elasticloadbalancing:x",))
    domain_lifecycle.remove(domain, actor=SYSTEM, now=NOW)

    step(issued, NOW)
    assert state_of(issued) is CertificateState.DELETING
    assert "Detach it there" in error_of(issued)
    acm.change(issued.arn or "", in_use_by=())
    step(issued)

    assert acm.kept == {}
    assert state_of(issued) is CertificateState.DELETED


def test_deleting_what_is_gone_already_is_done(
    domain: LLMClientCustomDomain, issued: Certificate, step: Step, acm: MemoryAcm
) -> None:
    domain_lifecycle.remove(domain, actor=SYSTEM, now=NOW)
    acm.kept.clear()

    step(issued, NOW)

    assert issued.state is CertificateState.DELETED


def test_one_that_was_never_requested_is_dropped_without_asking(
    domain: LLMClientCustomDomain, wanted: Certificate, step: Step, acm: MemoryAcm
) -> None:
    domain_lifecycle.remove(domain, actor=SYSTEM, now=NOW)
    acm.fail("find", AwsError("nobody was to ask"))

    step(wanted, NOW)

    assert wanted.state is CertificateState.DELETED
    assert EventKind.CERTIFICATE_DELETED not in kinds(domain)
