"""The page about sign-in: password, second factor, passkeys, and the browsers that are signed in."""

from __future__ import annotations

from datetime import UTC, timedelta
from typing import Any

from flask import Blueprint, Flask, abort, current_app, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_security import (
    password_reset,
    tf_disabled,
    tf_profile_changed,
    wan_deleted,
    wan_registered,
)
from flask_security.decorators import default_reauthn_handler
from werkzeug.wrappers import Response

from webapp.auth import links, second_factor, sessions
from webapp.auth.access import account_of_user, fresh_sign_in_required, me, sign_in_required
from webapp.extensions import db
from webapp.models import User
from webapp.web.forms import Form
from webapp.web.page_before import page_before

safety = Blueprint("safety", __name__, url_prefix="/account/security")

#: Views of Flask-Security that we replace or do not offer.
_REPLACED = (
    "two_factor_setup",
    "two_factor_setup_validate",
    "two_factor_rescue",
    "tf_select",
    "mf_recovery_codes",
)


def init_safety(app: Flask) -> None:
    app.extensions["security"].reauthn_handler(_ask_once_more)
    for name in _REPLACED:
        app.view_functions[f"security.{name}"] = _not_offered
    tf_profile_changed.connect(_two_factor_on, app)
    tf_disabled.connect(_two_factor_off, app)
    wan_registered.connect(_passkey_added, app)
    wan_deleted.connect(_passkey_deleted, app)
    password_reset.connect(_password_reset, app)
    app.jinja_env.globals["ends_with_reset"] = second_factor.ends_with_reset


def _ask_once_more(within: timedelta, grace: timedelta) -> ResponseReturnValue:
    """Flask-Security leads back to the address that was asked for. A form that has no page there leads to the page
    that it was sent from, or else to the start.
    """
    rule = request.url_rule
    if rule is None or "GET" in (rule.methods or ()):
        asked: ResponseReturnValue = default_reauthn_handler(within, grace)  # type: ignore[no-untyped-call]
        return asked
    flash("Enter your password again. What you sent is not done yet.", "warning")
    return redirect(url_for("security.verify", next=page_before() or url_for("auth.home")))


def _not_offered(**_arguments: str) -> ResponseReturnValue:
    abort(404)


@safety.before_request
@sign_in_required
def _signed_in() -> None:
    """Every page here is about the signed-in user."""


@safety.get("")
def index() -> str:
    return render_template(
        "account/security.html",
        me=me(),
        browsers=sessions.browsers_of(me()),
        is_this=sessions.is_this,
        has_account=account_of_user() is not None,
        device=sessions.device,
        codes_left=len(me().mf_recovery_codes or []),
        passkeys=[(key.name, key.lastuse_datetime.replace(tzinfo=UTC)) for key in me().webauthn],
    )


@safety.post("/sign-out-others")
def sign_out_others() -> Response:
    sessions.sign_out_others(me())
    db.session.commit()
    flash("You are signed out everywhere else.", "success")
    return redirect(url_for("safety.index"), code=303)


@safety.get("/two-factor")
@fresh_sign_in_required
def two_factor() -> ResponseReturnValue:
    if me().tf_primary_method:
        return redirect(url_for("safety.index"))
    return second_factor.setup_page()


@safety.post("/two-factor")
@fresh_sign_in_required
def confirm_two_factor() -> ResponseReturnValue:
    """The signed key comes with the form. In the address it would stay in the browser's history."""
    return second_factor.confirm_setup(request.form.get("state", ""))


@safety.route("/two-factor/off", methods=["GET", "POST"])
@fresh_sign_in_required
def two_factor_off() -> ResponseReturnValue:
    form = Form()
    if not form.validate_on_submit():
        return render_template("account/two_factor_off.html")
    second_factor.switch_off(me())
    tf_disabled.send(current_app._get_current_object(), user=me())  # type: ignore[attr-defined] # noqa: SLF001
    db.session.commit()
    flash("Two-factor sign-in is off.", "success")
    return redirect(url_for("safety.index"), code=303)


@safety.route("/recovery-codes", methods=["GET", "POST"])
@fresh_sign_in_required
def recovery_codes() -> ResponseReturnValue:
    if not me().tf_primary_method:
        return redirect(url_for("safety.index"))
    if Form().validate_on_submit():
        return second_factor.new_recovery_codes()
    return render_template("account/recovery_codes.html", codes=(), left=len(me().mf_recovery_codes or []))


def _two_factor_on(_app: Flask, user: User, **_more: Any) -> None:
    _tell(user, "Two-factor sign-in is on", "Whoever signs in as you needs a code from your app from now on.")


def _two_factor_off(_app: Flask, user: User, **_more: Any) -> None:
    _tell(user, "Two-factor sign-in is off", "Your password alone signs in as you from now on.")


def _passkey_added(_app: Flask, user: User, name: str, **_more: Any) -> None:
    _tell(user, "A passkey was added", f"The passkey “{name}” signs in as you from now on.")


def _passkey_deleted(_app: Flask, user: User, name: str, **_more: Any) -> None:
    _tell(user, "A passkey was deleted", f"The passkey “{name}” does not sign in as you any more.")


def _password_reset(_app: Flask, user: User, **_more: Any) -> None:
    """After the mail that lists what ends. Flask-Security commits both together."""
    second_factor.end_with_reset(user)


def _tell(user: User, subject: str, sentence: str) -> None:
    """Tell the owner of a sign-in that it was changed, because somebody else may have changed it."""
    links.send(f"{subject} at Nameplate", user.email, "changed", sentence=sentence)
