"""What every template may use: times, names, icons, and where the reader is."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime

from flask import Flask, abort, request, url_for
from flask_limiter import RequestLimit
from flask_security import current_user
from markupsafe import Markup, escape

from webapp.auth.access import account_of_user, is_owner, me, my_memberships
from webapp.domain_page import status_text
from webapp.domain_page.report_text import evidence_text
from webapp.domains.status import situation
from webapp.extensions import limiter
from webapp.models import Account, utcnow

_NAME = re.compile(r"[(“]*[\w-]+(?:\.[\w-]+)+[.,;:”)]*")


@dataclass(frozen=True)
class NavLink:
    words: str
    url: str
    current: bool


def init_pages(app: Flask) -> None:
    app.jinja_env.filters.update(
        breakable=breakable,
        clock=status_text.clock,
        moment=moment,
        names_whole=names_whole,
        shown=status_text.shown,
    )
    app.jinja_env.globals.update(
        evidence_text=evidence_text,
        is_owner=is_owner,
        my_accounts=my_accounts,
        nav_links=nav_links,
        seconds_until_next_try=seconds_until_next_try,
        situation=situation,
    )
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    app.before_request(_no_nul)
    app.add_url_rule("/favicon.ico", "favicon", lambda: app.send_static_file("favicon.ico"))


def moment(time: datetime | None, *, coming: bool = False) -> str:
    """A `<time>` that says the exact time; a script makes it relative and keeps the exact one in its title.

    `coming` is for what the worker does soon: when the time is over, it is about to happen.
    """
    if time is None:
        return "never"
    when = Markup(" data-coming") if coming else ""
    return Markup('<time datetime="{}"{}>{}</time>').format(
        time.isoformat(timespec="seconds"), when, status_text.clock(time)
    )


def names_whole(sentence: str) -> Markup:
    """The sentence with its names marked, so that a line never ends at a hyphen inside one."""
    return Markup(_NAME.sub(r'<span class="name">\g<0></span>', str(escape(sentence))))  # noqa: S704 - escaped before


def breakable(name: str) -> Markup:
    """A name that, where it is too long for its line, is broken behind a dot, and copied without the break."""
    return Markup(".<wbr>").join(name.split("."))


def nav_links() -> list[NavLink]:
    """Where whoever is signed in can go: customers to what is theirs, staff to everybody's."""
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
    return request.path.startswith("/account") if blueprint == "auth" else request.blueprint == blueprint


def my_accounts() -> list[Account]:
    """The accounts that the reader can change between, the one at hand first; none when there is no choice."""
    if not current_user.is_authenticated or len(my_memberships()) < 2:
        return []
    here = account_of_user()
    return sorted((one.account for one in my_memberships()), key=lambda account: account is not here)


def seconds_until_next_try() -> int | None:
    """When the limit that this request ran into lets go again."""
    broken: RequestLimit | None = limiter.current_limit
    return max(1, int(broken.reset_at - utcnow().timestamp()) + 1) if broken else None


def _no_nul() -> None:
    """No name, search or reason has a NUL in it, and PostgreSQL cannot hold one. Proxies get a line of text."""
    if request.blueprint != "edge" and any(
        "\0" in value for values in request.values.listvalues() for value in values
    ):
        abort(400)
