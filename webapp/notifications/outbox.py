"""The outbox: which mailbox gets an e-mail, which worker sends it, and what the outcome was.

`claim` and `record` touch the database, `webapp.notifications.delivery` talks to the mail server; the task commits
between them. Two workers never send one e-mail: a worker claims the row by lease. An e-mail may still be sent twice:
when a worker is killed after the mail server has accepted it and before the commit, or when the connection breaks
before the server's answer arrives. The copy has the same Message-ID, so that mailboxes can tell it is one; after a
kill it tells the same notifications as well.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from email.utils import parseaddr

from sqlalchemy import ColumnElement, Exists, and_, exists, func, select, update
from sqlalchemy.orm import InstrumentedAttribute, aliased

from webapp.config.settings import Settings
from webapp.domain_page.reading import domain_page
from webapp.extensions import db, settings
from webapp.health.status import Fails, Works
from webapp.jobs.clock import has_come, is_of_the_future
from webapp.jobs.leases import BackOff, Job
from webapp.jobs.upsert import insert
from webapp.messages.formatting import one_line
from webapp.messages.sentences.notifications import LEGACY
from webapp.models import (
    DomainState,
    Email,
    EmailState,
    Message,
    Notification,
    NotificationKind,
    SystemStatus,
)
from webapp.models.notification import email_notifications
from webapp.notifications import emails
from webapp.notifications.addresses import further_address, is_told, recipients
from webapp.notifications.draft import Occasions
from webapp.notifications.parcels import Outcome, Parcel, Refused, Sent, ServerTrouble
from webapp.notifications.rules.transition_rules import Periods
from webapp.notifications.rules.untold import News

#: How long we retry a mailbox that refuses temporarily (RFC 5321, 4.5.4.1).
MAILBOX_PATIENCE = timedelta(days=5)
#: The pause between two tries of a mail server in trouble; it grows with the time that the trouble lasts.
SHORTEST_REST, LONGEST_REST = timedelta(seconds=15), timedelta(minutes=5)
#: The longest pause between two tries of a mailbox that refuses temporarily.
LONGEST_MAILBOX_PAUSE = timedelta(hours=2)
_MAILBOX = BackOff(first=300, most=LONGEST_MAILBOX_PAUSE.total_seconds(), factor=2)


def _longest_wait() -> timedelta:
    return max(timedelta(minutes=settings().mail_merge_minutes), LONGEST_MAILBOX_PAUSE)


#: The lease is longer than one e-mail takes when every step with the mail server runs into its time-out.
JOB = Job(Email.id, Email.next_attempt_at, lease=timedelta(minutes=5), longest=_longest_wait)
WAITING = Email.state == EmailState.WAITING
_URGENT = Notification.kind.in_([kind for kind in NotificationKind if kind.is_urgent])


def _open_news(now: datetime) -> ColumnElement[bool]:
    come = has_come(Notification.send_after, now, Periods.of(settings()).patience)
    return and_(Notification.sent_at.is_(None), Notification.cancelled_at.is_(None), come)


def _in_email(
    address: ColumnElement[str] | InstrumentedAttribute[str],
    *conditions: ColumnElement[bool],
    email: type[Email] = Email,
) -> Exists:
    """SQL: whether the notification of the outer query is in an e-mail to this mailbox. `email`: by which name, where
    the outer query has e-mails of its own.
    """
    return exists().where(
        email_notifications.c.mail_id == Notification.id,
        email_notifications.c.letter_id == email.id,
        email.address == address,
        *conditions,
    )


def write_emails(now: datetime, settings: Settings, limit: int = 1000) -> None:
    """Add a waiting e-mail for every mailbox that has not been told all of a domain's notifications.

    It is due `mail_merge_minutes` after the last e-mail to this mailbox about this domain, so that notifications of
    the meantime share one e-mail.
    """
    told = recipients()
    waiting = exists().where(
        Email.custom_domain_id == Notification.custom_domain_id,
        Email.address == told.c.address,
        Email.state == EmailState.WAITING,
    )
    last = (
        select(func.max(Email.sent_at))
        .where(Email.custom_domain_id == Notification.custom_domain_id, Email.address == told.c.address)
        .scalar_subquery()
    )
    untold = (
        select(Notification.custom_domain_id, told.c.address, last)
        .select_from(Notification)
        .join(told, told.c.account_id == Notification.account_id)
        .distinct()
    )
    rows = db.session.execute(
        untold.where(_open_news(now), ~_in_email(told.c.address), ~waiting).limit(limit)
    )
    rest = timedelta(minutes=settings.mail_merge_minutes)
    for domain_id, address, last_sent in rows.all():
        _write(domain_id, address, max(now, last_sent + rest) if last_sent else now, now)
    _hurry(now)
    _settle(now)


def _hurry(now: datetime) -> None:
    """Make waiting e-mails due that have something urgent to tell their mailbox, except those that a worker is
    sending (they have notifications already) and those that their mailbox refuses for now."""
    told = _in_email(Email.address, email=aliased(Email)).correlate(Notification, Email)
    urgent = select(Notification.custom_domain_id).where(_open_news(now), _URGENT, ~told)
    sending = exists().where(email_notifications.c.letter_id == Email.id)
    db.session.execute(
        update(Email)
        .where(
            Email.custom_domain_id.in_(urgent),
            WAITING,
            Email.attempts == 0,
            Email.next_attempt_at > now,
            ~sending,
        )
        .values(next_attempt_at=now)
        .execution_options(synchronize_session=False)
    )


def _write(domain_id: int, address: str, first_attempt: datetime, now: datetime) -> None:
    db.session.execute(
        insert(Email)
        .values(
            custom_domain_id=domain_id,
            address=address,
            state=EmailState.WAITING,
            next_attempt_at=first_attempt,
            created_at=now,
        )
        .on_conflict_do_nothing()
    )


def _settle(now: datetime, domain_id: int | None = None) -> None:
    """Mark notifications as sent once everybody has been told, and cancel those that nobody is to be told."""
    news = [_open_news(now)]
    if domain_id is not None:
        news.append(Notification.custom_domain_id == domain_id)
    people, closed = recipients(), Email.state != EmailState.WAITING
    lacking = (
        select(Notification.id)
        .join(people, people.c.account_id == Notification.account_id)
        .where(*news, ~_in_email(people.c.address, closed))
        .correlate(None)
    )
    told = exists().where(email_notifications.c.mail_id == Notification.id)
    change = (
        update(Notification)
        .where(*news, Notification.id.not_in(lacking))
        .execution_options(synchronize_session="fetch")
    )
    db.session.execute(change.where(told).values(sent_at=now))
    db.session.execute(change.where(~told).values(cancelled_at=now))


def due(now: datetime, limit: int = 200) -> Sequence[int]:
    """Ids of e-mails to send, most overdue first."""
    return JOB.due_ids(now, limit, WAITING)


def claim(email_id: int, now: datetime, settings: Settings) -> Parcel | None:
    """Claim the e-mail and write it. None when another worker has it, or when it has nothing to tell any more."""
    lease = JOB.claim(email_id, now, WAITING)
    if lease is None:
        return None
    email = db.session.get_one(Email, email_id, populate_existing=True)
    email.news = _contents(email, now)
    if not email.news:
        email.state = EmailState.DROPPED
    db.session.flush()
    return _parcel(email, lease, now, settings) if email.news else None


def _contents(email: Email, now: datetime) -> list[Notification]:
    """The notifications of the e-mail. If it has some already, a worker was killed that may have sent it: the copy
    then tells the same ones and no others.
    """
    if not is_told(email.custom_domain.account_id, email.address):
        return []
    if email.news:
        return [news for news in email.news if news.cancelled_at is None]
    return _untold(email, now)


def _untold(email: Email, now: datetime) -> list[Notification]:
    told = select(email_notifications.c.mail_id).join(Email, Email.id == email_notifications.c.letter_id)
    news = list(
        db.session.scalars(
            select(Notification)
            .where(
                Notification.custom_domain_id == email.custom_domain_id,
                _open_news(now),
                Notification.id.not_in(told.where(Email.address == email.address)),
            )
            .order_by(Notification.id)
        )
    )
    # What is urgent has an e-mail of its own. The rest shares the next one.
    return [one for one in news if one.kind.is_urgent] or news


def _parcel(email: Email, lease: datetime, now: datetime, settings: Settings) -> Parcel:
    domain, periods = email.custom_domain, Periods.of(settings)
    further = further_address(domain.account_id, email.address)
    occasions = Occasions(
        periods.pending,
        periods.last_warning,
        (timedelta(hours=settings.live_check_hours_min), timedelta(hours=settings.live_check_hours_max)),
    )
    news = [News(mail.kind, mail.occasion, _message_of(mail)) for mail in email.news]
    return Parcel(
        email_id=email.id,
        lease=lease,
        address=email.address,
        stop_code=further.code if further else None,
        message_id=_message_id(email, settings),
        text=emails.email_text(news, domain_page(domain, settings, now), occasions, now),
        host=domain.domain_name,
        account=one_line(f"{domain.account.name} ({domain.account.number})"),
        domain_id=None if domain.state is DomainState.REMOVED else domain.id,
        request_ids=tuple(sorted({mail.request_id for mail in email.news if mail.request_id})),
    )


def _message_of(notification: Notification) -> Message:
    """The notification's message, or the sentence of a row that an older release left unsent."""
    return notification.message or Message(LEGACY, {"sentence": notification.legacy_sentence or ""})


def _message_id(email: Email, settings: Settings) -> str:
    """The Message-ID, the same for every copy. The time tells it from an e-mail of another database with this id."""
    host = parseaddr(settings.mail_from)[1].rpartition("@")[2] or "localhost"
    written = f"{email.created_at.timestamp():.6f}"
    return f"<{settings.installation_id}.letter.{email.id}.{written}@{host}>"


def record(parcel: Parcel, outcome: Outcome, now: datetime) -> bool:
    """Store the outcome. False when the lease was lost, because then another worker has the e-mail."""
    email = db.session.get(Email, parcel.email_id, populate_existing=True, with_for_update=True)
    if email is None or email.state is not EmailState.WAITING or email.next_attempt_at != parcel.lease:
        return False
    email.attempts += 1
    match outcome:
        case Sent():
            email.state, email.sent_at, email.problem = EmailState.SENT, now, None
        case Refused():
            _refused(email, outcome, now)
        case ServerTrouble():
            _back(email, outcome.problem, now)
    db.session.flush()
    _settle(now, email.custom_domain_id)
    return True


def _refused(email: Email, refusal: Refused, now: datetime) -> None:
    if refusal.final or now - email.created_at > MAILBOX_PATIENCE:
        email.state, email.problem = EmailState.REFUSED, refusal.problem
    else:
        _back(email, refusal.problem, now + _MAILBOX.pause(email.attempts))


def _back(email: Email, problem: Message, next_attempt: datetime) -> None:
    """Put the e-mail back. Nobody got it, so that notifications of the meantime may still join it."""
    email.next_attempt_at, email.problem, email.news = next_attempt, problem, []


def rests(now: datetime) -> bool:
    """Whether to send nothing now, because the mail server was in trouble a moment ago.

    The pause grows with the time that the trouble lasts. The task stores the server's health after each e-mail.
    """
    status = db.session.get(SystemStatus, "mail", populate_existing=True)
    if status is None or status.trouble_since is None or is_of_the_future(status.updated_at, now):
        return False
    lasted = (status.updated_at - status.trouble_since) / 2
    return now < status.updated_at + min(max(lasted, SHORTEST_REST), LONGEST_REST)


def health_of(outcome: Outcome) -> Works | Fails:
    """The mail server's health after this outcome. A server that refuses one mailbox works."""
    return Fails(outcome.problem) if isinstance(outcome, ServerTrouble) else Works()
