"""The navigation in the head of every page: the places, the menu of who is signed in, and the pages of an account."""

from __future__ import annotations

from dataclasses import dataclass

from flask import Flask, request, url_for
from flask_security import current_user

from webapp.auth.access import account_of_user, is_owner, me, my_memberships
from webapp.models import Account

#: The pages of an account in the order of their tabs. Transfers are for owners alone.
_ACCOUNT_PAGES = (
    ("Overview", "auth.account"),
    ("People", "people.index"),
    ("Notifications", "notifications.index"),
    ("Transfers", "transfers.index"),
    ("API keys", "keys.index"),
    ("Webhooks", "webhooks.index"),
    ("Security", "safety.index"),
)
_WITHOUT_ACCOUNT = (("Security", "safety.index"),)


def init_navigation(app: Flask) -> None:
    app.jinja_env.globals.update(
        account_links=account_links,
        is_owner=is_owner,
        is_signed_in=is_signed_in,
        my_account=account_of_user,
        my_accounts=my_accounts,
        my_email=my_email,
        nav_links=nav_links,
        way_to=way_to,
    )


@dataclass(frozen=True)
class NavLink:
    words: str
    url: str
    current: bool


def is_signed_in() -> bool:
    return bool(current_user.is_authenticated)


def my_email() -> str:
    return me().email


def way_to(place: str) -> list[tuple[str, str]]:
    """The first step of the way to a page of an account or of staff, as its words and its address. Who is in no
    account has no such step. `place`: the blueprint.
    """
    if place.startswith(("staff", "platform")):
        return [("Staff", url_for("staff.overview"))]
    return [("Account", url_for("auth.account"))] if account_of_user() is not None else []


def nav_links() -> list[NavLink]:
    """The places of the signed-in user: a customer's own pages, and staff's pages."""
    if not is_signed_in():
        return []
    places = []
    if account_of_user() is not None:
        places += [("Home", "auth.home"), ("Domains", "domains.index"), ("LLM clients", "llm_clients.index")]
    if me().is_staff:
        places += [("Staff", "staff.overview")]
    return [NavLink(words, url_for(endpoint), _is_here(endpoint)) for words, endpoint in places]


def account_links() -> list[NavLink]:
    """The pages about the account and the sign-in. Who is in no account has the latter alone."""
    pages = _ACCOUNT_PAGES if account_of_user() is not None else _WITHOUT_ACCOUNT
    return [
        NavLink(words, url_for(endpoint), request.endpoint == endpoint)
        for words, endpoint in pages
        if endpoint != "transfers.index" or is_owner()
    ]


def _is_here(endpoint: str) -> bool:
    if endpoint == "auth.home":
        return request.endpoint == endpoint
    blueprint = endpoint.partition(".")[0]
    place = {"domains": "/domains", "staff": "/staff"}.get(blueprint)
    return request.path.startswith(place) if place else request.blueprint == blueprint


def my_accounts() -> list[Account]:
    """The accounts that the reader can switch between, the current one first. Empty when there is no choice."""
    if not is_signed_in() or len(my_memberships()) < 2:
        return []
    here = account_of_user()
    return sorted((one.account for one in my_memberships()), key=lambda account: account is not here)
