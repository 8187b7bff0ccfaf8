"""How an event is marked in a history: a shape and a tone, by its kind."""

from __future__ import annotations

from typing import NamedTuple

from webapp.models import DomainState, Event, EventKind


class Mark(NamedTuple):
    """The name of an icon, and a tone of `static/theme.css`."""

    icon: str
    tone: str = "off"


_BY_STATE = {
    DomainState.PENDING: Mark("waiting", "wait"),
    DomainState.VERIFIED: Mark("verified", "good"),
    DomainState.FAILING: Mark("failing", "bad"),
    DomainState.LAPSED: Mark("off", "bad"),
    DomainState.EXPIRED: Mark("nobody"),
    DomainState.REMOVING: Mark("removing"),
    DomainState.REMOVED: Mark("removed"),
}
_BY_KIND = {
    EventKind.REGISTERED: Mark("plus"),
    EventKind.CHECK_REQUESTED: Mark("you"),
    EventKind.ATTACHED: Mark("arrow"),
    EventKind.DETACHED: Mark("missing"),
    EventKind.HELD: Mark("on-hold", "act"),
    EventKind.RELEASED: Mark("found", "good"),
    EventKind.GRACE_EXTENDED: Mark("waiting", "wait"),
    EventKind.CERTIFICATE_ISSUED: Mark("found", "good"),
    EventKind.CERTIFICATE_RENEWED: Mark("found", "good"),
    EventKind.CERTIFICATE_FAILED: Mark("action", "act"),
    EventKind.CERTIFICATE_TROUBLE: Mark("action", "act"),
    EventKind.CERTIFICATE_ENDS: Mark("action", "act"),
    EventKind.LIVE: Mark("open", "good"),
    EventKind.LIVE_AGAIN: Mark("open", "good"),
    EventKind.NOT_LIVE: Mark("failing", "bad"),
    EventKind.ALARM_BEGUN: Mark("alarm", "bad"),
    EventKind.ALARM_ENDED: Mark("found", "good"),
    EventKind.CLAIM_CONTESTED: Mark("action", "act"),
    EventKind.CLAIM_REFUSED: Mark("action", "act"),
    EventKind.CLAIM_LOST: Mark("action", "act"),
    EventKind.CLAIM_MOVED: Mark("arrow", "act"),
    EventKind.TRANSFER_OFFERED: Mark("arrow"),
    EventKind.TRANSFER_ACCEPTED: Mark("arrow"),
    EventKind.METHOD_CHANGED: Mark("arrow"),
    EventKind.ZONE_READY: Mark("we"),
    EventKind.ZONE_TROUBLE: Mark("action", "act"),
}
_ELSE = Mark("info")


def mark_of(event: Event) -> Mark:
    evidence = event.evidence or {}
    if event.kind is EventKind.STATE_CHANGED:
        to = evidence.get("to")
        return _BY_STATE[DomainState(to)] if to in set(DomainState) else _ELSE
    if event.kind is EventKind.VERDICT_CHANGED:
        return Mark("verified", "good") if evidence.get("verdict") == "VERIFIED" else Mark("info", "act")
    return _BY_KIND.get(event.kind, _ELSE)
