"""The navigation in the head of every page."""

from __future__ import annotations

from dataclasses import dataclass

from flask import Flask, request, url_for
from flask_security import current_user

from webapp.auth.access import account_of_user, is_owner, me, my_memberships
from webapp.models import Account


def init_navigation(app: Flask) -> None:
    app.jinja_env.globals.update(is_owner=is_owner, my_accounts=my_accounts, nav_links=nav_links)


@dataclass(frozen=True)
class NavLink:
    words: str
    url: str
    current: bool


def nav_links() -> list[NavLink]:
    """The links for the signed-in user: a customer's own pages, and staff's pages."""
    if not current_user.is_authenticated:
        return []
    places = []
    if account_of_user() is not None:
        places += [
            ("Domains", "domains.index"),
            ("LLM clients", "llm_clients.index"),
            ("Account", "auth.account"),
        ]
    else:
        places += [("Security", "safety.index")]
    if me().is_staff:
        places += [("Staff", "staff.overview")]
    return [NavLink(words, url_for(endpoint), _is_here(endpoint)) for words, endpoint in places]


def _is_here(endpoint: str) -> bool:
    blueprint = endpoint.partition(".")[0]
    place = {"auth": "/account", "domains": "/domains", "staff": "/staff"}.get(blueprint)
    return request.path.startswith(place) if place else request.blueprint == blueprint


def my_accounts() -> list[Account]:
    """The accounts that the reader can switch between, the current one first. Empty when there is no choice."""
    if not current_user.is_authenticated or len(my_memberships()) < 2:
        return []
    here = account_of_user()
    return sorted((one.account for one in my_memberships()), key=lambda account: account is not here)
