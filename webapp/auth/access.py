"""Who may see what. A row of somebody else answers 404, as if it did not exist."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import wraps
from typing import ParamSpec, TypeVar, cast

from flask import (
    Response,
    abort,
    current_app,
    flash,
    g,
    make_response,
    redirect,
    render_template,
    session,
    url_for,
)
from flask_security import auth_required, current_user

from webapp.auth.forms import NameForm
from webapp.auth.memberships import memberships_of
from webapp.extensions import db, settings
from webapp.models import (
    Account,
    Base,
    DomainState,
    Invitation,
    LLMClient,
    LLMClientCustomDomain,
    Membership,
    MembershipRole,
    NotificationAddress,
    User,
)
from webapp.web.bounded import MOST_ROW_ID

P = ParamSpec("P")
R = TypeVar("R")

Row = TypeVar("Row", bound=Base)

sign_in_required = auth_required("session")
#: Guards every change of sign-in, and what gives somebody else power over an account or its domains: it needs a
#: sign-in within the last hour, else the password once more. A browser that was left open is not enough.
fresh_sign_in_required = auth_required(
    "session",
    within=lambda: current_app.config["SECURITY_FRESHNESS"],
    grace=lambda: current_app.config["SECURITY_FRESHNESS_GRACE_PERIOD"],
)


def staff_required(view: Callable[P, R]) -> Callable[P, R]:
    """For everybody else these pages do not exist. Staff whose password alone signs them in are led to set up more,
    where STAFF_SECOND_FACTOR says so.
    """

    @wraps(view)
    def guarded(*args: P.args, **kwargs: P.kwargs) -> R:
        if not me().is_staff:
            abort(404)
        if settings().staff_need_second_factor and not me().tf_primary_method:
            flash("Staff need a second factor. Set it up, then go on.", "info")
            return cast("R", redirect(url_for("safety.two_factor"), code=303))
        return view(*args, **kwargs)

    return cast("Callable[P, R]", sign_in_required(guarded))


def me() -> User:
    """The signed-in user: the row itself, not Flask-Login's proxy."""
    return cast("User", current_user._get_current_object())  # noqa: SLF001


def my_user() -> User | None:
    """The signed-in user, or None, for pages that need no sign-in."""
    return me() if current_user.is_authenticated else None


def my_memberships() -> Sequence[Membership]:
    """The signed-in user's memberships, read once a request."""
    if "memberships" not in g:
        g.memberships = memberships_of(me())
    return cast("Sequence[Membership]", g.memberships)


def membership_of_user() -> Membership | None:
    """The membership in the account that was chosen in this browser, else the first membership."""
    chosen = session.get("account_id")
    mine = my_memberships()
    return next((one for one in mine if one.account_id == chosen), mine[0] if mine else None)


def account_of_user() -> Account | None:
    """The account in which the signed-in user works. None for somebody without an account."""
    membership = membership_of_user()
    if membership is None:
        return None
    g.account_id = membership.account_id  # for the log
    return membership.account


def choose_account(account_id: int) -> None:
    """Work in this account from now on, in this browser."""
    session["account_id"] = account_id
    g.pop("memberships", None)


def forget_account() -> None:
    """The account of this browser is gone, and so is what this request has read of it: no place leads there now."""
    session.pop("account_id", None)
    for read in ("memberships", "attention"):
        g.pop(read, None)


def current_account() -> Account:
    """As `account_of_user`, for pages that need one. Staff without an account are led to their own pages, everybody
    else without one to what they can do about it.
    """
    account = account_of_user()
    if account is None:
        abort(redirect(url_for("staff.overview")) if me().is_staff else no_account_page(403))
    return account


def no_account_page(status: int, form: NameForm | None = None) -> Response:
    """The page for people without an account: they left it, were taken out of it, or deleted it."""
    form = form or NameForm(formdata=None)
    return make_response(render_template("account/none.html", form=form, email=me().email), status)


def is_owner() -> bool:
    membership = membership_of_user()
    return membership is not None and membership.role is MembershipRole.OWNER


def owned_account() -> Account:
    """The current account, for acts that only an owner may do."""
    account = current_account()
    if not is_owner():
        abort(
            403,
            "Only an owner of the account can do this. Ask one of them; Account, People shows who they are.",
        )
    return account


def own_membership_or_404(membership_id: int) -> Membership:
    membership = row_or_404(Membership, membership_id)
    if membership.account_id != current_account().id:
        abort(404)
    return membership


def own_invitation_or_404(invitation_id: int) -> Invitation:
    invitation = row_or_404(Invitation, invitation_id)
    if invitation.account_id != current_account().id:
        abort(404)
    return invitation


def own_address_or_404(address_id: int) -> NotificationAddress:
    address = row_or_404(NotificationAddress, address_id)
    if address.account_id != current_account().id:
        abort(404)
    return address


def row_or_404(model: type[Row], row_id: int) -> Row:
    """The row, whoever owns it. An id too large for the database answers 404 as well."""
    row = db.session.get(model, row_id) if row_id <= MOST_ROW_ID else None
    if row is None:
        abort(404)
    return row


def own_domain_or_404(domain_id: int) -> LLMClientCustomDomain:
    domain = row_or_404(LLMClientCustomDomain, domain_id)
    if domain.account_id != current_account().id or domain.state is DomainState.REMOVED:
        abort(404)
    return domain


def own_llm_client_or_404(llm_client_id: int) -> LLMClient:
    llm_client = row_or_404(LLMClient, llm_client_id)
    if llm_client.account_id != current_account().id:
        abort(404)
    return llm_client
