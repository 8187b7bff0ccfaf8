"""The start page: of customers, of staff, and of whoever is not signed in."""

from __future__ import annotations

from flask import redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_security import current_user

from webapp.accounts.views import auth
from webapp.auth.access import account_of_user, me, no_account_page
from webapp.domain_page.attention_views import attention
from webapp.extensions import settings
from webapp.home import context
from webapp.models import utcnow

__all__ = ["auth"]


@auth.get("/")
def home() -> ResponseReturnValue:
    if not current_user.is_authenticated:
        return render_template("home.html")
    account, found = account_of_user(), attention()
    if account is None or found is None:
        return redirect(url_for("staff.overview")) if me().is_staff else no_account_page(200)
    page = context.home(account, found, settings(), utcnow())
    return render_template("home/customer.html", home=page)
