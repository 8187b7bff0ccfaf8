"""The page behind the link that opens an account.

Everything that counts is asked here, from whoever reads the mailbox: until then nothing is stored but the address,
signed, in the link. A stranger who typed the address first has left no password, no name and no passkey behind.
"""

from __future__ import annotations

from flask import Flask, flash, redirect, url_for
from flask.typing import ResponseReturnValue
from flask_security import current_user, hash_password, login_user, logout_user
from sqlalchemy.exc import IntegrityError

from webapp.accounts import people
from webapp.accounts.forms import NewAccountForm
from webapp.auth import links
from webapp.auth.access import choose_account
from webapp.auth.doors import is_taken, person_with
from webapp.extensions import db
from webapp.messages.formatting import period
from webapp.models import Account, utcnow
from webapp.web.forms import form_page


def init_sign_up(app: Flask) -> None:
    app.view_functions["security.confirm_email"] = confirm_email


def confirm_email(token: str) -> ResponseReturnValue:
    email, expired = links.address_in(token)
    if email is None:
        return _refused(expired)
    if is_taken(person_with(email)):
        return _known()
    form = NewAccountForm(email)
    if not form.validate_on_submit():
        return form_page("security/confirm_email.html", form, email=email, token_=token)
    try:
        account = _open(email, form)
    except IntegrityError:
        # The button was pressed twice, and the other request was quicker.
        db.session.rollback()
        return _known()
    if account is None:
        return _known()
    flash(f"Welcome to Nameplate. {account.name} is open, and you are its owner.", "success")
    return redirect(url_for("domains.index"), code=303)


def _open(email: str, form: NewAccountForm) -> Account | None:
    """Make person and account, and sign the person in, whoever was signed in in this browser before.

    None when somebody has the address by now, or is locked out with it.
    """
    person = people.let_in(email, hash_password(form.password.data or ""), utcnow())
    if person is None:
        return None
    if current_user.is_authenticated:
        logout_user()
    account = people.open_account((form.account_name.data or "").strip(), person)
    db.session.flush()
    login_user(person, authn_via=["confirm"])
    choose_account(account.id)
    db.session.commit()
    return account


def _refused(expired: bool) -> ResponseReturnValue:
    lasts = period(links.SIGN_UP_LASTS)
    sentence = f"That link is older than {lasts}." if expired else "That link is not complete."
    flash(f"{sentence} Ask for a new one here.", "error")
    return redirect(url_for("security.send_confirmation"))


def _known() -> ResponseReturnValue:
    flash("This address has a sign-in already. Sign in, or choose a new password.", "info")
    return redirect(url_for("security.login"))
