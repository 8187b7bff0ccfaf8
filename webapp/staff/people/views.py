"""Staff's pages about one person, found by the whole address, and the acts that let somebody in again."""

from __future__ import annotations

from flask import Blueprint, abort, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue

from webapp.abuse import stranger_mail
from webapp.accounts.operators import acts
from webapp.accounts.operators.sent_links import send_link
from webapp.audit.log import Actor
from webapp.auth import address_field, links
from webapp.auth.access import fresh_sign_in_required, me, row_or_404, staff_required
from webapp.auth.doors import person_with
from webapp.extensions import db
from webapp.models import User, utcnow
from webapp.staff.people.facts import MOST_ACCOUNTS, person_facts
from webapp.staff.people.forms import MailForm, NewcomerForm, SecondFactorForm, TriesForm
from webapp.web.forms import Form, form_page

staff_people = Blueprint("staff_people", __name__, url_prefix="/staff/people")

_FACTOR_OF_STAFF = "The second factor of staff is switched off with flask users disable-second-factor."


@staff_people.before_request
@staff_required
def _staff_only() -> None:
    """Answer 404 to everybody who is not staff."""


@staff_people.get("")
def index() -> ResponseReturnValue:
    typed = request.args.get("email", "").strip()
    email = address_field.normal(typed) if typed else None
    person = person_with(email) if email else None
    if person is not None:
        return redirect(url_for("staff_people.show", user_id=person.id), code=303)
    form = NewcomerForm(formdata=None, email=email)
    return _nobody(form, typed)


def _nobody(form: MailForm, typed: str) -> ResponseReturnValue:
    email = None if form.email.errors else form.email.data
    return form_page(
        "staff/people.html",
        form,
        typed=typed,
        email=email,
        stopped=bool(email and stranger_mail.is_stopped(email)),
    )


@staff_people.get("/<int:user_id>")
def show(user_id: int) -> ResponseReturnValue:
    return _show(row_or_404(User, user_id))


def _show(person: User, wrong: Form | None = None) -> ResponseReturnValue:
    mail = wrong if isinstance(wrong, MailForm) else MailForm(formdata=None, email=person.email)
    tries = wrong if isinstance(wrong, TriesForm) else TriesForm(formdata=None)
    facts = person_facts(person)
    return form_page(
        "staff/person.html", wrong or mail, facts=facts, mail=mail, tries=tries, most_accounts=MOST_ACCOUNTS
    )


@staff_people.post("/mail")
def mail() -> ResponseReturnValue:
    """Send the e-mail that lets somebody in, whether or not the address has a sign-in yet."""
    typed = request.form.get("email", "")
    email = address_field.normal(typed)
    person = person_with(email) if email else None
    form = NewcomerForm() if person is None else MailForm()
    if not form.validate_on_submit() or email is None:
        return _nobody(form, typed) if person is None else _show(person, form)
    refusal = send_link(email, _actor(), form.reason.data)
    db.session.commit()
    flash(refusal or f"The e-mail to {email} is on its way.", "warning" if refusal else "success")
    return redirect(url_for("staff_people.index", email=email), code=303)


@staff_people.post("/<int:user_id>/tries")
def clear_tries(user_id: int) -> ResponseReturnValue:
    person, form = row_or_404(User, user_id), TriesForm()
    if not form.validate_on_submit():
        return _show(person, form)
    acts.lock(person)
    _refuse_staff(person, "The tries of staff are cleared with flask users clear-tries.")
    acts.clear_tries(person, _actor(), form.reason.data, utcnow())
    db.session.commit()
    flash(f"{person.email} can try again now.", "success")
    return _back(person)


@staff_people.route("/<int:user_id>/second-factor", methods=["GET", "POST"])
@fresh_sign_in_required
def second_factor(user_id: int) -> ResponseReturnValue:
    """Ask on a page of its own, which needs a fresh sign-in: the password alone lets the person in after that."""
    person, form = row_or_404(User, user_id), SecondFactorForm()
    if not form.validate_on_submit():
        _refuse_staff(person, _FACTOR_OF_STAFF)
        return form_page("staff/second_factor.html", form, person=person)
    acts.lock(person)
    _refuse_staff(person, _FACTOR_OF_STAFF)
    changed = acts.disable_second_factor(person, _actor(), form.reason.data)
    db.session.commit()
    if not changed:
        flash(f"{person.email} has no second factor.", "warning")
        return _back(person)
    told = links.tell_of_change(person.email, _told(form.reason.data or ""))
    flash(f"{person.email} signs in with the password alone now.", "success")
    if not told:
        flash("The mail server did not take the e-mail that tells them. Tell them in another way.", "warning")
    return _back(person)


def _refuse_staff(person: User, sentence: str) -> None:
    """Before an act it stands behind the lock: somebody may have become staff since the person was loaded."""
    if person.is_staff:
        abort(403, sentence)


def _told(reason: str) -> str:
    return (
        "Staff of Nameplate switched two-factor sign-in off for you, and your recovery codes are void. "
        f"Their reason: {reason}"
    )


def _actor() -> Actor:
    return Actor.person(me(), as_staff=True)


def _back(person: User) -> ResponseReturnValue:
    return redirect(url_for("staff_people.show", user_id=person.id), code=303)
