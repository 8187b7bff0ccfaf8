"""Pages of long lists, and answers that the browser has already."""

from __future__ import annotations

from collections.abc import Callable

from flask import Response, make_response, request

from webapp.web import bounded


def turned_to() -> int | None:
    """The id that a long list goes on below, from the address."""
    return bounded.number(request.args.get("before"))


def unless_unchanged(version: str, render: Callable[[], str]) -> Response:
    """304 when the browser has this version already, without rendering anything."""
    response = make_response("")
    response.set_etag(version)
    response.headers["Cache-Control"] = "private, no-cache"
    if response.make_conditional(request).status_code != 304:
        response.set_data(render())
    return response
