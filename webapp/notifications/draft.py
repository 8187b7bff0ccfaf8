"""What an e-mail knows of one domain as it is now, and the sentences that several kinds share. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from webapp.dns.delegation import Verdict
from webapp.domain_page.context import DomainPage
from webapp.domain_page.proving.methods import how_many
from webapp.domain_page.status.status_text import refused_as
from webapp.domains.suspension_notice import last_suspension
from webapp.messages.catalogue import sentence
from webapp.messages.formatting import clock, every, shown
from webapp.models import DomainState, NotificationKind
from webapp.notifications.rules.untold import News

RECORDS = frozenset(
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


class Draft:
    """The sentences about one domain as it is now."""

    def __init__(self, news: News, page: DomainPage, occasions: Occasions, now: datetime) -> None:
        self.news, self.page, self.occasions, self.now = news, page, occasions, now
        self.name, self.told = shown(page.domain.domain_name), sentence(news.message)
        self.contact = page.contact

    @property
    def asks_for_records(self) -> bool:
        """Whether the e-mail shows the records to add: it is about them, or they are all that is left to do."""
        if self.page.denied:
            return False
        if self.news.kind is NotificationKind.RELEASED:
            return (
                self.page.statement.who_acts == "you" and self.page.domain.state is not DomainState.VERIFIED
            )
        return self.news.kind in RECORDS

    @property
    def until(self) -> datetime:
        """When the state ends by itself: a pending domain is checked no longer, a failing one served no longer."""
        domain = self.page.domain
        return domain.grace_until or domain.state_changed_at + self.occasions.pending

    def standing(self) -> tuple[str, ...]:
        """How the domain stands and what to do about it, in the words of its page."""
        return (*self.page.statement.sentences, self.step)

    @property
    def step(self) -> str:
        """What to do. Where the records follow, a report has said it, and its page has every step."""
        if self.page.told_by_steps and self.asks_for_records:
            return "Then press Verify on its page, which shows each step."
        return self.page.statement.next_step

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

    def counted(self) -> str:
        """How many records of the set were found, or what else keeps the name from being verified."""
        report, page = self.page.report, self.page
        if page.denied:
            return "is a name that we do not serve"
        if report is not None and report.verdict is Verdict.VERIFIED:
            return f"is {refused_as(page.refused)}" if page.refused else "waits for its next check"
        if report is not None and report.verdict is Verdict.STALE_DS:
            return "has an old DS record"
        return "is not ready" if page.todo is None else how_many(page.todo)
