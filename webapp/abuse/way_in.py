"""The second step for a person whose tries strangers have used up: a link by e-mail makes a browser a known one.

The link signs nobody in. It shows who has the mailbox, so that the browser gets tries of its own.
"""

from __future__ import annotations

import hashlib
from datetime import timedelta

from flask import Blueprint, abort, flash, redirect, url_for
from flask.typing import ResponseReturnValue

from webapp.abuse import known_browsers, limits, sign_in_log
from webapp.auth import doors, links
from webapp.auth.forms import AddressForm
from webapp.extensions import db
from webapp.models import User, utcnow
from webapp.web.forms import Form, form_page

way_in = Blueprint("way_in", __name__, url_prefix="/login/way-in")

LASTS = timedelta(hours=1)


@way_in.get("")
def ask() -> ResponseReturnValue:
    return form_page("security/way_in.html", AddressForm(formdata=None), step="ask")


@way_in.post("")
@limits.MAILS_OF_ADDRESS
@limits.WAYS_IN_OF_NAME
def send() -> ResponseReturnValue:
    """The answer is the same, in words and in time, whether somebody has the address or not."""
    form = AddressForm()
    if not form.validate_on_submit():
        return form_page("security/way_in.html", form, step="ask")
    doors.ask_for_mail(mail_way_in, form.email.data or "")
    return form_page("security/way_in.html", form, step="sent", email=form.email.data)


def mail_way_in(email: str) -> None:
    """Nothing to whoever has no account."""
    person = doors.person_with(email)
    doors.tell("way_in", email, person)
    if person is not None and person.active:
        link = url_for("way_in.show", token=token_for(person), _external=True)
        links.send("Sign in to Nameplate from this browser", person.email, "way_in", link=link)


@way_in.get("/<token>")
def show(token: str) -> ResponseReturnValue:
    """Opening the link changes nothing: programs that scan e-mails open links, too."""
    return form_page(
        "security/way_in.html", Form(formdata=None), step="take", email=_person_or_404(token).email
    )


@way_in.post("/<token>")
def take(token: str) -> ResponseReturnValue:
    person = _person_or_404(token)
    if not Form().validate_on_submit():
        abort(400)
    known_browsers.remember(person)
    sign_in_log.note("way_in.used", person)
    flash("This browser has tries of its own now. Sign in with your password.", "success")
    return redirect(url_for("security.login"), code=303)


def token_for(person: User) -> str:
    ends = int((utcnow() + LASTS).timestamp())
    return links.signed(links.WAY_IN, f"{person.id}:{_mark(person)}:{ends}")


def _person_or_404(token: str) -> User:
    person = _person_in(links.code_in(links.WAY_IN, token) or "")
    if person is None:
        abort(404, "This link is older than an hour, or not complete. Ask for a new one on the sign-in page.")
    return person


def _person_in(code: str) -> User | None:
    user_id, _, rest = code.partition(":")
    mark, _, ends = rest.partition(":")
    if not ends or int(ends) <= utcnow().timestamp():
        return None
    person = db.session.get(User, int(user_id))
    return person if person is not None and person.active and _mark(person) == mark else None


def _mark(person: User) -> str:
    """A new password ends the links of before."""
    return hashlib.sha256(f"way-in:{person.fs_uniquifier}".encode()).hexdigest()[:16]
