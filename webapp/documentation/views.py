"""`/llms.txt` and `/docs/…`: what programs and assistants read before they use the API."""

from __future__ import annotations

from flask import Blueprint, Response, abort, request

from webapp.documentation import served
from webapp.runtime.public_url import own_address
from webapp.stores import settings

documentation = Blueprint("documentation", __name__)

_KEPT_SECONDS = 3600


@documentation.get("/llms.txt")
def llms() -> Response:
    return _answer(served.index(own_address(settings())).encode(), "text/plain")


@documentation.get("/docs/<path:name>")
def document(name: str) -> Response:
    found = served.named(name)
    if found is None:
        abort(404)
    return _answer(served.content(found.name), found.type)


def _answer(body: bytes, mimetype: str) -> Response:
    response = Response(body, mimetype=mimetype)
    response.headers["Content-Type"] = f"{mimetype}; charset=utf-8"
    response.cache_control.public = True
    response.cache_control.max_age = _KEPT_SECONDS
    response.set_etag(served.tag_of(body))
    response.make_conditional(request)
    return response
