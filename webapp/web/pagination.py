"""Pages of long lists, and 304 for responses that the browser has already."""

from __future__ import annotations

from collections.abc import Callable

from flask import Response, make_response, request

#: The largest row id of a database.
MOST_ROW_ID = 2**63 - 1


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
