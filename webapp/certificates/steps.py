"""The steps of a certificate's life: each is claimed, carried out at DNS and ACM, and recorded.

`claim` uses the database, `advance` asks DNS and ACM. The task commits between them, and after `record.record`, so
another worker continues from the row when one is killed in between.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from webapp.aws.acm.port import AcmApi, CertificateFacts, Status
from webapp.aws.shared.budget import Priority, priority
from webapp.aws.shared.errors import AwsError, Gone, InputRefused, NotOurs, StillInUse
from webapp.certificates import problems
from webapp.certificates.problems import Failure
from webapp.certificates.queries import JOB, UNFINISHED, is_proved
from webapp.dns.aliases import leads
from webapp.dns.caa import CaaJudgement, CaaVerdict, judge, look_up
from webapp.dns.resolver import Dns
from webapp.extensions import db, settings
from webapp.health.status import Fails, Works
from webapp.jobs.leases import Trouble
from webapp.messages.sentences.certificates import AwsTrouble, Problem
from webapp.models import Certificate, CertificateState, Message

#: ACM remembers an idempotency token for an hour. A later request would make a second certificate, so after this time
#: the certificate is searched for first.
TOKEN_HOLDS = timedelta(minutes=50)


@dataclass(frozen=True)
class Step:
    """A certificate as it was when this worker claimed it. `asked_at`: when its token was first sent to ACM.

    `theirs`: the CNAME that ACM asks for stands in the zone of the name's owner. `missed`: that CNAME, if ACM waited
    for it in vain.
    """

    certificate_id: int
    lease: datetime
    state: CertificateState
    host: str
    token: str
    arn: str | None
    asked_at: datetime | None
    theirs: bool = False
    missed: tuple[str, str] | None = None


@dataclass(frozen=True)
class Requested:
    """ACM has it under this ARN."""

    arn: str


@dataclass(frozen=True)
class Described:
    """What ACM says, and what DNS says about CAA where that may explain it.

    `published`: whether the owner's zone has the CNAME that ACM waits for; None where that is not known.
    """

    facts: CertificateFacts
    caa: CaaJudgement | None = None
    published: bool | None = None


@dataclass(frozen=True)
class Impossible:
    """No certificate is possible until somebody changes something. ACM was not asked, or refused the request."""

    failure: Failure
    caa: CaaJudgement | None = None

    @property
    def of_dns(self) -> bool:
        """Whether DNS can change so that it is possible."""
        return self.caa is not None or self.failure.problem.code == Problem.RECORD_MISSING


@dataclass(frozen=True)
class Cleared:
    """Nothing is in the way of a new generation, and the failed one is gone from ACM."""


@dataclass(frozen=True)
class Deleted:
    """It is gone from ACM, as intended."""


@dataclass(frozen=True)
class Vanished:
    """ACM has no such certificate any more, although we did not delete it."""


Outcome = Requested | Described | Impossible | Cleared | Deleted | Vanished | Trouble


def claim(certificate_id: int, now: datetime) -> Step | None:
    """Lease the certificate, unless nothing is to be done for it or another worker has it."""
    lease = JOB.claim(certificate_id, now, UNFINISHED)
    if lease is None:
        return None
    certificate = db.session.get_one(Certificate, certificate_id, populate_existing=True)
    if _is_never_asked_for(certificate):
        certificate.state, certificate.next_attempt_at = CertificateState.DELETED, None
        db.session.flush()
        return None
    if _waits_for_proof(certificate):
        certificate.next_attempt_at = None
        db.session.flush()
        return None
    asked_at = certificate.requested_at
    if certificate.state is CertificateState.WANTED and asked_at is None:
        certificate.requested_at = now
        db.session.flush()
    return Step(
        certificate_id=certificate.id,
        lease=lease,
        state=certificate.state,
        host=certificate.domain_name,
        token=certificate.idempotency_token,
        arn=certificate.arn,
        asked_at=asked_at,
        theirs=not certificate.custom_domain.method.has_zone,
        missed=_missed(certificate),
    )


def _missed(certificate: Certificate) -> tuple[str, str] | None:
    problem = certificate.problem
    if problem is None or problem.code != Problem.RECORD_MISSING:
        return None
    return problem.params["record"], problem.params["value"]


def _is_never_asked_for(certificate: Certificate) -> bool:
    """ACM was not asked for it, and will not be, because the edge gets certificates by itself now."""
    nowhere = certificate.requested_at is None and certificate.arn is None
    given_up = certificate.state in {CertificateState.WANTED, CertificateState.DELETING}
    return nowhere and given_up and not settings().asks_acm


def _waits_for_proof(certificate: Certificate) -> bool:
    """True for a name that is not proved: nothing is requested until `lifecycle` learns that it is."""
    unproved = not is_proved(certificate.custom_domain)
    if certificate.state is CertificateState.WANTED:
        return unproved and certificate.requested_at is None
    return unproved and certificate.state is CertificateState.FAILED


async def advance(step: Step, dns: Dns, acm: AcmApi, now: datetime) -> Outcome:
    """Take the one step that `step.state` calls for."""
    try:
        with priority(_PRIORITIES.get(step.state, Priority.USER)):
            return await _STEPS.get(step.state, _describe)(step, dns, acm, now)
    except Gone:
        return Vanished()
    except StillInUse as err:
        return Trouble(_about_one(AwsTrouble.STILL_ATTACHED, err), code=err.code)
    except NotOurs as err:
        return Trouble(_about_one(AwsTrouble.NOT_OURS, err), parked=True, code=err.code)
    except AwsError as err:
        return Trouble.of(err)


def _about_one(trouble: AwsTrouble, error: AwsError) -> Message:
    return Message(trouble.value, {"said": str(error)})


async def _request(step: Step, dns: Dns, acm: AcmApi, now: datetime) -> Outcome:
    """Request the certificate. A request whose answer was lost is completed first: ACM may have a certificate."""
    if step.asked_at is None:
        never = problems.unsuitable(step.host)
        if never is not None:
            return Impossible(never)
        caa = judge(await look_up(step.host, dns))
        if caa.verdict is CaaVerdict.BLOCKED:
            return Impossible(problems.forbidden(caa), caa)
    elif now - step.asked_at >= TOKEN_HOLDS and (found := acm.find(step.host, step.token)):
        return Requested(found)
    try:
        return Requested(acm.request(step.host, step.token))
    except InputRefused as err:
        return Impossible(problems.refused(step.host, err.code, str(err)))


async def _describe(step: Step, dns: Dns, acm: AcmApi, _now: datetime) -> Outcome:
    facts = acm.describe(step.arn or "")
    well = facts.status in {Status.PENDING_VALIDATION, Status.ISSUED}
    troubled = facts.renewal is not None and facts.renewal.troubled
    waits = facts.status is Status.PENDING_VALIDATION or troubled
    published = await leads(dns, *facts.validation) if step.theirs and waits and facts.validation else None
    if well and not troubled:
        return Described(facts, published=published)
    return Described(facts, judge(await look_up(step.host, dns)), published)


async def _clear(step: Step, dns: Dns, acm: AcmApi, _now: datetime) -> Outcome:
    never = problems.unsuitable(step.host)
    if never is not None:
        return Impossible(never)
    caa = judge(await look_up(step.host, dns))
    if caa.verdict is CaaVerdict.BLOCKED:
        return Impossible(problems.forbidden(caa), caa)
    if step.missed is not None and step.theirs and await leads(dns, *step.missed) is False:
        return Impossible(problems.record_missing(step.host, step.missed))
    if step.arn is not None:
        acm.delete(step.arn, step.token)
    return Cleared()


async def _delete(step: Step, _dns: Dns, acm: AcmApi, _now: datetime) -> Outcome:
    """By its ARN; if the answer that held the ARN was lost, by the tags that came with the request."""
    arn = step.arn or (acm.find(step.host, step.token) if step.asked_at is not None else None)
    if arn is not None:
        acm.delete(arn, step.token)
    return Deleted()


_STEPS: dict[CertificateState, Callable[[Step, Dns, AcmApi, datetime], Awaitable[Outcome]]] = {
    CertificateState.WANTED: _request,
    CertificateState.FAILED: _clear,
    CertificateState.DELETING: _delete,
}
_PRIORITIES = {CertificateState.ISSUED: Priority.RECONCILE, CertificateState.DELETING: Priority.CLEANUP}


def health_of(outcome: Outcome) -> Works | Fails | None:
    """What the outcome tells of ACM; None when ACM was not asked, or failed because of this certificate alone."""
    if isinstance(outcome, Requested | Described):
        return Works()
    if not isinstance(outcome, Trouble) or outcome.message.code in set(AwsTrouble):
        return None
    return Fails(outcome.message)
