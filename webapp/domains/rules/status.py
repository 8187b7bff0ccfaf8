"""How a domain stands, from columns alone, so that a list of many domains needs no reports.

Headline, colour, badge, banner, list, filter, e-mail and command all show this one status. The same rules in SQL are
in `webapp.domains.listing.ranks`.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Literal, Self

from webapp.dns.delegation import Verdict, WhoActs
from webapp.messages.sentences.certificates import YOURS
from webapp.models import (
    Certificate,
    CertificateState,
    DomainState,
    HostedZone,
    LLMClientCustomDomain,
    Unsettled,
    ZoneState,
)

Tone = Literal["good", "wait", "act", "bad", "off"]


@dataclass(frozen=True)
class Shown:
    """How a situation is shown. `icon`: the id of its icon. `urges`: its people have to act, so that the badge counts
    the domain and every page names it. `by_staff`: what happens next is up to staff.
    """

    words: str
    tone: Tone
    icon: str
    urges: bool = False
    by_staff: bool = False


class Situation(StrEnum):
    """The headlines of a domain. A member without its facts is a TypeError when this module is imported."""

    facts: Shown

    #: The whole domain is led to us, so that its site and mail are in danger.
    ALARM = "alarm", Shown("Domain in danger", "bad", "alarm", urges=True)
    SETTING_UP = "setting-up", Shown("Setting up", "wait", "setting-up")
    WAITING = "waiting", Shown("Waiting for DNS", "wait", "waiting")
    #: The name is proved, and its owner lets it lead to us when they like.
    RESERVED = "reserved", Shown("Reserved: switch when you like", "wait", "waiting")
    #: Something stops at the name with the new records, and nobody has confirmed yet that they know it.
    DECISION = "decision", Shown("Waiting for your decision", "wait", "waiting")
    ACTION = "action", Shown("Action needed", "act", "action", urges=True)
    SETTLING = "settling", Shown("Settling", "wait", "settling")
    VERIFIED = "verified", Shown("Verified", "good", "verified")
    #: Verified, and seen to work from outside: see `webapp.domains.rules.standing`, as for the next four.
    LIVE = "live", Shown("Live", "good", "verified")
    #: Visitors do not reach us, until its people change something …
    UNREACHED = "unreached", Shown("Verified, but not live", "act", "action", urges=True)
    #: … or until we do, …
    AWAY = "away", Shown("Verified, but not live", "bad", "failing")
    #: … or until others forget an old address.
    NOT_LIVE = "not-live", Shown("Verified, but not live", "wait", "waiting")
    NOT_LIVE_YET = "not-live-yet", Shown("Verified, not live yet", "wait", "waiting")
    #: One check has contradicted a verified name, and the next one decides.
    RECORDS_GONE = "records-gone", Shown("Verified, but your records are gone", "act", "action", urges=True)
    RECORDS_CHANGED = (
        "records-changed",
        Shown("Verified, but your records have changed", "act", "action", urges=True),
    )
    FAILING = "failing", Shown("Failing", "bad", "failing", urges=True)
    ON_HOLD = "on-hold", Shown("Suspended", "bad", "on-hold", by_staff=True)
    #: Not served any more, and checked by ourselves all the same.
    OFF = "off", Shown("Off", "act", "off", urges=True)
    #: Never verified, and checked only when somebody presses Verify.
    EXPIRED = "expired", Shown("Off", "off", "off")
    REMOVING = "removing", Shown("Removing", "off", "removing")
    REMOVED = "removed", Shown("Removed", "off", "removed")

    # The default is for type checkers: without it they would ask for `facts` in `Situation("off")`, too.
    def __new__(cls, value: str, facts: Shown | None = None) -> Self:
        if facts is None:
            raise TypeError(f"the situation {value} has no facts")
        member = str.__new__(cls, value)
        member._value_ = value
        member.facts = facts
        return member

    @property
    def words(self) -> str:
        return self.facts.words

    @property
    def tone(self) -> Tone:
        return self.facts.tone

    @property
    def icon(self) -> str:
        return self.facts.icon

    @property
    def urges(self) -> bool:
        return self.facts.urges

    def turn(self, who_acts: WhoActs) -> str:
        """Whose turn it is, in words. Only a situation that urges says that it is the reader's."""
        if self.urges:
            return "Your turn"
        if self.facts.by_staff:
            return "Staff decide"
        return {"you": "When you are ready", "we": "Our turn", "nobody": "Nothing to do"}[who_acts]


_BY_STATE = {
    DomainState.FAILING: Situation.FAILING,
    DomainState.LAPSED: Situation.OFF,
    DomainState.EXPIRED: Situation.EXPIRED,
    DomainState.REMOVING: Situation.REMOVING,
    DomainState.REMOVED: Situation.REMOVED,
}
_MAKING = {ZoneState.WANTED, ZoneState.CREATED, ZoneState.PARKED, ZoneState.DISCARDED, ZoneState.RETIRED}
#: The states of a certificate in which a problem that its owner can fix keeps it from being issued or renewed.
BLOCKED_STATES = (CertificateState.REQUESTED, CertificateState.FAILED, CertificateState.ISSUED)

#: The states in which the records may be back, while a check of the schedule has yet to find our side ready.
BACK_STATES = (DomainState.FAILING, DomainState.LAPSED)
#: The states in which DNS may prove the domain while another account holds the name, which moves or stays soon.
CONTEST_STATES = (DomainState.PENDING, DomainState.LAPSED)
#: The keys of a baseline whose records stop once the name is delegated to us.
STOPPING = ("name_servers", "cname", "a", "aaaa", "mx", "txt")


def situation(
    domain: LLMClientCustomDomain, zone: HostedZone | None, certificate: Certificate | None = None
) -> Situation:
    """The headline of a domain. `certificate`: the newest one; without it, the headline of DNS alone."""
    if domain.held_at is not None and not domain.state.is_gone:
        return Situation.ON_HOLD
    if domain.alarm_since is not None and not domain.state.is_gone:
        return Situation.ALARM
    if domain.state is DomainState.VERIFIED:
        return _verified(domain, certificate)
    back = domain.state in BACK_STATES and domain.unsettled == Unsettled.RIGHT
    if back or (domain.state in CONTEST_STATES and domain.contests_since is not None):
        return Situation.SETTLING
    return _BY_STATE.get(domain.state) or _pending(domain, zone)


def _verified(domain: LLMClientCustomDomain, certificate: Certificate | None) -> Situation:
    if domain.contrary_since is not None and domain.verdict != Verdict.VERIFIED:
        gone = domain.verdict is not None and Verdict(domain.verdict).facts.nothing
        return Situation.RECORDS_GONE if gone else Situation.RECORDS_CHANGED
    if domain.verdict == Verdict.STALE_DS or domain.unsettled == Unsettled.OWNER:
        return Situation.ACTION
    return Situation.ACTION if certificate is not None and blocked(certificate) else Situation.VERIFIED


def _pending(domain: LLMClientCustomDomain, zone: HostedZone | None) -> Situation:
    facts = Verdict(domain.verdict).facts if domain.verdict else None
    if domain.method.has_zone and (zone is None or zone.state in _MAKING):
        return Situation.SETTING_UP
    refused = domain.method.has_zone and zone is not None and zone.state is ZoneState.REFUSED
    if refused or domain.unsettled == Unsettled.OWNER:
        return Situation.ACTION
    if domain.unsettled == Unsettled.RIGHT:
        return Situation.SETTING_UP
    if domain.inconsistent_since is not None and domain.verdict != Verdict.PARENT_INCONSISTENT:
        return Situation.SETTLING
    if facts is None or facts.waits:
        # Who has led the name to us before has nothing to switch at leisure.
        calm = facts is not None and facts.reserved and domain.verified_at is None
        return Situation.RESERVED if calm else Situation.WAITING
    undecided = domain.verdict == Verdict.RECORD_IN_THE_WAY and _unconfirmed(domain, zone)
    return Situation.DECISION if undecided else Situation.ACTION


def _unconfirmed(domain: LLMClientCustomDomain, zone: HostedZone | None) -> bool:
    """Something answered at the name when the zone was made, and nobody has confirmed that they know it will stop."""
    if zone is None or not domain.method.has_zone:
        return False
    return zone.acknowledged_at is None and any((zone.baseline or {}).get(key) for key in STOPPING)


def blocked(certificate: Certificate) -> bool:
    """Only the owner of the name can have the certificate issued, or renewed."""
    return certificate.state in BLOCKED_STATES and certificate.problem_code in YOURS
