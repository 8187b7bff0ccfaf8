"""The browsers in which somebody is signed in, and how to end all but one.

What lets a browser in is its cookie, which holds the person’s `fs_uniquifier`; a new one ends every cookie with the
old. The rows are for people to look at, and are worth something only while their mark is that of the uniquifier.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from datetime import timedelta

from flask import Flask, request, session
from flask_login import COOKIE_NAME, user_logged_out
from flask_security import current_user, login_user
from sqlalchemy import delete, or_, select

from webapp.auth.access import me
from webapp.extensions import datastore, db
from webapp.models import SignedIn, User, utcnow
from webapp.models.account import new_code

_KEY = "browser"
#: How exact “last used” is; a row need not be written for every request.
_PACE = timedelta(minutes=5)
#: Longer than this nobody comes back with a cookie (Flask's own limit for sessions).
_KEPT = timedelta(days=31)
#: Asked by machines, or of no consequence.
_UNSEEN = ("static", "bootstrap.", "edge.", "system.", "favicon")


def init_sessions(app: Flask) -> None:
    app.before_request(_seen)
    user_logged_out.connect(_forget, app)


def browsers_of(user: User) -> Sequence[SignedIn]:
    """Where this person is signed in, the one used last first."""
    return db.session.scalars(
        select(SignedIn)
        .where(
            SignedIn.user_id == user.id,
            SignedIn.mark == _mark(user),
            SignedIn.last_seen_at > utcnow() - _KEPT,
        )
        .order_by(SignedIn.last_seen_at.desc(), SignedIn.id.desc())
    ).all()


def is_this(browser: SignedIn) -> bool:
    return bool(session.get(_KEY) == browser.code)


def sign_out_others(user: User) -> None:
    """End every session and every “stay signed in” of this person but this one."""
    remember = COOKIE_NAME in request.cookies
    datastore.set_uniquifier(user)
    login_user(user, remember=remember, authn_via=["change"])
    db.session.execute(delete(SignedIn).where(SignedIn.user_id == user.id, SignedIn.mark != _mark(user)))
    _note_browser(user)


def _seen() -> None:
    if (request.endpoint or "static").startswith(_UNSEEN) or not current_user.is_authenticated:
        return
    user = me()
    browser = _this_browser(user)
    if browser is None:
        _note_browser(user)
    elif utcnow() - browser.last_seen_at < _PACE:
        return
    else:
        browser.last_seen_at, browser.address = utcnow(), request.remote_addr or ""
    db.session.commit()


def _this_browser(user: User) -> SignedIn | None:
    """None for one that just came in, and for one whose secret was changed under it, as by a new password."""
    code = session.get(_KEY)
    if code is None:
        return None
    return db.session.scalar(
        select(SignedIn).where(
            SignedIn.code == code, SignedIn.user_id == user.id, SignedIn.mark == _mark(user)
        )
    )


def _note_browser(user: User) -> None:
    """A row for this browser; those of the same person that nobody can use any more go."""
    code, now = new_code(), utcnow()
    db.session.execute(
        delete(SignedIn).where(
            SignedIn.user_id == user.id,
            or_(
                SignedIn.mark != _mark(user),
                SignedIn.last_seen_at < now - _KEPT,
                SignedIn.code == session.get(_KEY),
            ),
        )
    )
    db.session.add(
        SignedIn(
            user_id=user.id,
            code=code,
            mark=_mark(user),
            user_agent=request.user_agent.string[:400],
            address=request.remote_addr or "",
            last_seen_at=now,
        )
    )
    session[_KEY] = code


def _forget(_app: Flask, user: User, **_more: object) -> None:
    code = session.pop(_KEY, None)
    if code is not None:
        db.session.execute(delete(SignedIn).where(SignedIn.code == code, SignedIn.user_id == user.id))
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
