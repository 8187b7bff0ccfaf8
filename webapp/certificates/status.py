"""How a domain's certificate stands, for its page: apart from DNS, with what to do where somebody can."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from webapp.certificates.messages import FINAL, acting
from webapp.dns.delegation import WhoActs
from webapp.domains.status import Situation
from webapp.messages.formatting import day
from webapp.models import Certificate, CertificateState


@dataclass(frozen=True)
class CertificateShown:
    """`works`: visitors can be served with it. `moving`: it changes by itself within minutes, as a rule. `mendable`:
    its owner can mend what is in its way, and have us look again.
    """

    state: CertificateState
    look: Situation
    headline: str
    sentence: str
    next_step: str = ""
    who_acts: WhoActs = "nobody"
    works: bool = False
    moving: bool = False
    validation: tuple[str, str] | None = None
    mendable: bool = False

    @property
    def failed(self) -> bool:
        return self.state is CertificateState.FAILED


def waits_for_owner(certificate: Certificate) -> bool:
    """It came to nothing for something in the owner's own DNS, which they can change."""
    mendable = certificate.failure_reason not in FINAL
    who = acting(certificate.failure_reason, certificate.next_step)
    return certificate.state is CertificateState.FAILED and who == "you" and mendable


def certificate_shown(certificate: Certificate | None) -> CertificateShown | None:
    """None while there is nothing to tell: no name proved yet, or the certificate is gone with its domain."""
    if certificate is None or certificate.state is CertificateState.DELETED:
        return None
    return _SPEAKERS.get(certificate.state, _on_its_way)(certificate)


def _on_its_way(certificate: Certificate) -> CertificateShown:
    sentence = "The certificate is being issued; usually some minutes."
    if certificate.error:
        sentence = "The certificate is not issued yet. The cause is on our side, and we keep trying."
    return CertificateShown(
        certificate.state,
        Situation.SETTLING,
        "On its way",
        sentence,
        who_acts="we",
        moving=True,
        validation=_validation(certificate),
    )


def _issued(certificate: Certificate) -> CertificateShown:
    until = f"It is valid until {day(certificate.not_after)}" if certificate.not_after else "It is valid"
    found = CertificateShown(
        certificate.state,
        Situation.VERIFIED,
        "Issued",
        f"{until} and renews by itself.",
        works=True,
        validation=_validation(certificate),
    )
    # Trouble of ours with AWS has no next step, and an issued certificate works on meanwhile.
    if not (certificate.error and certificate.next_step):
        return found
    return CertificateShown(
        certificate.state,
        Situation.FAILING,
        "Not renewed yet",
        certificate.error,
        certificate.next_step,
        acting(certificate.failure_reason, certificate.next_step),
        works=True,
        validation=_validation(certificate),
    )


def _failed(certificate: Certificate) -> CertificateShown:
    who = acting(certificate.failure_reason, certificate.next_step)
    mendable = waits_for_owner(certificate) and certificate.next_attempt_at is not None
    return CertificateShown(
        certificate.state,
        Situation.ACTION if who == "you" else Situation.SETTLING,
        "Certificate blocked" if who == "you" else "Not issued yet",
        certificate.error or "Amazon could not issue the certificate.",
        certificate.next_step or "",
        who,
        validation=_validation(certificate),
        # Once it is mended, the next look goes on by itself.
        moving=mendable,
        mendable=mendable,
    )


def _leaving(certificate: Certificate) -> CertificateShown:
    sentence = "The certificate is being deleted."
    return CertificateShown(certificate.state, Situation.REMOVING, "Being deleted", sentence, who_acts="we")


def _validation(certificate: Certificate) -> tuple[str, str] | None:
    name, value = certificate.validation_name, certificate.validation_value
    return (name, value) if name and value else None


_SPEAKERS: dict[CertificateState, Callable[[Certificate], CertificateShown]] = {
    CertificateState.ISSUED: _issued,
    CertificateState.FAILED: _failed,
    CertificateState.DELETING: _leaving,
}
