"""What the edge answers by itself to visitors of customers' names: the proof that it is ours, and nobody's page.

A proxy hands these questions on with the visitor's `Host`. Both only read, and neither asks who is there.
"""

from __future__ import annotations

import re

import structlog
from flask import Blueprint, Response, request
from sqlalchemy.exc import SQLAlchemyError

from webapp.database import patience
from webapp.dns import names
from webapp.edge import answers, nobody, queries
from webapp.edge.lookup.statement import AwayError
from webapp.edge.proof import PATH, is_nonce, proof
from webapp.edge.views import response_of
from webapp.resilience.gate import waited
from webapp.stores import settings

log = structlog.get_logger(__name__)

visitors = Blueprint("visitors", __name__)

#: By which a probe tells our answers from those of an LLM client, or of somebody else's edge.
ANSWER = "Nameplate-Answer"
_PORT = re.compile(r":\d{0,5}\Z")


@visitors.before_request
def _be_quick() -> None:
    """A visitor waits for the answer, and the wait for a place counts."""
    patience.use(patience.Patience(round(patience.EDGE_SECONDS - waited(), 1), hurried=True))


@visitors.get(f"{PATH}<path:nonce>")
def prove(nonce: str) -> Response:
    """200 with what only our edge can say for a verified name with a deployed LLM client, and nobody's page for all
    other names. One indexed query, no DNS.
    """
    name = _visited_name()
    if name is None or not is_nonce(nonce):
        return nobodys_page()
    found = queries.find(name)
    if found is None or found.label is None:
        return nobodys_page()
    said = proof(settings().secret_key, found.domain_id, name, nonce)
    return _answer("proof", Response(f"{said}\n", mimetype="text/plain"))


@visitors.get("/edge/nobody")
def nobodys_page() -> Response:
    """404, whatever the name."""
    accepted = request.accept_mimetypes.best_match(nobody.TYPES, default="text/plain")
    response = Response(nobody.TYPES[accepted], 404, mimetype=accepted)
    response.vary.add("Accept")
    return _answer("nobody", response)


@visitors.errorhandler(SQLAlchemyError)
def _database_silent(error: SQLAlchemyError) -> Response:
    """503: neither proof nor nobody's page, because we cannot know."""
    log.error("edge.database", path=PATH, exc_info=error)
    return _cannot_know()


@visitors.errorhandler(AwayError)
def _database_away(_error: AwayError) -> Response:
    """The same. The log has it already."""
    return _cannot_know()


def _cannot_know() -> Response:
    return _answer("", response_of(answers.database_away()))


def _visited_name() -> str | None:
    """The A-label name in `Host`, whatever its case, final dot and port; None where that is no host name.

    Read from the header itself, in which WSGI has every byte as a character (PEP 3333): a program may send a name in
    its own letters, as UTF-8.
    """
    given = request.environ.get("HTTP_HOST", "")
    try:
        host = _PORT.sub("", given.encode("latin-1").decode())
    except UnicodeError:
        return None
    parsed = names.parse(host, urls=False, underscores=True)
    return parsed.name.ascii if parsed.name else None


def _answer(kind: str, response: Response) -> Response:
    """With every header that it is to have: the dashboard's own are for its own host."""
    response.headers["Cache-Control"] = "no-store"
    response.headers["Content-Security-Policy"] = nobody.POLICY
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Referrer-Policy"] = "no-referrer"
    if kind:
        response.headers[ANSWER] = kind
    return response
