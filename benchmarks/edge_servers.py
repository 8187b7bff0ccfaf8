"""What the edge service is held against: a bare Flask view, and a WSGI application with one answer for everything."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from flask import Flask, request

bare = Flask(__name__)

_BODY = b"chat.shop0.com is verified.\n"
_HEADERS = [
    ("Content-Type", "text/plain; charset=utf-8"),
    ("Content-Length", str(len(_BODY))),
    ("Cache-Control", "no-store"),
]


@bare.get("/edge/ask")
def ask() -> tuple[str, dict[str, str]]:
    return f"{request.args['domain']} is verified.\n", {
        "Content-Type": "text/plain; charset=utf-8",
        "Cache-Control": "no-store",
    }


def constant(_environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
    start_response("200 OK", _HEADERS)
    return [_BODY]
