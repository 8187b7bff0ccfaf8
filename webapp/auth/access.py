"""Who may see what. Whatever is not yours answers as if it did not exist."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import ParamSpec, TypeVar, cast

from flask import abort, g, redirect, url_for
from flask_security import auth_required, current_user
from sqlalchemy import select

from webapp.extensions import db
from webapp.models import Account, Base, DomainState, LLMClient, LLMClientCustomDomain, Membership, User

P = ParamSpec("P")
R = TypeVar("R")

Row = TypeVar("Row", bound=Base)

MOST_ROW_ID = 2**63 - 1

sign_in_required = auth_required("session")


def staff_required(view: Callable[P, R]) -> Callable[P, R]:
    """For everybody else these pages do not exist."""

    @wraps(view)
    def guarded(*args: P.args, **kwargs: P.kwargs) -> R:
        if not me().is_staff:
            abort(404)
        return view(*args, **kwargs)

    return cast("Callable[P, R]", sign_in_required(guarded))


def me() -> User:
    return cast("User", current_user)


def account_of_user() -> Account | None:
    """The account of whoever is signed in: the first they became part of. None for staff without one."""
    if "account" not in g:
        g.account = db.session.scalar(
            select(Account)
            .join(Membership)
            .where(Membership.user_id == me().id)
            .order_by(Membership.id)
            .limit(1)
        )
    return cast("Account | None", g.account)


def current_account() -> Account:
    """As `account_of_user`, for pages that need one: staff without an account are led to their own pages."""
    account = account_of_user()
    if account is None:
        abort(redirect(url_for("staff.overview")) if me().is_staff else 403)
    return account


def row_or_404(model: type[Row], row_id: int) -> Row:
    """The row, whoever owns it. Numbers that no database holds are nobody's."""
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
