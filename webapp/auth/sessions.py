"""The browsers in which somebody is signed in: a row each, and how to end them.

A cookie, of the session or of “stay signed in”, holds the code of its row and nothing else. Without that row it signs
nobody in, so that signing out ends every copy of it. A row counts while its mark is that of the person's
`fs_uniquifier`, which a new password changes, while it is younger than SIGNED_IN_DAYS and, for staff, while it was
used within STAFF_IDLE_MINUTES.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from datetime import timedelta

from flask import Flask, current_app, g, request, session
from flask_login import user_logged_in, user_logged_out
from flask_security import current_user, login_user
from flask_security.utils import set_request_attr
from sqlalchemy import delete, or_, select
from sqlalchemy.orm import joinedload
from structlog.contextvars import bind_contextvars

from webapp.extensions import datastore, db, settings
from webapp.models import SignedIn, User, utcnow
from webapp.models.account import new_code
from webapp.runtime.requests.trusted_proxies import ASKED_BY_MACHINES

#: Where Flask-Login keeps what its cookies hold.
_KEY = "_user_id"
#: How exact “last used” is; a row need not be written for every request.
_PACE = timedelta(minutes=5)
#: Asked by machines, by the script of a page that stays open, or of no consequence.
_UNSEEN = ("static", "bootstrap.", *ASKED_BY_MACHINES, "favicon", "api_", "staff.figures")


def init_sessions(app: Flask) -> None:
    app.login_manager.user_loader(_person_of)  # type: ignore[attr-defined]
    app.before_request(_seen)
    user_logged_in.connect(_begin, app)
    user_logged_out.connect(_end, app)


def browsers_of(user: User) -> Sequence[SignedIn]:
    """Where this person is signed in, the one used last first."""
    rows = db.session.scalars(
        select(SignedIn)
        .where(SignedIn.user_id == user.id)
        .order_by(SignedIn.last_seen_at.desc(), SignedIn.id.desc())
    ).all()
    return [row for row in rows if _lives(row)]


def is_this(browser: SignedIn) -> bool:
    return bool(session.get(_KEY) == browser.code)


def sign_out_others(user: User) -> None:
    """End every session and every “stay signed in” of this person but this one."""
    remember = current_app.config["REMEMBER_COOKIE_NAME"] in request.cookies
    datastore.set_uniquifier(user)
    login_user(user, remember=remember, authn_via=["change"])


def _person_of(code: str) -> User | None:
    """Whose cookie this is, for Flask-Login."""
    row = db.session.scalar(
        select(SignedIn).options(joinedload(SignedIn.user)).where(SignedIn.code == str(code))
    )
    if row is None or not row.user.active or not _lives(row):
        return None
    g.signed_in = row
    bind_contextvars(person=row.user_id)
    set_request_attr("fs_authn_via", "session")
    set_request_attr("fs_paa", session.get("fs_paa", 0))
    return row.user


def _lives(row: SignedIn) -> bool:
    now, user = utcnow(), row.user
    if row.mark != _mark(user) or row.created_at < now - timedelta(days=settings().signed_in_days):
        return False
    return not user.is_staff or row.last_seen_at > now - timedelta(minutes=settings().staff_idle_minutes)


def _seen() -> None:
    if (request.endpoint or "static").startswith(_UNSEEN) or not current_user.is_authenticated:
        return
    row: SignedIn | None = g.get("signed_in")
    if row is None or utcnow() - row.last_seen_at < _PACE:
        return
    row.last_seen_at, row.address = utcnow(), request.remote_addr or ""
    db.session.commit()


def _begin(_app: Flask, user: User, **_more: object) -> None:
    """A row for this browser, whose code goes into the cookies; the rows of this person that nobody can use go, and
    so does the one that this browser had. Whoever signs somebody in commits.
    """
    db.session.flush()
    oldest = utcnow() - timedelta(days=settings().signed_in_days)
    before: SignedIn | None = g.pop("signed_in", None)
    useless = or_(SignedIn.mark != _mark(user), SignedIn.created_at < oldest)
    db.session.execute(delete(SignedIn).where(SignedIn.user_id == user.id, useless))
    if before is not None:
        db.session.execute(delete(SignedIn).where(SignedIn.code == before.code))
    row = SignedIn(
        user_id=user.id,
        code=new_code(),
        mark=_mark(user),
        user_agent=request.user_agent.string[:400],
        address=request.remote_addr or "",
        last_seen_at=utcnow(),
    )
    db.session.add(row)
    session[_KEY] = row.code
    bind_contextvars(person=user.id)


def _end(_app: Flask, **_more: object) -> None:
    row: SignedIn | None = g.pop("signed_in", None)
    if row is not None:
        db.session.execute(delete(SignedIn).where(SignedIn.code == row.code))
        db.session.commit()


def _mark(user: User) -> str:
    return hashlib.sha256(f"browser:{user.fs_uniquifier}".encode()).hexdigest()


_SYSTEMS = (
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Android", "Android"),
    ("Windows", "Windows"),
    ("Mac OS", "macOS"),
    ("CrOS", "ChromeOS"),
    ("Linux", "Linux"),
)
#: In this order: each of the later ones claims to be the next, too.
_PROGRAMS = (
    ("Edg", "Edge"),
    ("OPR/", "Opera"),
    ("Firefox/", "Firefox"),
    ("FxiOS/", "Firefox"),
    ("CriOS/", "Chrome"),
    ("Chrome/", "Chrome"),
    ("Safari/", "Safari"),
)


def device(user_agent: str) -> str:
    """For example “Firefox on Windows”."""
    program = _first(user_agent, _PROGRAMS)
    system = _first(user_agent, _SYSTEMS)
    if program and system:
        return f"{program} on {system}"
    return program or system or "A program that does not say what it is"


def _first(text: str, marks: Sequence[tuple[str, str]]) -> str | None:
    return next((word for mark, word in marks if mark in text), None)
