"""What staff see of one person: how they sign in, and what keeps them out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from sqlalchemy import or_, select
from sqlalchemy.orm import joinedload

from webapp.abuse import stranger_mail
from webapp.abuse.tries import Tries, tries_of
from webapp.audit.history import Entry, fold
from webapp.auth.doors import is_taken
from webapp.auth.sessions import browsers_of
from webapp.extensions import db
from webapp.models import Event, EventKind, Membership, User
from webapp.staff.queries.ranges import ids_of

#: How many accounts of a person, and how many acts of staff, the page shows.
MOST_ACCOUNTS, MOST_ACTS = 20, 10
_ACTS = (EventKind.USER_TRIES, EventKind.USER_MAILED, EventKind.USER_SECOND_FACTOR)


@dataclass(frozen=True)
class PersonFacts:
    """`tries`: None while their counters cannot be asked. `acts`: what was done for them, newest first. Times are
    aware, unlike those of Flask-Security's columns.
    """

    person: User
    since: datetime | None
    confirmed_at: datetime | None
    signed_in_at: datetime | None
    browsers: int
    tries: Sequence[Tries] | None
    wants_no_mail: bool
    memberships: Sequence[Membership]
    acts: Sequence[Entry]

    @property
    def taken(self) -> bool:
        return is_taken(self.person)

    @property
    def kept_out(self) -> str | None:
        """What keeps the person out now, as far as it can be known, as the id of a sentence of the page."""
        if not self.person.active:
            return "locked"
        if self.person.confirmed_at is None:
            return "unconfirmed"
        return "tries" if any(one.used_up for one in self.tries or ()) else None

    @property
    def second_factor(self) -> bool:
        return bool(self.person.tf_primary_method)


def person_facts(person: User) -> PersonFacts:
    memberships = db.session.scalars(
        select(Membership)
        .options(joinedload(Membership.account))
        .where(Membership.user_id == person.id)
        .order_by(Membership.id)
        .limit(MOST_ACCOUNTS)
    ).all()
    return PersonFacts(
        person,
        since=_aware(person.create_datetime),
        confirmed_at=_aware(person.confirmed_at),
        signed_in_at=_aware(person.current_login_at or person.last_login_at),
        browsers=len(browsers_of(person)),
        tries=tries_of(person),
        wants_no_mail=stranger_mail.is_stopped(person.email),
        memberships=memberships,
        acts=fold(_acts_for([one.account_id for one in memberships], person.email)),
    )


def _acts_for(account_ids: Sequence[int], email: str) -> Sequence[Event]:
    """Those in the first of the accounts, since each of them has the same; and those from before there was one."""
    mine = (
        or_(Event.account_id.is_(None), Event.account_id.in_(account_ids[:1])),
        Event.message_params["email"].as_string() == email,
    )
    newest = Event.created_at.desc(), Event.id.desc()
    # Each kind by itself, which is a range of the index on it: for all three a database may read every event.
    found = [
        select(Event.id.label("id")).where(Event.kind == kind, *mine).order_by(*newest).limit(MOST_ACTS)
        for kind in _ACTS
    ]
    acts = select(Event).where(Event.id.in_(ids_of(found))).order_by(*newest).limit(MOST_ACTS)
    return db.session.scalars(acts).all()


def _aware(moment: datetime | None) -> datetime | None:
    return moment.replace(tzinfo=UTC) if moment else None
