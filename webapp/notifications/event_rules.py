"""Which notification follows which event of a domain's history: a wrong answer, a certificate in trouble."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import select

from webapp.dns.delegation import Verdict
from webapp.domains import transitions
from webapp.extensions import db, settings
from webapp.jobs import clock
from webapp.messages.certificates import Explanation, explanation_of, nested
from webapp.models import (
    DomainState,
    Event,
    EventKind,
    LLMClientCustomDomain,
    Message,
    Notification,
    NotificationKind,
)
from webapp.notifications.rules import News, Periods, tell

#: Found, but wrong: “nothing there yet” is no wrong answer from somebody who has just registered.
WRONG = transitions.CONTRARY - {Verdict.NOT_DELEGATED} | {Verdict.STALE_DS}
#: The same trouble with a certificate is told again after so long.
SAME_TROUBLE = timedelta(days=7)
#: What may change about a problem without making it another one: dates, and how Amazon words it.
_INCIDENTAL = frozenset({"until", "why", "said"})


def on_event(event: Event) -> None:
    """Leave the news that follows from an event, in its transaction."""
    if event.kind is EventKind.VERDICT_CHANGED:
        _verdict_changed(event, clock.now())
    elif event.kind in {EventKind.CERTIFICATE_FAILED, EventKind.CERTIFICATE_TROUBLE}:
        _certificate_event(event, clock.now())


def _verdict_changed(event: Event, now: datetime) -> None:
    wrong_answer(_domain_of(event), Verdict((event.evidence or {})["verdict"]), now)


def wrong_answer(domain: LLMClientCustomDomain, verdict: Verdict, now: datetime) -> None:
    """The first wrong answer of a pending domain is told, if it lasts."""
    if domain.state is not DomainState.PENDING or verdict not in WRONG:
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
    """None for events that tell of no problem, and for those of releases that stored sentences."""
    found = (event.message.params if event.message else {}).get("problem")
    return nested(found) if found else None


def _is_told(kind: EventKind, explanation: Explanation) -> bool:
    """An e-mail is for what somebody has to do; what we repeat by ourselves stands in the history.

    Of an issued certificate that does not renew, people are told whoever acts.
    """
    if kind is EventKind.CERTIFICATE_TROUBLE:
        return True
    return explanation.who_acts == "you" or explanation.final


def certificate_trouble(domain: LLMClientCustomDomain, problem: Message, now: datetime) -> None:
    """Tell what is wrong and what to do. The same is told once a week, however often it is noticed."""
    if any(_is_same(problem, told) for told in _told_since(domain, now - SAME_TROUBLE)):
        return
    params = {"problem": {"code": problem.code, "params": dict(problem.params)}}
    message = Message("notification.certificate-trouble", params)
    tell(domain, News(NotificationKind.CERTIFICATE_TROUBLE, now, message), now)


def _told_since(domain: LLMClientCustomDomain, since: datetime) -> list[Message]:
    """The problems of the domain's certificates that its people were told of, by code."""
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
