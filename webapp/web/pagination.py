"""Pages of long lists, and answers that the browser has already."""

from __future__ import annotations

from collections.abc import Callable

from flask import Response, make_response, request

#: No database of ours holds a larger row id.
MOST_ROW_ID = 2**63 - 1


def turned_to() -> int | None:
    """The id that a long list goes on below, from the address."""
    before = request.args.get("before", type=int)
    return before if before is None or 0 < before <= MOST_ROW_ID else None


def unless_unchanged(version: str, render: Callable[[], str]) -> Response:
    """304 when the browser has this version already, without rendering anything."""
    response = make_response("")
    response.set_etag(version)
    response.headers["Cache-Control"] = "private, no-cache"
    if response.make_conditional(request).status_code != 304:
        response.set_data(render())
    return response
