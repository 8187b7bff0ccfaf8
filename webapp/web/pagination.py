"""Pages of long lists, and 304 for responses that the browser has already."""

from __future__ import annotations

from collections.abc import Callable

from flask import Response, make_response, request

#: The largest row id of a database.
MOST_ROW_ID = 2**63 - 1
#: No name that is searched for is longer.
MOST_SEARCHED = 253


def row_id(text: str | None) -> int | None:
    """The row id that a form or an address names; None for anything that cannot be one."""
    plain = text is not None and text.isascii() and text.isdigit() and len(text) <= 19
    found = int(text or 0) if plain else 0
    return found if 0 < found <= MOST_ROW_ID else None


def searched_for() -> str:
    """What the reader searches for on this page."""
    return request.args.get("q", "").strip()[:MOST_SEARCHED]


def turned_to() -> int | None:
    """The id in the query string below which the next page of a list begins; None without a valid one."""
    before = request.args.get("before", type=int)
    return before if before is None or 0 < before <= MOST_ROW_ID else None


def unless_unchanged(version: str, render: Callable[[], str]) -> Response:
    """The rendered response, or 304 without rendering if the browser has this version already."""
    response = make_response("")
    response.set_etag(version)
    response.headers["Cache-Control"] = "private, no-cache"
    if response.make_conditional(request).status_code != 304:
        response.set_data(render())
    return response
