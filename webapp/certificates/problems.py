"""The message for each problem of a certificate, with the parameters that its sentence needs. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from webapp.aws.acm.port import LONGEST_HOST
from webapp.dns.caa import CaaJudgement, CaaVerdict
from webapp.messages.sentences.certificates import EXPLANATIONS, Problem
from webapp.models import Message

#: ACM's own word for a validation that nobody answered in time.
TIMED_OUT = "VALIDATION_TIMED_OUT"

#: The problem by `Certificate.failure_reason`: reasons of ours first, then those of ACM.
_PROBLEMS = {
    CaaVerdict.BLOCKED.value: Problem.CAA_RESTRICTED,
    "HOST_TOO_LONG": Problem.TOO_LONG,
    "UNDERSCORE": Problem.UNDERSCORE,
    "GONE": Problem.GONE,
    TIMED_OUT: Problem.TIMED_OUT,
    "ADDITIONAL_VERIFICATION_REQUIRED": Problem.BY_HAND,
    "CAA_ERROR": Problem.CAA_ERROR,
    "DOMAIN_NOT_ALLOWED": Problem.NOT_ALLOWED,
    "DOMAIN_VALIDATION_DENIED": Problem.DENIED,
    "INVALID_PUBLIC_DOMAIN": Problem.NOT_PUBLIC,
    "OTHER": Problem.NO_REASON,
    "EXPIRED": Problem.EXPIRED,
    "REVOKED": Problem.REVOKED,
    "INACTIVE": Problem.INACTIVE,
}
_REASONS = {problem: reason for reason, problem in _PROBLEMS.items()}
#: Asking Amazon again would not help after these, whatever else is in the way today.
FINAL_REASONS = frozenset(reason for reason, problem in _PROBLEMS.items() if EXPLANATIONS[problem].final)


@dataclass(frozen=True)
class Failure:
    """`reason` is the stable word that stays with the certificate, `problem` what is to be told of it now."""

    reason: str
    problem: Message


def unsuitable(name: str) -> Failure | None:
    """Why no authority can ever issue for this name, as far as the name itself shows it."""
    if len(name) > LONGEST_HOST:
        return _ours(Problem.TOO_LONG, name=name, length=len(name), most=LONGEST_HOST)
    if "_" in name:
        return _ours(Problem.UNDERSCORE, name=name, instead=name.replace("_", "-"))
    return None


def forbidden(caa: CaaJudgement) -> Failure:
    """A CAA record forbids the certificate: row 17 of the verdict table."""
    return Failure(CaaVerdict.BLOCKED.value, _caa(caa))


def refused(name: str, code: str, said: str) -> Failure:
    """ACM refused the request itself."""
    return Failure(code[:64], _message(Problem.REFUSED, name=name, said=said))


def vanished(name: str) -> Failure:
    return _ours(Problem.GONE, name=name)


def record_missing(name: str, validation: tuple[str, str]) -> Failure:
    """ACM looks for a record that only the owner of the name can add."""
    record, value = validation
    return Failure(TIMED_OUT, _message(Problem.RECORD_MISSING, name=name, record=record, value=value))


def failed(name: str, reason: str, caa: CaaJudgement | None) -> Failure:
    """Why ACM gave a certificate up. `reason`: ACM's FailureReason, or the certificate's status where it has none.

    A CAA record that forbids the certificate today comes before ACM's reason: it has to be changed first.
    """
    return Failure(reason[:64], _failed(name, reason, caa))


def _failed(name: str, reason: str, caa: CaaJudgement | None) -> Message:
    if caa is not None and caa.verdict is CaaVerdict.BLOCKED:
        return _caa(caa)
    problem = _PROBLEMS.get(reason, Problem.OTHER_REASON)
    if problem is Problem.CAA_ERROR and caa is not None and caa.verdict is CaaVerdict.UNKNOWN:
        return _message(Problem.CAA_ERROR_UNKNOWN, name=name, **caa.params)
    if problem is Problem.OTHER_REASON:
        return _message(problem, name=name, reason=reason)
    return _message(problem, name=name)


def renewal(
    name: str, not_after: datetime | None, why: str | None, caa: CaaJudgement | None, *, in_use: bool
) -> Message:
    """An issued certificate that does not renew. It works until it ends."""
    until = not_after.isoformat() if not_after else None
    if caa is not None and caa.verdict is CaaVerdict.BLOCKED:
        return _message(Problem.RENEWAL_FORBIDDEN, name=name, until=until, caa=_caa(caa).as_param())
    problem = Problem.RENEWAL_LATE if in_use else Problem.RENEWAL_UNUSED
    return _message(problem, name=name, until=until, why=why)


def _ours(problem: Problem, **params: Any) -> Failure:
    return Failure(_REASONS[problem], _message(problem, **params))


def _message(problem: Problem, **params: Any) -> Message:
    return Message(problem.value, params)


def _caa(caa: CaaJudgement) -> Message:
    """Raises ValueError where nothing is in the way, which is a fault of ours."""
    if caa.obstacle is None:
        raise ValueError(f"CAA is no obstacle at {caa.where}")
    params: Mapping[str, Any] = caa.params
    return Message(caa.obstacle.value, dict(params))
