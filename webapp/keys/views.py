"""The pages about keys: of an account, for its owners, and of the platform, for staff."""

from __future__ import annotations

from flask import Blueprint, abort, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from webapp.audit.log import Actor
from webapp.auth.access import (
    current_account,
    fresh_sign_in_required,
    is_owner,
    me,
    owned_account,
    sign_in_required,
    staff_required,
)
from webapp.extensions import db, settings
from webapp.keys import queries, services
from webapp.keys.access import scopes
from webapp.keys.documents import state_of
from webapp.keys.forms import NewKeyForm, in_words, rows
from webapp.keys.notice import tell_owners
from webapp.keys.services import MadeKey, Refusal
from webapp.models import Account, ApiKey, utcnow
from webapp.runtime.public_url import own_address
from webapp.web.bounded import MOST_ROW_ID
from webapp.web.forms import Form, form_page, refuse

keys = Blueprint("keys", __name__, url_prefix="/account/api-keys")
platform_keys = Blueprint("platform_keys", __name__, url_prefix="/staff/api-keys")


@keys.before_request
@sign_in_required
def _signed_in() -> None:
    """Every page here needs an account."""


@platform_keys.before_request
@staff_required
def _staff_only() -> None:
    """Answer 404 to everybody who is not staff."""


@keys.get("")
def index() -> str:
    return _list(current_account(), may_change=is_owner())


@keys.route("/new", methods=["GET", "POST"])
@fresh_sign_in_required
def new() -> ResponseReturnValue:
    account = owned_account()
    return _new(account, Actor.person(me()))


@keys.route("/<int:key_id>/revoke", methods=["GET", "POST"])
def revoke(key_id: int) -> ResponseReturnValue:
    account = owned_account()
    return _revoke(account, key_id, Actor.person(me()))


@platform_keys.get("", endpoint="index")
def platform_index() -> str:
    return _list(None, may_change=True)


@platform_keys.route("/new", methods=["GET", "POST"], endpoint="new")
@fresh_sign_in_required
def platform_new() -> ResponseReturnValue:
    return _new(None, Actor.person(me(), as_staff=True))


@platform_keys.route("/<int:key_id>/revoke", methods=["GET", "POST"], endpoint="revoke")
def platform_revoke(key_id: int) -> ResponseReturnValue:
    return _revoke(None, key_id, Actor.person(me(), as_staff=True))


def _place(account: Account | None) -> str:
    """The blueprint whose pages are about these keys."""
    return keys.name if account is not None else platform_keys.name


def _list(account: Account | None, *, may_change: bool) -> str:
    now = utcnow()
    return render_template(
        "account/api_keys.html",
        place=_place(account),
        valid=queries.valid_keys(account, now),
        ended=queries.ended_keys(account, now),
        state_of=lambda key: state_of(key, now),
        may_change=may_change,
        in_words=in_words,
    )


def _new(account: Account | None, actor: Actor) -> ResponseReturnValue:
    form, now = NewKeyForm(), utcnow()
    if form.validate_on_submit():
        made = services.create(account, form.wanted(now), actor=actor, now=now)
        if isinstance(made, MadeKey):
            db.session.commit()
            tell_owners(made.key.id)
            # Shown in this answer alone: a redirect would have to keep the secret somewhere.
            return render_template(
                "account/api_key_made.html",
                place=_place(account),
                made=made,
                in_words=in_words,
                address=own_address(settings()),
                lists_domains=scopes.allows(made.key, "domains:read"),
            )
        db.session.rollback()
        _refuse(form, made)
    return form_page("account/new_api_key.html", form, place=_place(account), rows=list(rows()))


def _refuse(form: NewKeyForm, refusal: Refusal) -> None:
    field = {"expires_at": "expires", "scopes": "scopes", "is_test": "is_test"}.get(
        refusal.field or "", "name"
    )
    refuse(form[field], refusal.sentence)


def _revoke(account: Account | None, key_id: int, actor: Actor) -> ResponseReturnValue:
    """Ask on a page of its own, because this cannot be taken back."""
    key, now = _key_or_404(account, key_id), utcnow()
    if not Form().validate_on_submit():
        return render_template("account/revoke_api_key.html", place=_place(account), key=key)
    services.revoke(key, actor=actor, now=now)
    db.session.commit()
    flash(f"The key “{key.name}” is revoked; nothing is answered to it any more.", "success")
    return redirect(url_for(f"{_place(account)}.index"), code=303)


def _key_or_404(account: Account | None, key_id: int) -> ApiKey:
    key = queries.key_with(account, key_id) if key_id <= MOST_ROW_ID else None
    if key is None:
        abort(404)
    return key
