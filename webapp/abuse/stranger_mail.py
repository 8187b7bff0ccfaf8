"""E-mail for which anybody can have asked, such as invitations and links to an account: how many, and how a mailbox
ends them for good.

Whoever types an address can have Nameplate write to anybody. Without a count for each mailbox, many accounts and
many machines together are a way to flood one; without a stop, its owner has no way out. Links to a new password and
the way in go to people who have a sign-in, are none of these, and cannot be stopped.
"""

from __future__ import annotations

import hashlib

from flask import abort
from sqlalchemy import delete, select

from webapp.abuse.counters import take
from webapp.abuse.whom import normal_address
from webapp.extensions import db
from webapp.models import Account, MailStop

A_DAY = "3 per day"
OF_AN_ACCOUNT = "30 per hour"


def may_write(email: str) -> bool:
    """Whether an e-mail that a stranger may have asked for goes to this mailbox now, which then counts."""
    return not is_stopped(email) and _take(email)


def refusal(account: Account, email: str) -> str | None:
    """Why no e-mail of `account` goes to this mailbox now, as a sentence; None when one may, which then counts.

    Ends the request with 429 when the account itself has sent too many.
    """
    if is_stopped(email):
        return f"Whoever reads {email} asked us for no more invitations. Ask them in another way."
    if not take(OF_AN_ACCOUNT, "stranger-mail-of-account", str(account.id)):
        abort(429)
    if not _take(email):
        return f"{email} was sent {A_DAY[0]} such e-mails today. Send the next one tomorrow."
    return None


def is_stopped(email: str) -> bool:
    return db.session.scalar(select(MailStop.id).where(MailStop.address_hash == _hash(email))) is not None


def stop(email: str) -> None:
    """Doing it twice changes nothing."""
    if not is_stopped(email):
        db.session.add(MailStop(address_hash=_hash(email)))
        db.session.flush()


def allow(email: str) -> None:
    db.session.execute(delete(MailStop).where(MailStop.address_hash == _hash(email)))


def _take(email: str) -> bool:
    return take(A_DAY, "stranger-mail-to", _hash(email))


def _hash(email: str) -> str:
    return hashlib.sha256(normal_address(email).encode()).hexdigest()
