"""The pages of an account: overview, name, choice among several, export, deletion."""

from __future__ import annotations

from flask import (
    Blueprint,
    Response,
    abort,
    flash,
    redirect,
    render_template,
    request,
    url_for,
)
from flask.typing import ResponseReturnValue
from werkzeug.wrappers import Response as BaseResponse

from webapp.accounts import deletion, people, queries, tasks
from webapp.accounts.export import account_data
from webapp.accounts.forms import DeleteAccountForm
from webapp.audit.json_pieces import pieces
from webapp.audit.log import Actor
from webapp.auth.access import (
    account_of_user,
    choose_account,
    current_account,
    forget_account,
    fresh_sign_in_required,
    is_owner,
    me,
    my_memberships,
    no_account_page,
    owned_account,
    sign_in_required,
)
from webapp.auth.forms import NameForm
from webapp.extensions import db, limiter
from webapp.models import utcnow
from webapp.runtime.queue import queue
from webapp.web.forms import form_page
from webapp.web.streaming import download

auth = Blueprint("auth", __name__)


@auth.route("/account", methods=["GET", "POST"])
@sign_in_required
def account() -> ResponseReturnValue:
    """The overview; its form gives the account another name."""
    account = owned_account() if request.method == "POST" else current_account()
    form = NameForm(obj=account)
    if form.validate_on_submit():
        people.rename(account, (form.name.data or "").strip(), Actor.person(me()))
        db.session.commit()
        flash("Saved.", "success")
        return redirect(url_for("auth.account"), code=303)
    return form_page(
        "account/overview.html",
        form,
        account=account,
        owner=is_owner(),
        events=queries.latest_events(account, for_owner=is_owner()),
        me=me(),
    )


@auth.post("/account/choose")
@sign_in_required
def choose() -> BaseResponse:
    """Work in another of the user's accounts."""
    wanted = request.form.get("account", type=int)
    if wanted not in {membership.account_id for membership in my_memberships()}:
        abort(404)
    choose_account(wanted)
    return redirect(url_for("auth.home"), code=303)


@auth.post("/account/open")
@sign_in_required
@limiter.limit("5 per day", key_func=lambda: f"open-account:{me().id}")
def open_own() -> BaseResponse:
    """Open an account for somebody who is in none. They cannot sign up again, because their address is known."""
    form = NameForm()
    if account_of_user() is not None:
        return redirect(url_for("auth.home"), code=303)
    if not form.validate_on_submit():
        return no_account_page(422, form)
    account = people.open_own_account((form.name.data or "").strip(), me())
    db.session.commit()
    choose_account(account.id)
    flash(f"{account.name} is open, and you are its owner.", "success")
    return redirect(url_for("domains.index"), code=303)


@auth.get("/account/export")
@sign_in_required
@limiter.limit("10 per hour", key_func=lambda: f"export:{current_account().id}")
def export() -> Response:
    account = current_account()
    text = pieces(account_data(account, utcnow(), for_owner=is_owner()))
    return download(text, "application/json", f"nameplate-{account.number}.json")


@auth.route("/account/delete", methods=["GET", "POST"])
@sign_in_required
@fresh_sign_in_required
def delete() -> ResponseReturnValue:
    account = owned_account()
    form = DeleteAccountForm(account.number)
    domains = deletion.domains_left(account)
    if form.validate_on_submit():
        records_left = bool(domains or deletion.zones_left(account))
        deletion.begin(account, actor=Actor.person(me()), now=utcnow())
        db.session.commit()
        queue(tasks.go_on_with, account.id)
        forget_account()
        return render_template("account/deleted.html", number=account.number, records_left=records_left)
    return form_page("account/delete.html", form, account=account, domains=domains)
