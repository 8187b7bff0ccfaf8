"""Links for whoever manages a domain's DNS: made, revoked, opened, ended.

What a link opens is decided by the rows, each time: the link's own end, and the state of its domain.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, func, or_, select, update

from webapp.audit.log import Actor, note
from webapp.domains import deny_list
from webapp.domains.limits import why_suspended
from webapp.domains.locks import lock_domain
from webapp.extensions import db
from webapp.messages.formatting import one_line, shown
from webapp.models import GONE_STATES, EventKind, HandoverLink, LLMClientCustomDomain, Message
from webapp.models.base.free_text import fault_in

LASTS = timedelta(days=14)
#: How many links of one domain can work at a time.
MOST = 20
#: How many of them can be made in 24 hours: each leaves a row and events.
MOST_A_DAY = 50
#: How many links that work no more a page shows.
MOST_OVER = 10
LONGEST_NAME = 100
_A_MINUTE = timedelta(minutes=1)


@dataclass(frozen=True)
class NotMade:
    """Nothing was changed. `field` is the name of what was typed wrongly, empty when nothing was."""

    code: str
    sentence: str
    field: str = ""


def make(
    domain: LLMClientCustomDomain, made_for: str, *, actor: Actor, now: datetime
) -> HandoverLink | NotMade:
    """A link that works for `LASTS`. `made_for`: a word of its maker for the list, which nobody else reads."""
    words = made_for.strip()
    if not words:
        return NotMade("made-for-missing", "Enter whom the link is for, like Jane of our IT.", "made_for")
    if len(words) > LONGEST_NAME:
        return NotMade("made-for-too-long", f"Use at most {LONGEST_NAME} characters.", "made_for")
    if fault := fault_in(words):
        return NotMade("made-for-unreadable", fault, "made_for")
    refusal = _refusal(domain, now) if lock_domain(domain) else _elsewhere(domain)
    if refusal is not None:
        return refusal
    link = HandoverLink(
        account_id=domain.account_id,
        custom_domain=domain,
        made_for=one_line(words),
        made_by=actor.name,
        expires_at=now + LASTS,
    )
    db.session.add(link)
    note(domain, EventKind.HANDOVER_MADE, _said("handover.made", link), actor)
    db.session.flush()
    return link


def _elsewhere(domain: LLMClientCustomDomain) -> NotMade:
    return NotMade("domain-gone", f"{shown(domain.domain_name)} has moved to another account.")


def _refusal(domain: LLMClientCustomDomain, now: datetime) -> NotMade | None:
    name = shown(domain.domain_name)
    if domain.state.is_gone:
        return NotMade("domain-gone", f"{name} is being removed, so there is nothing to hand over.")
    if domain.held_at is not None:
        return NotMade("domain-suspended", why_suspended(domain))
    if not domain.is_verified and deny_list.covering(domain.domain_name) is not None:
        return NotMade("domain-denied", f"{name} is a name that we do not serve, so no records are needed.")
    count = select(func.count()).where(HandoverLink.custom_domain_id == domain.id, *_works(now))
    if (db.session.scalar(count) or 0) >= MOST:
        return NotMade("too-many-links", f"{MOST} links of {name} work already. Revoke one of them first.")
    today = HandoverLink.custom_domain_id == domain.id, HandoverLink.created_at > now - timedelta(days=1)
    if (db.session.scalar(select(func.count()).where(*today)) or 0) >= MOST_A_DAY:
        sentence = (
            f"{MOST_A_DAY} links of {name} were made in 24 hours, which is the limit. Make one tomorrow."
        )
        return NotMade("too-many-links", sentence)
    return None


def _said(code: str, link: HandoverLink) -> Message:
    return Message(code, {"name": link.custom_domain.domain_name, "made_for": link.made_for})


def revoke(link: HandoverLink, *, actor: Actor, now: datetime) -> bool:
    """End the link at once. False when it was revoked before."""
    if not _revoke(HandoverLink.id == link.id, now):
        return False
    db.session.refresh(link)
    note(link.custom_domain, EventKind.HANDOVER_REVOKED, _said("handover.revoked", link), actor)
    db.session.flush()
    return True


def revoke_all(domain_ids: Sequence[int], now: datetime) -> None:
    """End all links of these domains."""
    _revoke(HandoverLink.custom_domain_id.in_(domain_ids), now)


def _revoke(which: ColumnElement[bool], now: datetime) -> int:
    open_ones = update(HandoverLink).where(which, HandoverLink.revoked_at.is_(None))
    done = open_ones.values(revoked_at=now).execution_options(synchronize_session=False)
    return int(db.session.execute(done).rowcount)  # type: ignore[attr-defined]


def _works(now: datetime) -> tuple[ColumnElement[bool], ...]:
    """SQL: as far as the link's own row tells."""
    return HandoverLink.revoked_at.is_(None), HandoverLink.expires_at > now


def with_code(code: str, now: datetime) -> HandoverLink | None:
    """The link with this code if it works. None tells nobody why."""
    domain = LLMClientCustomDomain
    query = (
        select(HandoverLink)
        .join(domain, domain.id == HandoverLink.custom_domain_id)
        .where(
            HandoverLink.code == code,
            *_works(now),
            domain.account_id == HandoverLink.account_id,
            domain.state.not_in(GONE_STATES),
            domain.held_at.is_(None),
        )
    )
    link = db.session.scalar(query)
    if link is None or link.custom_domain.account.deleted_at is not None:
        return None
    held: LLMClientCustomDomain = link.custom_domain
    denied = not held.is_verified and deny_list.covering(held.domain_name) is not None
    return None if denied else link


def opened(link: HandoverLink, now: datetime) -> bool:
    """Remember when it was opened, once a minute at most. False when nothing was written."""
    before = HandoverLink.opened_at
    row = HandoverLink.id == link.id, or_(before.is_(None), before < now - _A_MINUTE)
    change = update(HandoverLink).where(*row).values(opened_at=now, updated_at=HandoverLink.updated_at)
    done = db.session.execute(change.execution_options(synchronize_session=False))
    return bool(done.rowcount)  # type: ignore[attr-defined]


def of_domain(domain: LLMClientCustomDomain, now: datetime) -> Sequence[HandoverLink]:
    """Those of its present account: all that work, newest first, and the newest of those that work no more."""
    mine = select(HandoverLink).where(
        HandoverLink.custom_domain_id == domain.id, HandoverLink.account_id == domain.account_id
    )
    newest = mine.order_by(HandoverLink.id.desc())
    over = or_(HandoverLink.revoked_at.is_not(None), HandoverLink.expires_at <= now)
    working = db.session.scalars(newest.where(*_works(now))).all()
    return [*working, *db.session.scalars(newest.where(over).limit(MOST_OVER))]


def stands(link: HandoverLink, now: datetime) -> bool:
    """Whether the link's own row lets it be opened."""
    return link.revoked_at is None and link.expires_at > now
