"""Answers that are written while their rows are read, so that they may be longer than memory."""

from __future__ import annotations

from collections.abc import Iterator

from flask import Response, abort, stream_with_context

from webapp.resilience.gate import take_long_place


def download(text: Iterator[str], mimetype: str, filename: str) -> Response:
    """Ends the request with 503 when too many are under way: each holds a thread for as long as its reader likes."""
    if not take_long_place():
        abort(503, "Too many downloads are under way. Try again in a minute.")
    response = Response(stream_with_context(text), mimetype=mimetype)
    response.headers.set("Content-Disposition", "attachment", filename=filename)
    return response
