"""The browsers from which a person was signed in before, or opened a link that was sent to that person.

Strangers who try passwords use up the tries of the person's name, and not those of a known browser. The cookie lets
nobody in: it only says whose tries count apart.
"""

from __future__ import annotations

from typing import Any

from flask import Flask, Response, current_app, g, request
from flask_security import password_reset, user_authenticated

from webapp.auth import links
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
    g.known_browser_of = user.id


def code_for(user_id: int) -> str | None:
    """The code of this browser when it is known to be one of this person's."""
    code, people = _read()
    return code if user_id in people else None


def _was_here(_app: Flask, user: User, **_more: Any) -> None:
    remember(user)


def _set_cookie(response: Response) -> Response:
    user_id = g.pop("known_browser_of", None)
    if user_id is None or user_id in (known := _read())[1]:
        return response
    people = [*known[1], user_id][-_MOST_PEOPLE:]
    value = links.signed(links.KNOWN_BROWSER, f"{known[0] or new_code()}:{'.'.join(map(str, people))}")
    secure = current_app.config["SESSION_COOKIE_SECURE"]
    response.set_cookie(
        COOKIE, value, max_age=_LASTS, path=_PATH, secure=secure, httponly=True, samesite="Lax"
    )
    return response


def _read() -> tuple[str, list[int]]:
    """The code of this browser and the ids of its people; an empty code where there is no cookie of ours."""
    code, _, people = (links.code_in(links.KNOWN_BROWSER, request.cookies.get(COOKIE, "")) or "").partition(
        ":"
    )
    return code, [int(one) for one in people.split(".") if one]
