"""The front door and the account page; signing in and up are Flask-Security's views."""

from __future__ import annotations

from flask import Blueprint, redirect, render_template, url_for
from flask_security import current_user
from werkzeug.wrappers import Response

from webapp.auth.access import account_of_user, current_account, me, sign_in_required

auth = Blueprint("auth", __name__)


@auth.get("/")
def home() -> Response | str:
    if not current_user.is_authenticated:
        return render_template("home.html")
    return redirect(url_for("domains.index" if account_of_user() else "staff.overview"))


@auth.get("/account")
@sign_in_required
def account() -> str:
    return render_template("account.html", account=current_account(), me=me())
