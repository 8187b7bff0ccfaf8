"""ETags (RFC 9110, 8.8): of what a GET tells, and held against If-Match before something is changed."""

from __future__ import annotations

import hashlib
from collections.abc import Callable

from flask import Response, request
from pydantic import BaseModel

from webapp.api.problems import Problem


def require_match(shown: Callable[[], BaseModel]) -> None:
    """Raise a problem 412 if the request has an If-Match that is not of what `shown` makes now.

    Lock the row before, so that nobody changes it between this and your change. Without If-Match nothing is made.
    """
    if not request.if_match or request.if_match.star_tag:
        return
    if not request.if_match.contains(etag_of(shown().model_dump_json().encode())):
        detail = "It was changed after you read it, so that nothing was done. Read it again."
        raise Problem(412, "changed-meanwhile", detail)


def etag_of(body: bytes) -> str:
    return hashlib.sha256(body).hexdigest()[:32]


def told_once(response: Response) -> Response:
    """The answer to a GET: with its ETag, or 304 if the program has it already."""
    if response.status_code != 200 or response.is_streamed:
        return response
    response.set_etag(etag_of(response.get_data()))
    response.headers["Cache-Control"] = "private, no-cache"
    response.vary.add("Authorization")
    response.vary.add("Nameplate-Account")
    response.make_conditional(request)
    return response
