"""Pages of long lists, and 304 for responses that the browser has already."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from typing import Any

from flask import Response, make_response, render_template, request

from webapp.web import bounded

#: No name that is searched for is longer.
MOST_SEARCHED = 253


def searched_for() -> str:
    """What the reader searches for on this page."""
    return request.args.get("q", "").strip()[:MOST_SEARCHED]


def turned_to() -> int | None:
    """The id in the query string below which the next page of a list begins; None without a valid one."""
    return bounded.number(request.args.get("before"))


def found_page(folder: str, **context: Any) -> Response | str:
    """The page of a list that is searched. `part=found` in the address: what is found alone, for the script that
    searches while somebody types; 304 if that is the same as before.
    """
    if request.args.get("part") != "found":
        return render_template(f"{folder}/index.html", **context)
    part = render_template(f"{folder}/_found.html", **context)
    return unless_unchanged(hashlib.sha256(part.encode()).hexdigest()[:20], lambda: part)


def unless_unchanged(version: str, render: Callable[[], str]) -> Response:
    """The rendered response, or 304 without rendering if the browser has this version already."""
    response = make_response("")
    response.set_etag(version)
    response.headers["Cache-Control"] = "private, no-cache"
    if response.make_conditional(request).status_code != 304:
        response.set_data(render())
    return response
