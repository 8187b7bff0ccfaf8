"""The page about an account's people: members, their roles, and invitations."""

from __future__ import annotations

import hashlib

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_security import hash_password, login_user
from sqlalchemy.exc import IntegrityError
from werkzeug.wrappers import Response

from webapp.abuse import sign_in_log, stranger_mail
from webapp.accounts import people as account_people
from webapp.accounts import queries
from webapp.accounts.forms import InviteForm, NewPersonForm
from webapp.audit.log import Actor
from webapp.auth import links
from webapp.auth.access import (
    choose_account,
    current_account,
    fresh_sign_in_required,
    is_owner,
    me,
    my_user,
    own_invitation_or_404,
    own_membership_or_404,
    owned_account,
    sign_in_required,
)
from webapp.auth.doors import is_taken, person_with
from webapp.extensions import db, limiter
from webapp.messages.formatting import clock, period
from webapp.models import Account, Invitation, MembershipRole, User, utcnow
from webapp.web.forms import Form, form_page, refuse

people = Blueprint("people", __name__, url_prefix="/account/people")
invitations = Blueprint("invitations", __name__, url_prefix="/invitations")


@people.before_request
@sign_in_required
def _signed_in() -> None:
    """Every page here needs an account."""


@people.get("")
def index() -> ResponseReturnValue:
    return _page(InviteForm(formdata=None))


@people.post("/invitations")
@fresh_sign_in_required
def invite() -> ResponseReturnValue:
    account, form = owned_account(), InviteForm()
    if form.validate_on_submit():
        if refusal := stranger_mail.refusal(account, form.email.data or ""):
            refuse(form.email, refusal)
            return _page(form)
        role, email = MembershipRole(form.role.data), form.email.data or ""
        try:
            invitation = account_people.invite(account, email, role, Actor.person(me()), utcnow())
        except IntegrityError:
            # The button was pressed twice, and the other request was quicker, which sends the e-mail.
            db.session.rollback()
            flash(f"An e-mail to {email} is on its way.", "success")
            return redirect(url_for("people.index"), code=303)
        if isinstance(invitation, Invitation):
            db.session.commit()
            return _sent(invitation)
        refuse(form.email, invitation)
    return _page(form)


@people.post("/invitations/<int:invitation_id>/again")
@fresh_sign_in_required
def invite_again(invitation_id: int) -> Response:
    account, invitation = owned_account(), own_invitation_or_404(invitation_id)
    if refusal := stranger_mail.refusal(account, invitation.email):
        flash(refusal, "error")
        return redirect(url_for("people.index"), code=303)
    account_people.send_anew(invitation, Actor.person(me()), utcnow())
    db.session.commit()
    return _sent(invitation)


@people.post("/invitations/<int:invitation_id>/withdraw")
def withdraw(invitation_id: int) -> Response:
    owned_account()
    invitation = own_invitation_or_404(invitation_id)
    account_people.withdraw(invitation, Actor.person(me()))
    db.session.commit()
    flash(f"The invitation of {invitation.email} is withdrawn; its link leads nowhere now.", "success")
    return redirect(url_for("people.index"), code=303)


@people.post("/<int:membership_id>/role")
@fresh_sign_in_required
def change_role(membership_id: int) -> Response:
    owned_account()
    membership = own_membership_or_404(membership_id)
    role = MembershipRole.MEMBER if membership.role is MembershipRole.OWNER else MembershipRole.OWNER
    _done(
        account_people.change_role(membership, role, Actor.person(me()), utcnow()),
        f"{membership.user.email} is {'an owner' if role is MembershipRole.OWNER else 'a member'} now.",
    )
    return redirect(url_for("people.index"), code=303)


@people.route("/<int:membership_id>/remove", methods=["GET", "POST"])
@fresh_sign_in_required
def remove(membership_id: int) -> ResponseReturnValue:
    """Ask on a page of its own, because this cannot be taken back. Members may leave by themselves."""
    membership = own_membership_or_404(membership_id)
    myself = membership.user_id == me().id
    if not myself:
        owned_account()
    if not Form().validate_on_submit():
        if membership is queries.only_owner(queries.people_of(current_account())):
            flash(account_people.LAST_OWNER, "warning")
            return redirect(url_for("people.index"), code=303)
        return render_template("account/remove_person.html", membership=membership, myself=myself)
    account, email = membership.account.name, membership.user.email
    words = f"You left {account}." if myself else f"{email} does not belong to this account any more."
    left = _done(account_people.remove(membership, Actor.person(me()), utcnow()), words)
    return redirect(url_for("auth.home" if myself and left else "people.index"), code=303)


def _done(refusal: str | None, words: str) -> bool:
    db.session.commit()
    flash(refusal or words, "error" if refusal else "success")
    return refusal is None


def _sent(invitation: Invitation) -> Response:
    if links.send_invitation(invitation):
        until = clock(invitation.expires_at)
        flash(f"An e-mail to {invitation.email} is on its way. Its link works until {until}.", "success")
    else:
        flash(f"The mail server did not take the e-mail to {invitation.email}. Send it again.", "error")
    return redirect(url_for("people.index"), code=303)


def _page(form: InviteForm) -> ResponseReturnValue:
    account = current_account()
    members = queries.people_of(account)
    return form_page(
        "account/people.html",
        form,
        people=members,
        only_owner=queries.only_owner(members),
        invitations=queries.invitations_of(account) if is_owner() else (),
        lasts=period(account_people.INVITATION_LASTS),
        now=utcnow(),
        me=me(),
    )


@invitations.get("/<token>")
def show(token: str) -> ResponseReturnValue:
    invitation = _invitation_or_404(token)
    return _invitation_page(invitation, token, NewPersonForm(invitation.email, formdata=None))


def _count_of_link() -> str:
    """What the tries of one link are counted by. The link itself opens an account, and must not lie in a store."""
    return hashlib.sha256(request.path.encode()).hexdigest()[:32]


@invitations.post("/<token>")
@limiter.limit("60 per hour", key_func=_count_of_link, methods=["POST"])
def accept(token: str) -> ResponseReturnValue:
    invitation = _invitation_or_404(token)
    form, person = NewPersonForm(invitation.email), my_user()
    if person is None:
        if is_taken(person_with(invitation.email)):
            return redirect(
                url_for("security.login", next=url_for("invitations.show", token=token)), code=303
            )
        if not form.validate_on_submit():
            return _invitation_page(invitation, token, form)
    elif not _is_for(invitation, person):
        return _invitation_page(invitation, token, form)
    try:
        joined = _join(invitation, person, form)
    except IntegrityError:
        joined = None
    if joined is None:
        # The button was pressed twice, and the other request was quicker.
        db.session.rollback()
        flash("You joined the account a moment ago. Sign in if you are asked to.", "info")
        return redirect(url_for("domains.index"), code=303)
    account, person = joined
    sign_in_log.note("invitation.used", person, account=account.id)
    flash(f"Welcome to {account.name}.", "success")
    return redirect(url_for("domains.index"), code=303)


def _join(invitation: Invitation, person: User | None, form: NewPersonForm) -> tuple[Account, User] | None:
    """Make the person a member; whoever has no sign-in yet gets one, and is signed in. None for whoever has one
    by now.
    """
    if person is None:
        password = hash_password(form.password.data or "")
        person = account_people.let_in(invitation.email, password, utcnow())
        if person is None:
            return None
        login_user(person, authn_via=["invitation"])
    account = account_people.join(invitation, person)
    choose_account(account.id)
    db.session.commit()
    return account, person


@invitations.route("/never/<token>", methods=["GET", "POST"])
def never(token: str) -> ResponseReturnValue:
    """No sign-in: whoever reads the mailbox has the link. Opening it alone changes nothing."""
    email = links.code_in(links.NEVER, token)
    if email is None:
        abort(404, "This link is not complete. Copy all of it from the e-mail.")
    if Form().validate_on_submit():
        (stranger_mail.allow if request.form.get("wish") == "allow" else stranger_mail.stop)(email)
        db.session.commit()
        return redirect(url_for("invitations.never", token=token), code=303)
    return render_template("account/never.html", email=email, stopped=stranger_mail.is_stopped(email))


def _invitation_or_404(token: str) -> Invitation:
    code = links.code_in(links.INVITATION, token)
    invitation = queries.invitation_with(code) if code else None
    if invitation is None or invitation.expires_at < utcnow():
        lasts = period(account_people.INVITATION_LASTS)
        abort(404, f"This invitation was withdrawn, used, or is older than {lasts}. Ask for a new one.")
    return invitation


def _invitation_page(invitation: Invitation, token: str, form: NewPersonForm) -> ResponseReturnValue:
    person = my_user()
    return form_page(
        "account/invitation.html",
        form,
        invitation=invitation,
        token_=token,
        me=person,
        mine=person is not None and _is_for(invitation, person),
        new=not is_taken(person_with(invitation.email)),
    )


def _is_for(invitation: Invitation, person: User) -> bool:
    return person.email.lower() == invitation.email.lower()
