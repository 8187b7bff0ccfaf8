"""The headline of a domain, from columns alone, so that a list of many domains needs no reports."""

from __future__ import annotations

from enum import StrEnum
from typing import Literal

from webapp.dns.delegation import Verdict
from webapp.messages.certificates import YOURS
from webapp.models import (
    Certificate,
    CertificateState,
    DomainState,
    HostedZone,
    LLMClientCustomDomain,
    ZoneState,
)

Tone = Literal["good", "wait", "act", "bad", "off"]


class Situation(StrEnum):
    """The headlines of a domain. `value` is the id of its icon."""

    ALARM = "alarm"
    SETTING_UP = "setting-up"
    WAITING = "waiting"
    ACTION = "action"
    SETTLING = "settling"
    VERIFIED = "verified"
    FAILING = "failing"
    ON_HOLD = "on-hold"
    OFF = "off"
    REMOVING = "removing"
    REMOVED = "removed"

    @property
    def words(self) -> str:
        return _WORDS[self]

    @property
    def tone(self) -> Tone:
        return _TONES[self]


_WORDS = {
    Situation.ALARM: "Domain in danger",
    Situation.SETTING_UP: "Setting up",
    Situation.WAITING: "Waiting for DNS",
    Situation.ACTION: "Action needed",
    Situation.SETTLING: "Settling",
    Situation.VERIFIED: "Verified",
    Situation.FAILING: "Failing",
    Situation.ON_HOLD: "Suspended",
    Situation.OFF: "Off",
    Situation.REMOVING: "Removing",
    Situation.REMOVED: "Removed",
}
_TONES: dict[Situation, Tone] = {
    Situation.ALARM: "bad",
    Situation.SETTING_UP: "wait",
    Situation.WAITING: "wait",
    Situation.ACTION: "act",
    Situation.SETTLING: "wait",
    Situation.VERIFIED: "good",
    Situation.FAILING: "bad",
    Situation.ON_HOLD: "bad",
    Situation.OFF: "off",
    Situation.REMOVING: "off",
    Situation.REMOVED: "off",
}
_BY_STATE = {
    DomainState.VERIFIED: Situation.VERIFIED,
    DomainState.FAILING: Situation.FAILING,
    DomainState.LAPSED: Situation.OFF,
    DomainState.EXPIRED: Situation.OFF,
    DomainState.REMOVING: Situation.REMOVING,
    DomainState.REMOVED: Situation.REMOVED,
}
_LEAVING = {DomainState.REMOVING, DomainState.REMOVED}
_MAKING = {ZoneState.WANTED, ZoneState.CREATED, ZoneState.PARKED, ZoneState.DISCARDED, ZoneState.RETIRED}


def situation(
    domain: LLMClientCustomDomain, zone: HostedZone | None, certificate: Certificate | None = None
) -> Situation:
    """The headline of a domain. `certificate`: the newest one, unless the page shows the certificate separately."""
    if domain.held_at is not None and domain.state not in _LEAVING:
        return Situation.ON_HOLD
    if domain.alarm_since is not None and domain.state not in _LEAVING:
        return Situation.ALARM
    if domain.state is DomainState.VERIFIED and certificate is not None and _blocked(certificate):
        return Situation.ACTION
    return _BY_STATE.get(domain.state) or _pending(domain, zone)


def _pending(domain: LLMClientCustomDomain, zone: HostedZone | None) -> Situation:
    facts = Verdict(domain.verdict).facts if domain.verdict else None
    if zone is None or zone.state in _MAKING or (facts is not None and facts.who_acts == "we"):
        return Situation.SETTING_UP
    if zone.state is ZoneState.REFUSED:
        return Situation.ACTION
    if domain.inconsistent_since is not None and domain.verdict != Verdict.PARENT_INCONSISTENT:
        return Situation.SETTLING
    if facts is None or facts.waits:
        return Situation.WAITING
    return Situation.ACTION


def _blocked(certificate: Certificate) -> bool:
    """There is no certificate, and only the owner of the name can change that."""
    return certificate.state is CertificateState.FAILED and certificate.problem_code in YOURS
