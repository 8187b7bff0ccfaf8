"""The browsers from which a person was signed in before, or opened a link that was sent to that person.

Strangers who try passwords use up the tries of the person's name, and not those of a known browser. The cookie lets
nobody in: it only says whose tries count apart. It holds for a person until that person's password changes.
"""

from __future__ import annotations

import hashlib
from typing import Any

from flask import Flask, Response, current_app, g, request
from flask_security import password_reset, user_authenticated
from sqlalchemy import select

from webapp.auth import links
from webapp.extensions import db
from webapp.models import User
from webapp.models.account import new_code

COOKIE = "known_browser"
#: The addresses where the cookie matters, and nobody else gets it.
_PATH = "/login"
_LASTS = 400 * 24 * 3600
#: People who share a browser; the one who was here longest ago is forgotten.
_MOST_PEOPLE = 5


def init_known_browsers(app: Flask) -> None:
    user_authenticated.connect(_was_here, app)
    # Whoever chose a new password opened a link in the mailbox.
    password_reset.connect(_was_here, app)
    app.after_request(_set_cookie)


def remember(user: User) -> None:
    """Make this browser, with the answer to this request, one of those that `user` is known to use."""
    g.known_browser_of = (user.id, _mark(user))


def code_for(user: User) -> str | None:
    """The code of this browser when it is known to be one of this person's."""
    code, people = _read()
    return code if people.get(user.id) == _mark(user) else None


def is_somebodys() -> bool:
    """Whether this browser is known to be one of anybody's, for tries that name nobody."""
    people = _read()[1]
    found = db.session.scalars(select(User).where(User.id.in_(people))) if people else ()
    return any(people[user.id] == _mark(user) for user in found)


def _was_here(_app: Flask, user: User, **_more: Any) -> None:
    remember(user)


def _set_cookie(response: Response) -> Response:
    user_id, mark = g.pop("known_browser_of", (None, ""))
    code, people = _read()
    if user_id is None or people.pop(user_id, None) == mark:
        return response
    people[user_id] = mark
    kept = [f"{one}-{of_one}" for one, of_one in people.items()][-_MOST_PEOPLE:]
    value = links.signed(links.KNOWN_BROWSER, f"{code or new_code()}:{'.'.join(kept)}")
    secure = current_app.config["SESSION_COOKIE_SECURE"]
    response.set_cookie(
        COOKIE, value, max_age=_LASTS, path=_PATH, secure=secure, httponly=True, samesite="Lax"
    )
    return response


def _read() -> tuple[str, dict[int, str]]:
    """The code of this browser, and the mark of each of its people by their ids; an empty code where there is no
    cookie of ours. Whoever has no mark, in a cookie of an earlier release, is left out.
    """
    found = links.code_in(links.KNOWN_BROWSER, request.cookies.get(COOKIE, "")) or ""
    code, _, people = found.partition(":")
    marks = (one.partition("-") for one in people.split(".") if "-" in one)
    return code, {int(user_id): mark for user_id, _, mark in marks}


def _mark(user: User) -> str:
    """A new password changes it: a browser whose owner may have been a thief is then a stranger's."""
    return hashlib.sha256(f"known-browser:{user.fs_uniquifier}".encode()).hexdigest()[:16]
