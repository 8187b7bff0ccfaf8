"""Pages of long lists, and 304 for responses that the browser has already."""

from __future__ import annotations

from collections.abc import Callable

from flask import Response, make_response, request

from webapp.web import bounded

#: No name that is searched for is longer.
MOST_SEARCHED = 253


def searched_for() -> str:
    """What the reader searches for on this page."""
    return request.args.get("q", "").strip()[:MOST_SEARCHED]


def turned_to() -> int | None:
    """The id in the query string below which the next page of a list begins; None without a valid one."""
    return bounded.number(request.args.get("before"))


def unless_unchanged(version: str, render: Callable[[], str]) -> Response:
    """The rendered response, or 304 without rendering if the browser has this version already."""
    response = make_response("")
    response.set_etag(version)
    response.headers["Cache-Control"] = "private, no-cache"
    if response.make_conditional(request).status_code != 304:
        response.set_data(render())
    return response
