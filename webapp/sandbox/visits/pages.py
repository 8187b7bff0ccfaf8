"""The pages that visit a name through the sandbox's edge, for who has no name server that knows it."""

from __future__ import annotations

from collections.abc import Iterator
from http.client import HTTPException, HTTPResponse

from flask import Blueprint, Response, current_app, render_template, request
from flask.typing import ResponseReturnValue

from webapp.dns import names
from webapp.sandbox.aws.api import sandbox_account
from webapp.sandbox.provider.providers import REGISTRAR
from webapp.sandbox.shared.environment import EDGE_ADDRESS, LOOPBACK
from webapp.sandbox.tls_edge.authority import SUFFIX
from webapp.sandbox.visits.visit import Edge, Visit, visit
from webapp.sandbox.world.world import World

visits = Blueprint("visits", __name__, url_prefix="/visit")

NOT_UNDERSTOOD, BAD_GATEWAY = 422, 502
_PAGE_POLICY = (
    "default-src 'none'; style-src 'self'; img-src 'self' data:; form-action 'self'; frame-src 'self';"
    " frame-ancestors 'none'; base-uri 'none'"
)
#: The page of a stranger, which may neither run scripts nor reach the sandbox's own pages.
_FRAME_POLICY = (
    "sandbox allow-forms; default-src 'none'; style-src 'self'; img-src 'self' data:; form-action 'self';"
    " frame-ancestors 'self'; base-uri 'none'"
)
_PIECE = 16 * 1024


@visits.get("")
def page() -> ResponseReturnValue:
    """Every step of a visit to `name`, and what it shows in the end."""
    typed = request.args.get("name", "").strip()
    seen, problem, shown = None, "", ""
    if typed:
        parsed = names.parse(typed)
        if parsed.name is None:
            problem = parsed.refusal.sentence if parsed.refusal else "This is not a host name."
        else:
            seen, shown = _visited(parsed.name.ascii), parsed.name.unicode
    edge = _edge()
    body = render_template(
        "visit.html",
        provider=REGISTRAR,
        typed=typed,
        problem=problem,
        seen=seen,
        shown=shown,
        edge=edge,
        edge_address=EDGE_ADDRESS,
        loopback=LOOPBACK,
        suffix=SUFFIX,
    )
    response = Response(body, NOT_UNDERSTOOD if problem else 200, mimetype="text/html")
    response.headers["Content-Security-Policy"] = _PAGE_POLICY
    response.headers["Cache-Control"] = "no-store"
    return response


@visits.get("/at/<name>/", defaults={"path": ""})
@visits.get("/at/<name>/<path:path>")
def frame(name: str, path: str) -> ResponseReturnValue:
    """What the name answers, handed on as it comes: the frame of the page above."""
    parsed = names.parse(name)
    if parsed.name is None:
        return _framed("This is not a host name.\n", NOT_UNDERSTOOD, "text/plain")
    query = request.query_string.decode("ascii", "replace")
    _, answer = _visit(parsed.name.ascii, f"/{path}?{query}" if query else f"/{path}")
    if answer is None:
        return _framed("Nothing answers.\n", BAD_GATEWAY, "text/plain")
    kind = answer.headers.get("Content-Type", "text/plain")
    response = _framed(_pieces(answer), answer.status, kind)
    response.call_on_close(answer.close)
    return response


def _visited(name: str) -> Visit:
    seen, answer = _visit(name, "/")
    if answer is not None:
        answer.close()
    return seen


def _visit(name: str, path: str) -> tuple[Visit, HTTPResponse | None]:
    account = sandbox_account()
    return visit(name, path, World(account.store, account.controls, account.clock).resolve, _edge())


def _edge() -> Edge:
    found: Edge = current_app.extensions["sandbox-edge"]
    return found


def _pieces(answer: HTTPResponse) -> Iterator[bytes]:
    """As they come. An answer that breaks off ends here, as it does in a browser."""
    try:
        while piece := answer.read1(_PIECE):
            yield piece
    except (OSError, HTTPException):
        return


def _framed(body: str | Iterator[bytes], status: int, content_type: str) -> Response:
    response = Response(body, status, content_type=content_type)
    response.headers["Content-Security-Policy"] = _FRAME_POLICY
    response.headers["Cache-Control"] = "no-store"
    return response
