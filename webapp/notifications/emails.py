"""The text of an e-mail: one text for all notifications in it, in the words of the domain's page. Pure."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from webapp.domain_page.context import DomainPage
from webapp.domain_page.proving.methods import ToType
from webapp.domains.rules.status import Situation
from webapp.messages.catalogue import sentence
from webapp.messages.formatting import clock, date, last_chance, one_line, shown
from webapp.models import DomainState, NotificationKind
from webapp.moves import words
from webapp.notifications import going_live
from webapp.notifications.draft import RECORDS, Draft, Occasions
from webapp.notifications.rules.transition_rules import STANDS
from webapp.notifications.rules.untold import News
from webapp.probes import words as outside


@dataclass(frozen=True)
class EmailText:
    """`paragraphs`: what happened, then what to do and until when. Below the link stand `todo`, the records to add,
    `details`, and `story`, a line for each of several notifications.
    """

    subject: str
    paragraphs: tuple[str, ...]
    todo: ToType | None
    story: tuple[str, ...]
    details: tuple[str, ...] = ()


def lead(news: Sequence[News]) -> News:
    """The notification that gives the e-mail its subject: the latest, but a problem of the certificate comes before a
    later one that asks for nothing, or else the e-mail would say that all is well. (What is urgent comes alone.)
    """
    latest = news[-1]
    certificate = [one for one in news if one.kind is NotificationKind.CERTIFICATE_TROUBLE]
    calms = latest.kind not in RECORDS | {NotificationKind.ON_HOLD}
    return certificate[-1] if certificate and calms else latest


def email_text(news: Sequence[News], page: DomainPage, occasions: Occasions, now: datetime) -> EmailText:
    """The text of an e-mail about `news`, which is in the order of time."""
    first = lead(news)
    draft = Draft(first, page, occasions, now)
    standing = stands(first.kind, page)
    return EmailText(
        subject=one_line(_SUBJECTS[first.kind](draft) if standing else page.title),
        paragraphs=_lines(_BODIES[first.kind](draft) if standing else _overtaken(draft)),
        details=_lines((*_DETAILS.get(first.kind, _nothing)(draft), draft.uncounted())) if standing else (),
        todo=page.todo if standing and draft.asks_for_records else None,
        story=tuple(f"{clock(one.occasion)}: {one_line(sentence(one.message))}" for one in news)
        if news[1:]
        else (),
    )


def _lines(paragraphs: Sequence[str]) -> tuple[str, ...]:
    return tuple(one_line(paragraph) for paragraph in paragraphs if paragraph)


def stands(kind: NotificationKind, page: DomainPage) -> bool:
    """Whether a notification of this kind is still true. While a domain is suspended, only its suspension is; while
    an alarm lasts, only what is urgent, so that no e-mail says that nothing is needed."""
    of_all = kind is NotificationKind.ON_HOLD, kind is NotificationKind.WHOLE_DOMAIN
    fits = of_all == (page.suspended, page.alarming) and page.domain.state in STANDS[kind]
    return fits and (kind is not NotificationKind.CONTESTED or page.contested_from is not None)


def _overtaken(draft: Draft) -> Sequence[str]:
    if draft.page.suspended:
        return (draft.told, *_suspended(draft))
    if draft.page.alarming:
        return (draft.told, *draft.standing())
    return (draft.told, "This has changed since then; the page of the domain shows how it stands now.")


def _nothing(_: Draft) -> Sequence[str]:
    return ()


def _action_needed_subject(draft: Draft) -> str:
    if draft.page.statement.situation is Situation.RESERVED:
        return f"Reserved: {draft.name} waits for your switch"
    last = draft.until - draft.now <= draft.occasions.last_warning
    return f"Action needed{f' by {date(draft.until)}' if last else ''}: {draft.name} {draft.counted()}"


def _action_needed(draft: Draft) -> Sequence[str]:
    if draft.page.denied:
        return draft.standing()
    reserved = draft.page.statement.situation is Situation.RESERVED
    waits = "waits for your switch, and nobody else can use it here"
    how = waits if reserved else f"is not live yet: it {draft.counted()}"
    until = f"We check by ourselves until {clock(draft.until)}. After that, Verify starts it again."
    return (f"{draft.name} {how}.", *draft.standing(), until)


def _half_way(draft: Draft) -> Sequence[str]:
    return (f"Half of the time to put the records of {draft.name} back is over.", *draft.standing())


def _last_day(draft: Draft) -> Sequence[str]:
    last = last_chance(draft.occasions.last_warning)
    return (f"This is the {last} to put the records of {draft.name} back.", *draft.standing())


def _removed(draft: Draft) -> Sequence[str]:
    return (draft.told, "Nothing is needed from you.")


def _kept(draft: Draft) -> Sequence[str]:
    return (draft.told, *draft.standing(), f"We check by ourselves until {clock(draft.until)}.")


def _certificate(draft: Draft) -> Sequence[str]:
    problem = f"The certificate of {draft.name} has a problem; browsers open no name without a valid one."
    return (problem, draft.told)


def _certificate_alone(draft: Draft) -> Sequence[str]:
    calm = f"This is about the certificate alone; {draft.page.words.leave_alone}."
    return (calm if draft.page.domain.state is DomainState.VERIFIED else "",)


def _whole_domain(draft: Draft) -> Sequence[str]:
    say = draft.page.statement
    return (f"{say.headline}.", say.next_step, "We write once more when it is over.")


def _whole_domain_over(draft: Draft) -> Sequence[str]:
    until = clock(datetime.fromisoformat(draft.news.message.params["until"]))
    return (draft.told, f"Some visitors may still be sent to us until {until}.", *draft.standing())


def _suspended(draft: Draft) -> Sequence[str]:
    """The reason and the contact, in the words of the page."""
    why, *_ = draft.page.statement.sentences
    return (f"{draft.name} is suspended, and is not served meanwhile.", why, draft.page.statement.next_step)


def _while_suspended(_: Draft) -> Sequence[str]:
    """What can be done meanwhile."""
    leave = "Leave the records in place, so that it can go on where it was as soon as it is released."
    return (
        f"{leave} None of its dates runs meanwhile. You can remove it on its page, and change nothing else about it.",
    )


def _released(draft: Draft) -> Sequence[str]:
    runs = "Its dates have moved by as long as it was suspended." if draft.page.domain.grace_until else ""
    return (draft.told, *draft.standing(), runs)


_Subject = Callable[[Draft], str]
_SUBJECTS: dict[NotificationKind, _Subject] = {
    NotificationKind.ACTION_NEEDED: _action_needed_subject,
    NotificationKind.VERIFIED: going_live.subject,
    NotificationKind.RECOVERED: lambda draft: f"Verified: {draft.name} leads to us again",
    NotificationKind.HANDED_OVER: lambda draft: f"Verified: {draft.name} has all its records",
    NotificationKind.FAILING: lambda draft: f"Failing: {draft.name} is switched off on {date(draft.until)}",
    NotificationKind.FAILING_HALFWAY: lambda draft: (
        f"Half the time left: {draft.name} is off from {date(draft.until)}"
    ),
    NotificationKind.FAILING_LAST_DAY: lambda draft: (
        f"{last_chance(draft.occasions.last_warning).capitalize()}: {draft.name} is switched off on "
        f"{date(draft.until)}"
    ),
    NotificationKind.LAPSED: lambda draft: f"Off: {draft.name} is no longer served",
    NotificationKind.CONTESTED: words.contested_subject,
    NotificationKind.MOVED_AWAY: words.moved_away_subject,
    NotificationKind.EXPIRED: lambda draft: f"Off: we stopped checking {draft.name}",
    NotificationKind.REMOVED: lambda draft: f"Removed: {draft.name}",
    NotificationKind.KEPT: lambda draft: f"Kept: {draft.name} is not removed",
    NotificationKind.CERTIFICATE_TROUBLE: lambda draft: f"Action needed: the certificate of {draft.name}",
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
_BODIES: dict[NotificationKind, Callable[[Draft], Sequence[str]]] = {
    NotificationKind.ACTION_NEEDED: _action_needed,
    NotificationKind.VERIFIED: going_live.body,
    NotificationKind.HANDED_OVER: going_live.body,
    NotificationKind.RECOVERED: lambda one: (f"{one.told} Nothing is needed from you.",),
    NotificationKind.FAILING: Draft.standing,
    NotificationKind.FAILING_HALFWAY: _half_way,
    NotificationKind.FAILING_LAST_DAY: _last_day,
    NotificationKind.LAPSED: Draft.standing,
    NotificationKind.EXPIRED: Draft.standing,
    NotificationKind.CONTESTED: words.contested,
    NotificationKind.MOVED_AWAY: words.moved_away,
    NotificationKind.REMOVED: _removed,
    NotificationKind.KEPT: _kept,
    NotificationKind.CERTIFICATE_TROUBLE: _certificate,
    NotificationKind.ON_HOLD: _suspended,
    NotificationKind.WHOLE_DOMAIN: _whole_domain,
    NotificationKind.WHOLE_DOMAIN_OVER: _whole_domain_over,
    NotificationKind.RELEASED: _released,
    **outside.BODIES,
}


def _still_served(draft: Draft) -> Sequence[str]:
    return (f"Until {clock(draft.until)} we go on serving it to whoever still reaches us.",)


#: What calms, or is for those who want to know more. It stands below the records.
_DETAILS: dict[NotificationKind, Callable[[Draft], Sequence[str]]] = {
    NotificationKind.VERIFIED: going_live.details,
    NotificationKind.HANDED_OVER: going_live.details,
    NotificationKind.RECOVERED: going_live.details,
    NotificationKind.FAILING: _still_served,
    NotificationKind.FAILING_HALFWAY: _still_served,
    NotificationKind.FAILING_LAST_DAY: _still_served,
    NotificationKind.LAPSED: lambda _: ("One good check switches it on again; we check by ourselves, too.",),
    NotificationKind.EXPIRED: lambda _: ("Nothing has to be registered again.",),
    NotificationKind.REMOVED: lambda one: (f"Whoever registers the name again {one.page.words.anew}.",),
    NotificationKind.CERTIFICATE_TROUBLE: _certificate_alone,
    NotificationKind.ON_HOLD: _while_suspended,
    NotificationKind.WHOLE_DOMAIN: lambda one: one.page.statement.sentences,
    **outside.DETAILS,
}
