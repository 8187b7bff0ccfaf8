"""Which notification follows which event: a first wrong answer, an alarm, a contest for the name, a problem of the
certificate, a live name that stopped working.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import func, select

from webapp.dns.delegation import Verdict
from webapp.extensions import db, settings
from webapp.jobs import clock
from webapp.messages.sentences.certificates import Explanation, explanation_of, nested
from webapp.messages.sentences.probes import who_acts
from webapp.models import (
    Account,
    DomainState,
    Event,
    EventKind,
    LLMClientCustomDomain,
    Message,
    Notification,
    NotificationKind,
)
from webapp.notifications.rules.transition_rules import Periods
from webapp.notifications.rules.untold import News, cancel_of, release, tell
from webapp.probes.judge import WARNINGS

#: The time after which people are notified again of the same problem of a certificate.
SAME_TROUBLE = timedelta(days=7)
#: Of the last warning before a certificate ends people are told, whatever they were told before.
LAST_DAYS, LATELY = min(days for days, _ in WARNINGS), timedelta(days=14)
#: Where names of so many other accounts had the same within a day, and of one in so many, the cause is ours, and
#: staff see it. Looks come once a day, so that a shorter time would not see it.
MOST_ACCOUNTS, ONE_IN, AT_ONCE = 20, 200, timedelta(days=1)
#: So many events are looked through for it.
_LOOKED_THROUGH = 5000
#: Parameters that do not make a problem another one when they change: dates, and the words of AWS.
_INCIDENTAL = frozenset({"until", "why", "said"})


def on_event(event: Event) -> None:
    """Add the notification that follows from an event, in the event's transaction."""
    if event.kind is EventKind.VERDICT_CHANGED:
        _verdict_changed(event, clock.now())
    elif event.kind is EventKind.ALARM_BEGUN:
        _alarm_begun(event, clock.now())
    elif event.kind is EventKind.ALARM_ENDED:
        _alarm_ended(event, clock.now())
    elif event.kind is EventKind.CLAIM_CONTESTED:
        _contested(event, clock.now())
    elif event.kind is EventKind.NOT_LIVE:
        _not_live(event, clock.now())
    elif event.kind is EventKind.LIVE:
        # The e-mail that the name is verified has waited for this.
        release(_domain_of(event), NotificationKind.VERIFIED, clock.now())
    elif event.kind is EventKind.LIVE_AGAIN:
        _live_again(event, clock.now())
    elif event.kind is EventKind.CERTIFICATE_ENDS:
        _certificate_ends(event, clock.now())
    elif event.kind in {EventKind.CERTIFICATE_FAILED, EventKind.CERTIFICATE_TROUBLE}:
        _certificate_event(event, clock.now())


def _verdict_changed(event: Event, now: datetime) -> None:
    wrong_answer(_domain_of(event), Verdict((event.evidence or {})["verdict"]), now)


def _alarm_begun(event: Event, now: datetime) -> None:
    """Notify people at once: not only this name is down."""
    kind = NotificationKind.WHOLE_DOMAIN
    tell(_domain_of(event), News(kind, now, Message(f"notification.{kind.value}", _params(event))), now)


def _alarm_ended(event: Event, now: datetime) -> None:
    """Notify people that it is over, unless they were never told that it began."""
    domain, kind = _domain_of(event), NotificationKind.WHOLE_DOMAIN_OVER
    if not cancel_of([domain.id], [NotificationKind.WHOLE_DOMAIN], now):
        tell(domain, News(kind, now, Message(f"notification.{kind.value}", _params(event))), now)


def _contested(event: Event, now: datetime) -> None:
    """Warn whoever holds the name: minutes are left to put the records back."""
    kind = NotificationKind.CONTESTED
    tell(_domain_of(event), News(kind, now, Message(f"notification.{kind.value}", _params(event))), now)


def _not_live(event: Event, now: datetime) -> None:
    """Notify people of what they can change. An edge of ours that is away is told by the page, and to staff: it would
    be an e-mail to every customer.
    """
    seen = nested(_params(event)["seen"])
    if who_acts(seen) == "you" and not _is_common(event, now):
        _tell_event(event, NotificationKind.NOT_LIVE, _since(event), now)


def _live_again(event: Event, now: datetime) -> None:
    """Notify people that it works again, unless they were never told that it did not."""
    domain, kind = _domain_of(event), NotificationKind.NOT_LIVE
    if cancel_of([domain.id], [kind], now):
        return
    told = Notification.custom_domain_id == domain.id, Notification.kind == kind
    query = select(Notification.id).where(
        *told, Notification.occasion == _since(event), Notification.sent_at.is_not(None)
    )
    if db.session.scalar(query) is not None:
        _tell_event(event, NotificationKind.LIVE_AGAIN, now, now)


def _since(event: Event) -> datetime:
    return datetime.fromisoformat(_params(event)["since"])


def _certificate_ends(event: Event, now: datetime) -> None:
    """Notify people, unless they were told of this certificate's trouble at ACM not long ago: of the first warning
    here then nothing is new.
    """
    params = _params(event)
    if params["days"] > LAST_DAYS and _told_since(_domain_of(event), now - LATELY):
        return
    if _is_common(event, now):
        return
    _tell_event(event, NotificationKind.CERTIFICATE_ENDS, now, now)


def _is_common(event: Event, now: datetime) -> bool:
    """Whether the same happens to many accounts at once. Their number counts, so that nobody's many names keep others
    from being told.
    """
    domain, own = LLMClientCustomDomain, _domain_of(event).account_id
    same = Event.kind == event.kind, Event.created_at > now - AT_ONCE
    query = select(Event.custom_domain_id).where(*same).order_by(Event.created_at.desc())
    lately = query.limit(_LOOKED_THROUGH).subquery()
    accounts = select(func.count(domain.account_id.distinct())).join(
        lately, lately.c.custom_domain_id == domain.id
    )
    others = db.session.scalar(accounts.where(domain.account_id != own)) or 0
    if others < MOST_ACCOUNTS:
        return False
    all_accounts = db.session.scalar(select(func.count(Account.id))) or 0
    return others >= min(all_accounts // ONE_IN, _LOOKED_THROUGH // 2)


def _tell_event(event: Event, kind: NotificationKind, occasion: datetime, now: datetime) -> None:
    """Notify people in the parameters of the event."""
    message = Message(f"notification.{kind.value}", _params(event))
    tell(_domain_of(event), News(kind, occasion, message), now)


def _params(event: Event) -> dict[str, Any]:
    return dict(event.message.params) if event.message else {}


def wrong_answer(domain: LLMClientCustomDomain, verdict: Verdict, now: datetime) -> None:
    """Notify people of the first wrong answer of a pending domain, unless it is corrected within `patience`."""
    if domain.state is not DomainState.PENDING or not verdict.facts.mistake:
        return
    message = Message("notification.wrong-answer", {"name": domain.domain_name})
    patience = Periods.of(settings()).patience
    tell(domain, News(NotificationKind.ACTION_NEEDED, domain.state_changed_at, message), now + patience)


def _certificate_event(event: Event, now: datetime) -> None:
    problem = _problem_of(event)
    explanation = explanation_of(problem)
    if problem is not None and explanation is not None and _is_told(event.kind, explanation):
        certificate_trouble(_domain_of(event), problem, now)


def _problem_of(event: Event) -> Message | None:
    """The event's problem. None without one, and for events of releases that stored sentences."""
    found = (event.message.params if event.message else {}).get("problem")
    return nested(found) if found else None


def _is_told(kind: EventKind, explanation: Explanation) -> bool:
    """Whether people get an e-mail about the problem: when they have to act, or when we do not try again.

    When an issued certificate does not renew, they get one in any case, because its host may stop working.
    """
    if kind is EventKind.CERTIFICATE_TROUBLE:
        return True
    return explanation.who_acts == "you" or explanation.final


def certificate_trouble(domain: LLMClientCustomDomain, problem: Message, now: datetime) -> None:
    """Notify people of a problem: at most once in `SAME_TROUBLE`, however often the same problem is seen."""
    if any(_is_same(problem, told) for told in _told_since(domain, now - SAME_TROUBLE)):
        return
    said = {"problem": problem.as_param(), "contact": settings().contact}
    message = Message("notification.certificate-trouble", said)
    tell(domain, News(NotificationKind.CERTIFICATE_TROUBLE, now, message), now)


def _told_since(domain: LLMClientCustomDomain, since: datetime) -> list[Message]:
    """The problems of certificates that the domain's people were notified of after `since`."""
    rows = db.session.scalars(
        select(Notification).where(
            Notification.custom_domain_id == domain.id,
            Notification.kind == NotificationKind.CERTIFICATE_TROUBLE,
            Notification.occasion > since,
        )
    )
    told = [row.message.params.get("problem") for row in rows if row.message is not None]
    return [nested(problem) for problem in told if problem]


def _is_same(one: Message, other: Message) -> bool:
    return one.code == other.code and _lasting(one) == _lasting(other)


def _lasting(problem: Message) -> dict[str, object]:
    return {name: value for name, value in problem.params.items() if name not in _INCIDENTAL}


def _domain_of(event: Event) -> LLMClientCustomDomain:
    return db.session.get_one(LLMClientCustomDomain, event.custom_domain_id)
