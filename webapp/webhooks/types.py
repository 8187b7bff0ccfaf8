"""The types of messages, and which event makes which. An event that is named nowhere here makes none."""

from __future__ import annotations

from enum import StrEnum
from typing import Self

from webapp.models import DomainState, Event, EventKind
from webapp.moves.evidence import MOVED_AWAY


class WebhookType(StrEnum):
    """The values are stable ids. `says`: what has happened, for pages and the documentation."""

    says: str

    REGISTERED = "domain.registered", "A domain was registered."
    VERIFIED = "domain.verified", "DNS proves a domain for the first time, or again after it expired."
    LIVE = "domain.live", "Visitors reach the LLM client at a domain, for the first time or again."
    NOT_LIVE = "domain.not_live", "Visitors do not reach a domain any more that was live."
    FAILING = (
        "domain.failing",
        "DNS does not prove a verified domain any more. It is served until its grace period ends.",
    )
    LAPSED = "domain.lapsed", "The grace period is over, and the domain is not served any more."
    RECOVERED = "domain.recovered", "DNS proves a domain again that was failing or had lapsed."
    MOVED = "domain.moved", "The name moved to another account by proof, and is not served here any more."
    TRANSFERRED = (
        "domain.transferred",
        "A domain was handed to another account: one message to each of the two.",
    )
    EXPIRED = "domain.expired", "A domain was pending for so long that it is not checked any more."
    RESUMED = "domain.resumed", "A domain that had expired is checked again."
    SUSPENDED = "domain.suspended", "Staff suspended a domain. It is not served."
    RELEASED = "domain.released", "A suspension ended."
    REMOVING = "domain.removing", "A domain is being removed. It is not served."
    RESTORED = "domain.restored", "The removal of a domain was taken back."
    REMOVED = "domain.removed", "A domain is gone for good."
    CERTIFICATE_ISSUED = "certificate.issued", "A certificate was issued or renewed."
    CERTIFICATE_FAILED = "certificate.failed", "A certificate could not be had."
    CERTIFICATE_EXPIRING = "certificate.expiring", "A certificate that visitors are shown ends soon."
    CHECK_FINISHED = "check.finished", "A check found something else than the one before it."
    TEST = "webhook.test", "Somebody asked for a test."

    def __new__(cls, value: str, says: str = "") -> Self:
        member = str.__new__(cls, value)
        member._value_ = value
        member.says = says
        return member


def says(value: str) -> str:
    """What a type of a message tells; nothing of a type of a newer release."""
    return WebhookType(value).says if value in set(WebhookType) else ""


#: What an endpoint can ask for, and what it hears of unless it asks for something else.
CHOICES = tuple(one for one in WebhookType if one is not WebhookType.TEST)
DEFAULT = tuple(one for one in CHOICES if one is not WebhookType.CHECK_FINISHED)

_S = DomainState
#: By the state before and after. Every allowed transition is here.
OF_TRANSITION: dict[tuple[DomainState, DomainState], WebhookType] = {
    (_S.PENDING, _S.VERIFIED): WebhookType.VERIFIED,
    (_S.PENDING, _S.EXPIRED): WebhookType.EXPIRED,
    (_S.EXPIRED, _S.VERIFIED): WebhookType.VERIFIED,
    (_S.EXPIRED, _S.PENDING): WebhookType.RESUMED,
    (_S.VERIFIED, _S.FAILING): WebhookType.FAILING,
    (_S.VERIFIED, _S.LAPSED): WebhookType.LAPSED,
    (_S.FAILING, _S.VERIFIED): WebhookType.RECOVERED,
    (_S.FAILING, _S.LAPSED): WebhookType.LAPSED,
    (_S.LAPSED, _S.VERIFIED): WebhookType.RECOVERED,
    (_S.REMOVING, _S.PENDING): WebhookType.RESTORED,
    (_S.REMOVING, _S.REMOVED): WebhookType.REMOVED,
    **{
        (before, _S.REMOVING): WebhookType.REMOVING
        for before in (_S.PENDING, _S.VERIFIED, _S.FAILING, _S.LAPSED, _S.EXPIRED)
    },
}
_OF_KIND = {
    EventKind.REGISTERED: WebhookType.REGISTERED,
    EventKind.HELD: WebhookType.SUSPENDED,
    EventKind.RELEASED: WebhookType.RELEASED,
    EventKind.TRANSFER_ACCEPTED: WebhookType.TRANSFERRED,
    EventKind.LIVE: WebhookType.LIVE,
    EventKind.LIVE_AGAIN: WebhookType.LIVE,
    EventKind.NOT_LIVE: WebhookType.NOT_LIVE,
    EventKind.CERTIFICATE_ISSUED: WebhookType.CERTIFICATE_ISSUED,
    EventKind.CERTIFICATE_RENEWED: WebhookType.CERTIFICATE_ISSUED,
    EventKind.CERTIFICATE_FAILED: WebhookType.CERTIFICATE_FAILED,
    EventKind.CERTIFICATE_ENDS: WebhookType.CERTIFICATE_EXPIRING,
    EventKind.VERDICT_CHANGED: WebhookType.CHECK_FINISHED,
}


def of_transition(before: DomainState, after: DomainState, code: str) -> WebhookType:
    """`code`: that of the event. It tells a name that another account took from one that lapsed by itself."""
    return WebhookType.MOVED if code == MOVED_AWAY else OF_TRANSITION[before, after]


def of_event(event: Event) -> WebhookType | None:
    """The type of the message that an event makes; None for one that makes none."""
    seen = event.evidence or {}
    if event.kind is EventKind.STATE_CHANGED and "from" in seen:
        code = event.message.code if event.message else ""
        return of_transition(DomainState(seen["from"]), DomainState(seen["to"]), code)
    return _OF_KIND.get(event.kind)
