"""The text of an e-mail: one text for all notifications in it, in the words of the domain's page. Pure."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from webapp.dns.delegation import Verdict
from webapp.domain_page.context import DomainPage
from webapp.domain_page.proving.methods import ToType, how_many
from webapp.domain_page.status.status_text import refused_as
from webapp.domains.rules.status import Situation
from webapp.domains.suspension_notice import last_suspension
from webapp.messages.catalogue import sentence
from webapp.messages.formatting import clock, day, every, last_chance, one_line, shown
from webapp.models import DomainState, NotificationKind
from webapp.moves import words
from webapp.notifications import going_live
from webapp.notifications.rules.transition_rules import STANDS
from webapp.notifications.rules.untold import News
from webapp.probes import words as outside

_RECORDS = frozenset(
    {
        NotificationKind.ACTION_NEEDED,
        NotificationKind.FAILING,
        NotificationKind.FAILING_HALFWAY,
        NotificationKind.FAILING_LAST_DAY,
        NotificationKind.LAPSED,
        NotificationKind.CONTESTED,
        NotificationKind.MOVED_AWAY,
        NotificationKind.EXPIRED,
        NotificationKind.KEPT,
    }
)
#: Kinds whose e-mail names a date that a suspension moves.
_DATED = frozenset(
    {NotificationKind.ACTION_NEEDED, NotificationKind.FAILING_HALFWAY, NotificationKind.FAILING_LAST_DAY}
)


@dataclass(frozen=True)
class Occasions:
    """Dates and periods that e-mails name."""

    pending: timedelta
    last_warning: timedelta
    live_check: tuple[timedelta, timedelta]


@dataclass(frozen=True)
class EmailText:
    """`todo`: the records to add. `story`: a line for each of several notifications. `with_verify`: show Verify."""

    subject: str
    paragraphs: tuple[str, ...]
    todo: ToType | None
    story: tuple[str, ...]
    with_verify: bool = True


def lead(news: Sequence[News]) -> News:
    """The notification that gives the e-mail its subject: the latest, but a problem of the certificate comes before a
    later one that asks for nothing, or else the e-mail would say that all is well. (What is urgent comes alone.)
    """
    latest = news[-1]
    certificate = [one for one in news if one.kind is NotificationKind.CERTIFICATE_TROUBLE]
    calms = latest.kind not in _RECORDS | {NotificationKind.ON_HOLD}
    return certificate[-1] if certificate and calms else latest


def email_text(news: Sequence[News], page: DomainPage, occasions: Occasions, now: datetime) -> EmailText:
    """The text of an e-mail about `news`, which is in the order of time."""
    first = lead(news)
    draft = _Draft(first, page, occasions, now)
    standing = stands(first.kind, page)
    paragraphs = draft.paragraphs() if standing else draft.overtaken()
    return EmailText(
        subject=one_line(draft.subject() if standing else page.title),
        paragraphs=tuple(one_line(paragraph) for paragraph in paragraphs if paragraph),
        todo=page.todo if standing and draft.asks_for_records else None,
        story=tuple(f"{clock(one.occasion)}: {one_line(sentence(one.message))}" for one in news)
        if news[1:]
        else (),
        with_verify=not page.suspended,
    )


def stands(kind: NotificationKind, page: DomainPage) -> bool:
    """Whether a notification of this kind is still true. While a domain is suspended, only its suspension is; while
    an alarm lasts, only what is urgent, so that no e-mail says that nothing is needed."""
    of_all = kind is NotificationKind.ON_HOLD, kind is NotificationKind.WHOLE_DOMAIN
    fits = of_all == (page.suspended, page.alarming) and page.domain.state in STANDS[kind]
    return fits and (kind is not NotificationKind.CONTESTED or page.contested_from is not None)


class _Draft:
    """The sentences about one domain as it is now."""

    def __init__(self, news: News, page: DomainPage, occasions: Occasions, now: datetime) -> None:
        self.news, self.page, self.occasions, self.now = news, page, occasions, now
        self.name, self.told = shown(page.domain.domain_name), sentence(news.message)
        self.contact = page.contact

    def subject(self) -> str:
        return _SUBJECTS[self.news.kind](self)

    def paragraphs(self) -> Sequence[str]:
        return (*_BODIES[self.news.kind](self), self.uncounted())

    @property
    def asks_for_records(self) -> bool:
        """Whether the e-mail shows the records to add: it is about them, or they are all that is left to do."""
        if self.page.denied:
            return False
        if self.news.kind is NotificationKind.RELEASED:
            return (
                self.page.statement.who_acts == "you" and self.page.domain.state is not DomainState.VERIFIED
            )
        return self.news.kind in _RECORDS

    def overtaken(self) -> Sequence[str]:
        if self.page.suspended:
            return (self.told, *_suspended(self))
        if self.page.alarming:
            return (self.told, *self.standing())
        return (self.told, "This has changed since then; the page of the domain shows how it stands now.")

    @property
    def until(self) -> datetime:
        """When the state ends by itself: a pending domain is checked no longer, a failing one served no longer."""
        domain = self.page.domain
        return domain.grace_until or domain.state_changed_at + self.occasions.pending

    def standing(self) -> tuple[str, ...]:
        """How the domain stands and what to do about it, in the words of its page."""
        statement = self.page.statement
        return (*statement.sentences, statement.next_step)

    def uncounted(self) -> str:
        """Why the dates are later than in an earlier e-mail: a suspension does not count. Empty without one."""
        domain = self.page.domain
        span = (
            last_suspension(self.page.history, domain.state_changed_at) if self.news.kind in _DATED else None
        )
        if span is None:
            return ""
        return f"It was suspended from {clock(span[0])} to {clock(span[1])}; that time does not count."

    def leave_in_place(self) -> str:
        often = every(*self.occasions.live_check)
        return f"Leave the records in place: we check them again {often}, and write when something changes."


def _counted(draft: _Draft) -> str:
    """How many records of the set were found, or what else keeps the name from being verified."""
    report, page = draft.page.report, draft.page
    if page.denied:
        return "is a name that we do not serve"
    if report is not None and report.verdict is Verdict.VERIFIED:
        return f"is {refused_as(page.refused)}" if page.refused else "waits for its next check"
    if report is not None and report.verdict is Verdict.STALE_DS:
        return "has an old DS record"
    if page.statement.situation is Situation.RESERVED:
        return "is reserved and waits for your switch"
    return "is not ready" if page.todo is None else how_many(page.todo)


def _action_needed_subject(draft: _Draft) -> str:
    subject = f"Action needed: {draft.name} {_counted(draft)}"
    if draft.until - draft.now <= draft.occasions.last_warning:
        return f"{subject}, and we stop checking on {day(draft.until)}"
    return subject


def _action_needed(draft: _Draft) -> Sequence[str]:
    if draft.page.denied:
        return draft.standing()
    until = f"We check again by ourselves until {clock(draft.until)}."
    return (*draft.standing(), f"{until} After that, Verify on the domain’s page starts it again.")


def _failing(draft: _Draft) -> Sequence[str]:
    return (*draft.standing(), f"Until {clock(draft.until)} we go on serving it to whoever still reaches us.")


def _last_day(draft: _Draft) -> Sequence[str]:
    last = last_chance(draft.occasions.last_warning)
    return (f"This is the {last} to put the records back.", *_failing(draft))


def _lapsed(draft: _Draft) -> Sequence[str]:
    return (*draft.standing(), "One good check switches it on again; we check by ourselves, too.")


def _removed(draft: _Draft) -> Sequence[str]:
    calm = f"Nothing is needed from you. Whoever registers the name again {draft.page.words.anew}."
    return (draft.told, calm)


def _kept(draft: _Draft) -> Sequence[str]:
    return (draft.told, *draft.standing(), f"We check by ourselves until {clock(draft.until)}.")


def _certificate(draft: _Draft) -> Sequence[str]:
    calm = f"This is about the certificate alone; {draft.page.words.leave_alone}."
    return (draft.told, calm if draft.page.domain.state is DomainState.VERIFIED else "")


def _whole_domain_over(draft: _Draft) -> Sequence[str]:
    until = clock(datetime.fromisoformat(draft.news.message.params["until"]))
    return (draft.told, f"Resolvers may send some visitors to us until {until}.", *draft.standing())


def _suspended(draft: _Draft) -> Sequence[str]:
    """The reason and the contact, in the words of the page, and what can be done meanwhile."""
    leave = "Leave the records in place, so that it can go on where it was as soon as it is released."
    meanwhile = (
        "None of its dates runs meanwhile. You can remove it on its page, and change nothing else about it."
    )
    return (*draft.standing(), leave, meanwhile)


def _released(draft: _Draft) -> Sequence[str]:
    runs = "Its dates have moved by as long as it was suspended." if draft.page.domain.grace_until else ""
    return (draft.told, *draft.standing(), runs)


_HALF_IS_OVER = "Half of the time to put the records back is over."
_Subject = Callable[[_Draft], str]
_SUBJECTS: dict[NotificationKind, _Subject] = {
    NotificationKind.ACTION_NEEDED: _action_needed_subject,
    NotificationKind.VERIFIED: going_live.subject,
    NotificationKind.RECOVERED: lambda draft: f"Verified: {draft.name} leads to us again",
    NotificationKind.HANDED_OVER: lambda draft: f"Verified: {draft.name} has all its records",
    NotificationKind.FAILING: lambda draft: (
        f"Failing: {draft.name} will be switched off on {day(draft.until)}"
    ),
    NotificationKind.FAILING_HALFWAY: lambda draft: (
        f"Failing: {draft.name} will be switched off on {day(draft.until)}, half of the time is over"
    ),
    NotificationKind.FAILING_LAST_DAY: lambda draft: (
        f"Failing: {draft.name} will be switched off on {clock(draft.until)}, "
        f"this is the {last_chance(draft.occasions.last_warning)}"
    ),
    NotificationKind.LAPSED: lambda draft: f"Off: {draft.name} is no longer served",
    NotificationKind.CONTESTED: words.contested_subject,
    NotificationKind.MOVED_AWAY: words.moved_away_subject,
    NotificationKind.EXPIRED: lambda draft: f"Off: {draft.name}, we stopped checking its records",
    NotificationKind.REMOVED: lambda draft: f"Removed: {draft.name}",
    NotificationKind.KEPT: lambda draft: f"Kept: {draft.name} is not removed",
    NotificationKind.CERTIFICATE_TROUBLE: lambda draft: (
        f"Action needed: {draft.name} does not get its certificate"
    ),
    NotificationKind.WHOLE_DOMAIN: lambda draft: f"Act now: {draft.page.statement.headline}",
    NotificationKind.WHOLE_DOMAIN_OVER: lambda draft: (
        f"Over: {shown(draft.news.message.params['zone'])} is at its own name servers again"
    ),
    **outside.SUBJECTS,
    NotificationKind.ON_HOLD: lambda draft: (
        f"Suspended: {draft.name}{' is not served' if draft.page.domain.state.is_verified else ''}"
    ),
    NotificationKind.RELEASED: lambda one: (
        f"Released: {one.name}{' is served again' if one.page.domain.is_verified else ''}"
    ),
}
_BODIES: dict[NotificationKind, Callable[[_Draft], Sequence[str]]] = {
    NotificationKind.ACTION_NEEDED: _action_needed,
    NotificationKind.VERIFIED: going_live.body,
    NotificationKind.HANDED_OVER: going_live.body,
    NotificationKind.RECOVERED: lambda one: (f"{one.told} Nothing is needed from you.", one.leave_in_place()),
    NotificationKind.FAILING: _failing,
    NotificationKind.FAILING_HALFWAY: lambda draft: (_HALF_IS_OVER, *_failing(draft)),
    NotificationKind.FAILING_LAST_DAY: _last_day,
    NotificationKind.LAPSED: _lapsed,
    NotificationKind.EXPIRED: lambda draft: (*draft.standing(), "Nothing has to be registered again."),
    NotificationKind.CONTESTED: words.contested,
    NotificationKind.MOVED_AWAY: words.moved_away,
    NotificationKind.REMOVED: _removed,
    NotificationKind.KEPT: _kept,
    NotificationKind.CERTIFICATE_TROUBLE: _certificate,
    NotificationKind.ON_HOLD: _suspended,
    NotificationKind.WHOLE_DOMAIN: lambda draft: (*draft.standing(), "We write once more when it is over."),
    NotificationKind.WHOLE_DOMAIN_OVER: _whole_domain_over,
    NotificationKind.RELEASED: _released,
    **outside.BODIES,
}
