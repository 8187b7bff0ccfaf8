"""The domains that need their owner, as the header of every page tells of them."""

from __future__ import annotations

from typing import cast

from flask import Blueprint, abort, g, redirect, request, session, url_for
from flask_security import current_user
from werkzeug.wrappers import Response

from webapp.auth.access import account_of_user, current_account, sign_in_required
from webapp.domains import listing
from webapp.domains.listing import Attention
from webapp.domains.listing.banners import Banners, Line, banners, put_away_now
from webapp.models import utcnow
from webapp.web.page_before import page_before

attention_pages = Blueprint("attention", __name__, url_prefix="/attention")

#: Where the session has which lines were put away, until when, and of which domains they told.
_PUT_AWAY = "put_away"


@attention_pages.app_template_global()
def attention() -> Attention | None:
    """The reader's domains that need action, read once a request. None without an account."""
    if not current_user.is_authenticated or (account := account_of_user()) is None:
        return None
    if "attention" not in g:
        g.attention = listing.attention(account)
    return cast("Attention", g.attention)


@attention_pages.app_template_global()
def attention_lines() -> Banners | None:
    """What the page says of them above its content. None where nobody reads it who has domains."""
    found = attention()
    if found is None:
        return None
    open_page = (request.view_args or {}).get("domain_id") if request.blueprint == "domains" else None
    return banners(found, session.get(_PUT_AWAY), utcnow(), open_page=open_page)


def header_version() -> str:
    """Changes when the header tells something else."""
    found, lines = attention(), attention_lines()
    return f"{found.version if found else ''}-{lines.version if lines else ''}"


@attention_pages.post("")
@sign_in_required
def put_away() -> Response:
    """Put one line away for a day, in this browser, and go on where the reader was."""
    try:
        line = Line(request.form.get("line", ""))
    except ValueError:
        abort(400, "There is no such line.")
    found, read = listing.attention(current_account()), request.form.getlist("told", type=int)
    session[_PUT_AWAY] = put_away_now(found, session.get(_PUT_AWAY), line, read, utcnow())
    return redirect(page_before() or url_for("auth.home"), code=303)
