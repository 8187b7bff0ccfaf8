"""The page of ours that a form was sent from."""

from __future__ import annotations

from urllib.parse import urlsplit

from flask import current_app, request
from werkzeug.exceptions import HTTPException


def page_before() -> str | None:
    """Its path and query. None where the browser names another site or no page, or one that cannot be opened again,
    such as the address of a form that was shown again with its problems.
    """
    came_from = request.referrer or ""
    if not came_from.startswith(request.host_url):
        return None
    there = urlsplit(came_from)
    adapter = current_app.create_url_adapter(request)
    assert adapter is not None  # noqa: S101 - there is one during a request
    try:
        adapter.match(there.path, method="GET")
    except HTTPException:
        return None
    return there.path + (f"?{there.query}" if there.query else "")
