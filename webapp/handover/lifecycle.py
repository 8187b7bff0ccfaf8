"""What a transition of a domain does to its links: they end, or their makers are told that all records are there."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select, update

from webapp.domains.lifecycle import Transition, TransitionKind
from webapp.extensions import db
from webapp.handover.links import revoke_all
from webapp.jobs import together
from webapp.models import DomainState, HandoverLink, LLMClientCustomDomain, Message, NotificationKind
from webapp.notifications.rules.untold import News, tell

_Rows = Sequence[tuple[LLMClientCustomDomain, datetime]]


def on_transition(domain: LLMClientCustomDomain, *, transition: Transition) -> None:
    if transition.kind is TransitionKind.SUSPENDED or domain.state.is_gone:
        together.send(_end, domain.id, (domain, transition.now))
    elif transition.kind is TransitionKind.STATE and domain.state is DomainState.VERIFIED:
        together.send(_done, domain.id, (domain, transition.now))


def _end(rows: _Rows) -> None:
    revoke_all([domain.id for domain, _ in rows], max(now for _, now in rows))


def _done(rows: _Rows) -> None:
    """Whoever made a link asked to be told. It says once that its work is done, however often the name fails and
    recovers later.
    """
    now = max(now for _, now in rows)
    domains = {domain.id: domain for domain, _ in rows}
    query = select(HandoverLink).where(
        HandoverLink.custom_domain_id.in_(domains),
        HandoverLink.done_at.is_(None),
        HandoverLink.revoked_at.is_(None),
        HandoverLink.expires_at > now,
    )
    found: dict[int, list[HandoverLink]] = {}
    for link in db.session.scalars(query.order_by(HandoverLink.id)):
        found.setdefault(link.custom_domain_id, []).append(link)
    links = [link.id for of_domain in found.values() for link in of_domain]
    if not links:
        return
    ids = HandoverLink.id.in_(links)
    db.session.execute(update(HandoverLink).where(ids).values(done_at=now))
    for domain_id, of_domain in found.items():
        domain = domains[domain_id]
        for_whom = list(dict.fromkeys(link.made_for for link in of_domain))
        params = {"name": domain.domain_name, "made_for": for_whom}
        kind = NotificationKind.HANDED_OVER
        tell(domain, News(kind, now, Message(f"notification.{kind.value}", params)), now)
