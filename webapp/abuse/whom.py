"""Whom a form that lets somebody in is about, whether somebody has the address or not."""

from __future__ import annotations

from flask import g, request, session

from webapp.auth.access import my_user
from webapp.auth.doors import person_with
from webapp.extensions import datastore, security
from webapp.models import User


def typed_address() -> str:
    return normal_address(request.form.get("email", ""))


def normal_address(typed: str) -> str:
    """The address as the sign-in looks it up, so that no spelling is a count of its own.

    In lower case, as the database compares. Case folding would take “ß” for “ss”, which is another mailbox: whoever
    asks for e-mails to the one would use up those of the other.
    """
    try:
        return str(security.mail_util.normalize(typed.strip())).lower()
    except ValueError:
        return typed.strip().lower()


def person_typed() -> User | None:
    """Whoever has the address in the form; read once a request."""
    normal = typed_address()
    if "people_typed" not in g:
        g.people_typed = {}
    known: dict[str, User | None] = g.people_typed
    if normal not in known:
        known[normal] = person_with(normal) if normal else None
    return known[normal]


def half_way_in() -> User | None:
    """Whose password was right, and who is asked for a code."""
    uniquifier = session.get("tf_user_id")
    return datastore.find_user(fs_uniquifier=uniquifier) if uniquifier else None  # type: ignore[return-value]


def person_meant() -> User | None:
    """The person of the address in the form, and without one whoever is signed in, wholly or half-way."""
    if typed_address():
        return person_typed()
    return my_user() or half_way_in()
