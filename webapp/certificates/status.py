"""The status of a domain's certificate for its page, separate from DNS, with a next step where there is one."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from webapp.certificates.problems import FINAL_REASONS
from webapp.dns.delegation import WhoActs
from webapp.domains.rules.status import Situation
from webapp.messages.catalogue import sentence
from webapp.messages.formatting import day
from webapp.messages.sentences.certificates import Explanation, Problem, explanation_of, nested, next_step
from webapp.models import Certificate, CertificateState, DomainState, LLMClientCustomDomain, Message


@dataclass(frozen=True)
class CaaRecord:
    """A CAA record that lets the certificate be issued. `value`: like `0 issue "ca.example"`."""

    name: str
    value: str

    @property
    def parts(self) -> tuple[str, str, str]:
        """Flag, tag and value, for providers that ask for each (RFC 8659, 4.1)."""
        flag, tag, value = self.value.split(" ", 2)
        return flag, tag, value.strip('"')

    def relative_to(self, zone: str) -> str:
        """The name as it is typed in this zone; in full where it is in another one."""
        return "@" if self.name == zone else self.name.removesuffix(f".{zone}")


@dataclass(frozen=True)
class CertificateStatus:
    """`situation`: how it is marked. `works`: visitors can be served with it. `moving`: it changes by itself within
    minutes, as a rule. `fixable`: its owner can fix what blocks it, and have us try again. `to_add`: the record that
    lets it be issued, if one does. `awaits_record`: the CNAME that Amazon asks for is not in the owner's zone.
    """

    state: CertificateState
    situation: Situation
    headline: str
    sentence: str
    next_step: str = ""
    who_acts: WhoActs = "nobody"
    works: bool = False
    moving: bool = False
    validation: tuple[str, str] | None = None
    fixable: bool = False
    to_add: CaaRecord | None = None
    awaits_record: bool = False

    @property
    def failed(self) -> bool:
        return self.state is CertificateState.FAILED


def waits_for_owner(certificate: Certificate) -> bool:
    """True when the certificate was not issued because of the owner's DNS records, which they can change."""
    explanation = explanation_of(certificate.problem)
    yours = explanation is not None and explanation.who_acts == "you"
    return (
        certificate.state is CertificateState.FAILED
        and yours
        and certificate.failure_reason not in FINAL_REASONS
    )


def certificate_status(
    certificate: Certificate | None, *, leads_to_us: bool = True, contact: str = "us"
) -> CertificateStatus | None:
    """None while there is nothing to tell: no name proved yet, or the certificate is gone with its domain.

    `leads_to_us`: whether the name does. If not, its certificate cannot be renewed. `contact`: whom to write to.
    """
    if certificate is None or certificate.state is CertificateState.DELETED:
        return None
    status = _SPEAKERS.get(certificate.state, _on_its_way)(certificate, contact)
    if leads_to_us or status.situation is not Situation.VERIFIED:
        return status
    return replace(
        status,
        situation=Situation.ACTION,
        sentence=f"{_until(certificate)}, and cannot renew until the name leads to us again.",
    )


def leads_to_us(domain: LLMClientCustomDomain) -> bool:
    """Whether the name does, as far as checks know; without that, nobody renews its certificate."""
    astray = domain.state in {DomainState.FAILING, DomainState.LAPSED}
    return not astray and domain.contrary_since is None


def caa_record(problem: Message | None) -> CaaRecord | None:
    """The record that the problem’s people add. None where they change one, and where CAA is not the problem."""
    if problem is not None and problem.code == Problem.RENEWAL_FORBIDDEN:
        problem = nested(problem.params["caa"])
    if problem is None or problem.code != Problem.CAA_RESTRICTED:
        return None
    return CaaRecord(problem.params["where"], problem.params["add"])


_OUR_TROUBLE = "The certificate is not issued yet. The cause is on our side, and we keep trying."


def _on_its_way(certificate: Certificate, contact: str) -> CertificateStatus:
    explanation, problem = explanation_of(certificate.problem), certificate.problem
    if problem is not None and explanation is not None:
        return _awaited(certificate, problem, explanation, contact)
    calm = "The certificate is being issued; usually some minutes."
    return CertificateStatus(
        certificate.state,
        Situation.SETTLING,
        "On its way",
        _OUR_TROUBLE if certificate.problem else calm,
        who_acts="we",
        moving=True,
        validation=_validation(certificate),
    )


def _awaited(
    certificate: Certificate, problem: Message, explanation: Explanation, contact: str
) -> CertificateStatus:
    """It is issued as soon as the owner of the name has added a record."""
    return CertificateStatus(
        certificate.state,
        Situation.ACTION,
        "Waiting for your record",
        sentence(problem),
        next_step(problem, contact),
        explanation.who_acts,
        moving=True,
        validation=_validation(certificate),
        awaits_record=problem.code == Problem.RECORD_MISSING,
    )


def _issued(certificate: Certificate, contact: str) -> CertificateStatus:
    explanation, problem = explanation_of(certificate.problem), certificate.problem
    # Trouble between us and AWS has no explanation, and an issued certificate works on meanwhile.
    if problem is not None and explanation is not None:
        return _not_renewed(certificate, problem, explanation, contact)
    return CertificateStatus(
        certificate.state,
        Situation.VERIFIED,
        "Issued",
        f"{_until(certificate)} and renews by itself.",
        works=True,
        validation=_validation(certificate),
    )


def _until(certificate: Certificate) -> str:
    return f"It is valid until {day(certificate.not_after)}" if certificate.not_after else "It is valid"


def _not_renewed(
    certificate: Certificate, problem: Message, explanation: Explanation, contact: str
) -> CertificateStatus:
    return CertificateStatus(
        certificate.state,
        Situation.FAILING,
        "Not renewed yet",
        sentence(problem),
        next_step(problem, contact),
        explanation.who_acts,
        works=True,
        validation=_validation(certificate),
        to_add=caa_record(problem),
    )


def _failed(certificate: Certificate, contact: str) -> CertificateStatus:
    explanation, problem = explanation_of(certificate.problem), certificate.problem
    if problem is None or explanation is None:
        return _not_issued(certificate)
    yours = explanation.who_acts == "you"
    fixable = waits_for_owner(certificate) and certificate.next_attempt_at is not None
    return CertificateStatus(
        certificate.state,
        Situation.ACTION if yours else Situation.SETTLING,
        "Certificate blocked" if yours else "Not issued yet",
        sentence(problem),
        next_step(problem, contact),
        explanation.who_acts,
        validation=_validation(certificate),
        # Once it is fixed, the next attempt goes on by itself.
        moving=fixable,
        fixable=fixable,
        to_add=caa_record(problem),
    )


def _not_issued(certificate: Certificate) -> CertificateStatus:
    """A certificate that was not issued, and that trouble between us and AWS delays now."""
    said = _OUR_TROUBLE if certificate.problem else "Amazon could not issue the certificate."
    return CertificateStatus(
        certificate.state,
        Situation.SETTLING,
        "Not issued yet",
        said,
        who_acts="we",
        validation=_validation(certificate),
    )


def _leaving(certificate: Certificate, _contact: str) -> CertificateStatus:
    said = "The certificate is being deleted."
    return CertificateStatus(certificate.state, Situation.REMOVING, "Being deleted", said, who_acts="we")


def _validation(certificate: Certificate) -> tuple[str, str] | None:
    name, value = certificate.validation_name, certificate.validation_value
    return (name, value) if name and value else None


_SPEAKERS: dict[CertificateState, Callable[[Certificate, str], CertificateStatus]] = {
    CertificateState.ISSUED: _issued,
    CertificateState.FAILED: _failed,
    CertificateState.DELETING: _leaving,
}
