"""The page about notifications: each member decides for themselves; further addresses have to agree."""

from __future__ import annotations

from datetime import timedelta

from flask import Blueprint, abort, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from werkzeug.wrappers import Response

from webapp.abuse import stranger_mail
from webapp.accounts import queries
from webapp.audit.log import Actor
from webapp.auth import links
from webapp.auth.access import (
    current_account,
    is_owner,
    me,
    membership_of_user,
    own_address_or_404,
    owned_account,
    sign_in_required,
)
from webapp.extensions import db, settings
from webapp.messages.formatting import period
from webapp.models import NotificationAddress, utcnow
from webapp.notifications import addresses
from webapp.notifications.forms import AddressForm, WantsMailForm
from webapp.web.forms import Form, form_page, refuse

notifications = Blueprint("notifications", __name__)


@notifications.get("/account/notifications")
@sign_in_required
def index() -> ResponseReturnValue:
    return _page(AddressForm(formdata=None))


@notifications.post("/account/notifications/mine")
@sign_in_required
def mine() -> Response:
    current_account()
    membership, form = membership_of_user(), WantsMailForm()
    if membership is not None and form.validate_on_submit():
        membership.wants_mail = bool(form.wants_mail.data)
        db.session.commit()
        words = "We mail you" if membership.wants_mail else "We do not mail you any more"
        flash(f"{words} about the domains of {membership.account.name}.", "success")
    return redirect(url_for("notifications.index"), code=303)


@notifications.post("/account/notifications/addresses")
@sign_in_required
def add() -> ResponseReturnValue:
    account, form = owned_account(), AddressForm()
    if form.validate_on_submit():
        if refusal := stranger_mail.refusal(account, form.email.data or ""):
            refuse(form.email, refusal)
            return _page(form)
        address = addresses.add(account, form.email.data or "", Actor.person(me()))
        if isinstance(address, NotificationAddress):
            db.session.commit()
            return _asked(address)
        refuse(form.email, address)
    return _page(form)


@notifications.post("/account/notifications/addresses/<int:address_id>/again")
@sign_in_required
def ask_again(address_id: int) -> Response:
    account, address = owned_account(), own_address_or_404(address_id)
    if refusal := stranger_mail.refusal(account, address.email):
        flash(refusal, "error")
        return redirect(url_for("notifications.index"), code=303)
    return _asked(address)


@notifications.post("/account/notifications/addresses/<int:address_id>/remove")
@sign_in_required
def remove(address_id: int) -> Response:
    owned_account()
    address = own_address_or_404(address_id)
    addresses.remove(address, Actor.person(me()))
    db.session.commit()
    flash(f"{address.email} is not told of anything any more.", "success")
    return redirect(url_for("notifications.index"), code=303)


@notifications.route("/notifications/<token>/agree", methods=["GET", "POST"])
def agree(token: str) -> ResponseReturnValue:
    """Ask for a click before anything changes: programs that scan e-mails open links as well."""
    address = _address_or_404(links.AGREE, token)
    if Form().validate_on_submit():
        addresses.confirm(address, utcnow())
        db.session.commit()
        return render_template("account/address.html", address=address, step="agreed")
    return render_template("account/address.html", address=address, step="agree")


@notifications.route("/notifications/<token>/stop", methods=["GET", "POST"])
def stop(token: str) -> ResponseReturnValue:
    address = _address_or_404(links.STOP, token)
    if Form().validate_on_submit():
        addresses.remove(address)
        db.session.commit()
        return render_template("account/address.html", address=address, step="stopped")
    return render_template("account/address.html", address=address, step="stop")


def _address_or_404(purpose: str, token: str) -> NotificationAddress:
    code = links.code_in(purpose, token)
    address = queries.address_with(code) if code else None
    if address is None:
        abort(404, "This link was used to stop the e-mails, or the account took the address off its list.")
    return address


def _asked(address: NotificationAddress) -> Response:
    if links.send_question(address, me().email):
        flash(
            f"We asked {address.email}. As soon as somebody there agrees, e-mails go there, too.", "success"
        )
    else:
        flash(f"The mail server did not take the e-mail to {address.email}. Send it again.", "error")
    return redirect(url_for("notifications.index"), code=303)


def _page(form: AddressForm) -> ResponseReturnValue:
    account, membership = current_account(), membership_of_user()
    apart = timedelta(minutes=settings().mail_merge_minutes)
    return form_page(
        "account/notifications.html",
        form,
        mine=WantsMailForm(formdata=None, obj=membership),
        addresses=queries.addresses_of(account),
        owner=is_owner(),
        apart=period(apart) if apart else "",
        me=me(),
    )
