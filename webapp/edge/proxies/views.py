"""The views for proxies and monitoring. Responses set no cookie, are never cached, and are one line or a document."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from threading import Thread

import structlog
from flask import Blueprint, Flask, Response, current_app, jsonify, request
from sqlalchemy.exc import SQLAlchemyError
from werkzeug.exceptions import HTTPException

from webapp.database import patience
from webapp.edge.proxies import answers
from webapp.edge.proxies.answers import Answer
from webapp.edge.routes import traefik
from webapp.edge.routes.route_list import BeingMadeError, RouteList
from webapp.edge.served_names import queries
from webapp.edge.served_names.announcements import generation_of_routes
from webapp.resilience.database import of_work, wait_as_for_work
from webapp.resilience.gate import take_long_place, waited
from webapp.resilience.parts import Part
from webapp.runtime.requests.trusted_proxies import is_in, is_this_machine, sends_token
from webapp.stores import settings

log = structlog.get_logger(__name__)

#: What proxies ask, and what monitoring does. A dashboard with EDGE_ON_WEB=no answers monitoring alone.
edge = Blueprint("edge", __name__)
monitoring = Blueprint("monitoring", __name__)

_OPEN = frozenset({"edge.ask", "monitoring.healthz"})


class _Ended(HTTPException):
    """An HTTP exception whose response is one line of text; the dashboard's views answer with a page."""

    def __init__(self, answer: Answer) -> None:
        super().__init__(answer.status, response_of(answer))


@edge.before_request
@monitoring.before_request
def _be_quick() -> None:
    """A proxy holds a visitor's connection while it asks, and its wait for a place counts.

    The list of all routes takes as long as it takes.
    """
    if request.endpoint == "edge.traefik_configuration":
        wait_as_for_work()
    else:
        patience.use(patience.Patience(round(patience.EDGE_SECONDS - waited(), 1), hurried=True))


@edge.before_request
@monitoring.before_request
def _is_for_whoever_asks() -> Response | None:
    """`/edge/ask` and `/healthz` say yes or no to anybody; what tells more would give a stranger all customers."""
    chosen = settings()
    if request.endpoint in _OPEN or is_this_machine() or is_in(chosen.edge_networks):
        return None
    return None if sends_token(chosen.edge_token) else response_of(answers.not_for_strangers())


@edge.get("/edge/ask")
def ask() -> Response:
    """200 when the name may be served and get a certificate, 404 when not. One indexed query, no DNS."""
    name = _asked_name()
    return response_of(answers.may_be_served(name, queries.find(name)))


@edge.get("/edge/route")
def route() -> Response:
    """Where requests for a verified name go: the deployed LLM client behind it."""
    name = _asked_name()
    return response_of(answers.where_it_leads(name, queries.find(name), settings().platform_domain))


@edge.get("/edge/traefik")
def traefik_configuration() -> Response:
    """All routes at once, as Traefik's HTTP provider reads them. 304 to whoever has this list already."""
    if not take_long_place():
        return _line("Too many fetch the list of routes. Ask again in a moment.")
    kept = _route_list().current()
    packed = request.accept_encodings.quality("gzip") > 0
    response = Response(kept.compressed() if packed else kept.plain(), mimetype="application/json")
    response.call_on_close(kept.close)
    # Weak, because the list is the same with and without compression.
    response.set_etag(kept.about.etag, weak=True)
    response.vary.add("Accept-Encoding")
    if packed:
        response.content_encoding = "gzip"
        response.content_length = kept.compressed_size
    response.make_conditional(request)
    return _uncached(response)


def _route_list() -> RouteList:
    chosen = settings()
    # Another database or platform domain, or a release that writes them otherwise, gives another list.
    known_by = f"{traefik.FORMAT} {chosen.database_url} {chosen.platform_domain}"
    base = hashlib.sha256(known_by.encode()).hexdigest()[:16]

    def generation() -> str | None:
        routes = generation_of_routes()
        return f"{base}-{routes}" if routes else None

    return RouteList(
        chosen.broker_path.parent / "routes" / "traefik",
        generation,
        lambda write: traefik.write_configuration(queries.routes(), write),
        _in_background,
    )


def _in_background(make: Callable[[], None]) -> None:
    """In a thread that no reader waits for. Who asks next tries again, whatever becomes of it."""
    app: Flask = current_app._get_current_object()  # type: ignore[attr-defined] # noqa: SLF001 - as Flask has it

    def run() -> None:
        patience.use(of_work(app.extensions["settings"]))
        with app.app_context():
            try:
                make()
            except Exception:
                log.exception("edge.route_list")

    try:
        Thread(target=run, name="routes", daemon=True).start()
    except RuntimeError:
        log.warning("edge.route_list", exc_info=True)


@monitoring.get("/healthz")
def healthz() -> Response:
    """200 while this process answers. It checks nothing else."""
    return response_of(answers.alive())


@monitoring.get("/readyz")
def readyz() -> Response:
    """Whether this process can do its work: 503 when a part that it needs does not answer."""
    parts: dict[str, Part] = current_app.extensions["readiness"]()
    ready = all(part.ok for part in parts.values())
    response = jsonify(
        ready=ready, **{name: {"ok": part.ok, "sentence": part.sentence} for name, part in parts.items()}
    )
    response.status_code = 200 if ready else 503
    return _uncached(response)


@edge.errorhandler(BeingMadeError)
def _being_made(_error: BeingMadeError) -> Response:
    """503, as for a silent database: a proxy keeps what it has and asks again."""
    return _line("The list of routes is being made. Ask again in a moment.")


@edge.errorhandler(OSError)
def _not_kept(error: OSError) -> Response:
    """The disk is full, or the directory is not ours: the list of routes cannot be written."""
    log.error("edge.route_list", path=request.path, exc_info=error)
    return _line("The list of routes could not be written. The log says why.")


@edge.errorhandler(SQLAlchemyError)
@monitoring.errorhandler(SQLAlchemyError)
def _database_silent(error: SQLAlchemyError) -> Response:
    """503: neither verified nor not verified, so that a proxy keeps what it has and asks again."""
    log.error("edge.database", path=request.path, exc_info=error)
    return response_of(answers.database_away())


def _asked_name() -> str:
    """Ends the request with 400 when it has none."""
    name = answers.asked_name(request.environ.get("QUERY_STRING", ""))
    if isinstance(name, Answer):
        raise _Ended(name)
    return name


def response_of(answer: Answer) -> Response:
    return Response(answer.body, answer.status, answer.headers)


def _line(sentence: str, status: str = "503 SERVICE UNAVAILABLE") -> Response:
    return response_of(answers.line(sentence, status))


def _uncached(response: Response) -> Response:
    response.headers["Cache-Control"] = "no-store"
    return response
