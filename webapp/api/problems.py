"""Problems (RFC 9457): every error of the API, as one kind of document."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from flask import Flask, Response, request
from structlog.contextvars import get_contextvars
from werkzeug.exceptions import HTTPException

from webapp.api.codes import KINDS
from webapp.extensions import settings
from webapp.runtime.public_url import own_address
from webapp.runtime.requests.programs import init_programs
from webapp.web.errors import BELOW, Fault

PREFIX = "/api/v1"
MEDIA_TYPE = "application/problem+json"

#: The code for an error that no view of ours raised, by its status.
_CODES = {
    400: "unreadable-request",
    404: "not-found",
    405: "method-not-allowed",
    413: "body-too-large",
    415: "wrong-content-type",
    500: "our-fault",
    503: "busy",
}


class Problem(Exception):  # noqa: N818 - the word of RFC 9457
    """Ends a request with an answer of this status and code, which stands in `webapp.api.codes`.

    `detail` is the sentence for people. `pointer` (RFC 6901) names the place in the body that it is about, or
    `errors` are several `{"pointer", "detail"}`. `is_early`: it was found before the view began. `keep`: what was
    done before is committed, and not rolled back. `more` are further members of the document.
    """

    is_early = False

    def __init__(
        self,
        status: int,
        code: str,
        detail: str,
        *,
        pointer: str | None = None,
        errors: Sequence[Mapping[str, str]] = (),
        headers: Mapping[str, str] | None = None,
        keep: bool = False,
        **more: Any,
    ) -> None:
        super().__init__(detail)
        self.status, self.code, self.detail = status, code, detail
        self.errors = [{"pointer": pointer, "detail": detail}] if pointer is not None else [*errors]
        self.headers, self.keep, self.more = dict(headers or {}), keep, more
        self.title = KINDS[code].title

    @property
    def response(self) -> Response:
        document = {
            "type": help_address(self.code),
            "title": self.title,
            "status": self.status,
            "detail": self.detail,
            "instance": request.path,
            "code": self.code,
            "request_id": get_contextvars().get("request_id"),
            "errors": self.errors,
            **self.more,
        }
        text = json.dumps(document, ensure_ascii=False)
        return Response(text, self.status, self.headers, content_type=MEDIA_TYPE)


def help_address(code: str) -> str:
    return f"{own_address(settings())}/help/problems/{code}"


def not_found() -> Problem:
    """For an id of another account, as for one that never was."""
    return Problem(404, "not-found", "There is nothing here with this id among what the key may see.")


def init_problems(app: Flask) -> None:
    init_programs(app, f"{PREFIX}/")
    app.register_error_handler(Problem, lambda problem: problem.response)
    app.extensions.setdefault(BELOW, []).append((f"{PREFIX}/", _of_fault))


def _of_fault(fault: Fault) -> Response:
    """What a page of `webapp.web.errors` says otherwise."""
    code = "database-away" if fault.away else _CODES.get(fault.status, "unreadable-request")
    headers = {"Retry-After": "5"} if fault.status == 503 else {}
    if isinstance(fault.error, HTTPException):
        kept = {"allow", "retry-after"}
        headers |= {name: value for name, value in fault.error.get_headers() if name.lower() in kept}
    return Problem(fault.status, code, fault.words or KINDS[code].meaning, headers=headers).response
