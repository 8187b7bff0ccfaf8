"""Error pages, and the exceptions that they handle."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from dataclasses import dataclass
from typing import cast

import structlog
from flask import Flask, Response, current_app, flash, g, redirect, render_template, request
from flask_login import AnonymousUserMixin
from flask_wtf.csrf import CSRFError
from sqlalchemy.exc import SQLAlchemyError
from werkzeug.exceptions import HTTPException
from werkzeug.wrappers import Response as BaseResponse

from webapp.database.faults import is_away

log = structlog.get_logger(__name__)

_TITLES = {
    400: "We could not read that request",
    403: "This page is not for your account",
    404: "Page not found",
    405: "This address does not take that kind of request",
    413: "That was too much text",
    429: "Too many tries",
    500: "Something broke on our side",
    503: "We are busy for a moment",
}


#: Fields whose content is never shown again, because it is secret.
_SECRET = {"password", "password_confirm", "new_password", "new_password_confirm", "code", "credential"}


#: The extension with who answers errors below a path otherwise than by a page, as (prefix, function) in a list.
BELOW = "errors_below"


@dataclass(frozen=True)
class Fault:
    """An error to be told. `words` are the sentence for this one alone, `away`: the database does not answer."""

    status: int
    error: Exception
    words: str | None = None
    away: bool = False


def init_error_pages(app: Flask) -> None:
    app.extensions.setdefault(BELOW, [])
    app.register_error_handler(CSRFError, _expired_form)
    app.register_error_handler(HTTPException, _http_error)
    app.register_error_handler(SQLAlchemyError, _database_fault)
    app.register_error_handler(Exception, _our_fault)


def _otherwise(fault: Fault) -> BaseResponse | None:
    """The answer of whoever answers errors below this path; None where a page tells of them."""
    told: list[tuple[str, Callable[[Fault], BaseResponse]]] = current_app.extensions[BELOW]
    return next((tell(fault) for prefix, tell in told if request.path.startswith(prefix)), None)


def _expired_form(_error: CSRFError) -> BaseResponse | tuple[str, int]:
    """The page for a form whose CSRF token has expired. It shows what was typed, unless secret, to be sent again.

    This is for forms of our own pages alone: otherwise another site could post a form and have one click send it
    again.
    """
    if not (request.referrer or "").startswith(request.host_url):
        return render_template("errors/error.html", code=400, title="This form has expired"), 400
    kept = [(name, text) for name, text in request.form.items(multi=True) if name != "csrf_token"]
    if not kept or any(name in _SECRET for name, _ in kept):
        flash(
            "Your session ended while this page was open, so nothing was changed. Please send it again.",
            "warning",
        )
        return redirect(request.referrer or request.host_url, code=303)
    return render_template("errors/expired.html", kept=kept, action=request.full_path.rstrip("?")), 400


def _http_error(error: HTTPException) -> BaseResponse | tuple[str, int]:
    if error.code is None or error.response is not None or error.code < 400:
        return cast("Response", error.get_response())
    title = _TITLES.get(error.code, error.name)
    own_words = error.description if error.description != type(error).description else None
    if error.code >= 500:
        _ask_nobody()
    return _otherwise(Fault(error.code, error, own_words)) or (
        render_template("errors/error.html", code=error.code, title=title, own_words=own_words),
        error.code,
    )


def _database_fault(error: SQLAlchemyError) -> BaseResponse | tuple[str, int]:
    """503 when the same may work in a moment. Whether a commit without an answer was kept, nobody knows."""
    if not is_away(error):
        return _our_fault(error)
    log.error("database.away", exc_info=error)
    _ask_nobody()
    words = "Our database does not answer at the moment. Try again in a minute."
    return _otherwise(Fault(503, error, words, away=True)) or (
        render_template("errors/error.html", code=503, title=_TITLES[503], own_words=words),
        503,
    )


def _our_fault(error: Exception) -> BaseResponse | tuple[str, int]:
    error_id = secrets.token_hex(4)
    log.error("unhandled", error_id=error_id, exc_info=error)
    _ask_nobody()
    return _otherwise(Fault(500, error)) or (
        render_template("errors/error.html", code=500, title=_TITLES[500], error_id=error_id),
        500,
    )


def _ask_nobody() -> None:
    """Keep the page from loading the user, because the database may be what is broken."""
    g._login_user = AnonymousUserMixin()  # noqa: SLF001
