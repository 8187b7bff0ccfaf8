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
from webapp.dns import names
from webapp.edge import queries, traefik
from webapp.edge.route_list import BeingMadeError, RouteList
from webapp.edge.served import Served, look_up
from webapp.edge.verified_names import generation_of_routes
from webapp.health import readiness
from webapp.resilience.database import of_work, wait_as_for_work
from webapp.resilience.gate import take_long_place, waited
from webapp.runtime.trusted_proxies import is_in, is_this_machine, sends_token
from webapp.stores import engine, settings

log = structlog.get_logger(__name__)

edge = Blueprint("edge", __name__)

#: Longer names are refused. A host name has at most 253 characters, but proxies ask for any name in a handshake.
LONGEST_QUESTION = 255
_OPEN = frozenset({"edge.ask", "edge.healthz"})


class _Answer(HTTPException):
    """An HTTP exception whose response is one line of text; the dashboard's views answer with a page."""

    def __init__(self, sentence: str, status: int) -> None:
        super().__init__(sentence, _line(sentence, status))


@edge.before_request
def _be_quick() -> None:
    """A proxy holds a visitor's connection while it asks, and its wait for a place counts.

    The list of all routes takes as long as it takes.
    """
    if request.endpoint == "edge.traefik_configuration":
        wait_as_for_work()
    else:
        patience.use(patience.Patience(round(patience.EDGE_SECONDS - waited(), 1), hurried=True))


@edge.before_request
def _is_for_whoever_asks() -> Response | None:
    """`/edge/ask` and `/healthz` say yes or no to anybody; what tells more would give a stranger all customers."""
    chosen = settings()
    if request.endpoint in _OPEN or is_this_machine() or is_in(chosen.edge_networks):
        return None
    if sends_token(chosen.edge_token):
        return None
    response = _line(
        "This is for EDGE_NETWORKS and whoever sends EDGE_TOKEN as a bearer token; without a proxy before Nameplate, "
        "for this machine, too.",
        401,
    )
    response.headers["WWW-Authenticate"] = "Bearer"
    return response


@edge.get("/edge/ask")
def ask() -> Response:
    """200 when the name may be served and get a certificate, 404 when not. One indexed query, no DNS."""
    name = _asked_name()
    if _found(name):
        return _line(f"{name} is verified.", 200)
    return _line(f"{name} is not verified.", 404)


@edge.get("/edge/route")
def route() -> Response:
    """Where requests for a verified name go: the deployed LLM client behind it."""
    name = _asked_name()
    found = _found(name)
    if found is None or found.label is None:
        return _line(f"{name} is not verified, or leads to no deployed LLM client.", 404)
    default_host = found.default_host(settings().platform_domain)
    document = {
        "domain": name,
        "account": found.account,
        "label": found.label,
        "default_host": default_host,
    }
    response = _uncached(jsonify(document))
    # The host is in a header as well, because a proxy that asks before each request reads it more easily.
    response.headers["Nameplate-Default-Host"] = default_host
    return response


@edge.get("/edge/traefik")
def traefik_configuration() -> Response:
    """All routes at once, as Traefik's HTTP provider reads them. 304 to whoever has this list already."""
    if not take_long_place():
        return _line("Too many fetch the list of routes. Ask again in a moment.", 503)
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


@edge.get("/healthz")
def healthz() -> Response:
    """200 while this process answers. It checks nothing else."""
    return _line("Nameplate is running.", 200)


@edge.get("/readyz")
def readyz() -> Response:
    """Whether this process can do its work: 503 when a part that it needs does not answer."""
    parts = readiness.look()
    ready = all(part.ok for part in parts.values())
    response = jsonify(
        ready=ready, **{name: {"ok": part.ok, "sentence": part.sentence} for name, part in parts.items()}
    )
    response.status_code = 200 if ready else 503
    return _uncached(response)


@edge.errorhandler(BeingMadeError)
def _being_made(_error: BeingMadeError) -> Response:
    """503, as for a silent database: a proxy keeps what it has and asks again."""
    return _line("The list of routes is being made. Ask again in a moment.", 503)


@edge.errorhandler(OSError)
def _not_kept(error: OSError) -> Response:
    """The disk is full, or the directory is not ours: the list of routes cannot be written."""
    log.error("edge.route_list", path=request.path, exc_info=error)
    return _line("The list of routes could not be written. The log says why.", 503)


@edge.errorhandler(SQLAlchemyError)
def _database_silent(error: SQLAlchemyError) -> Response:
    """503: neither verified nor not verified, so that a proxy keeps what it has and asks again."""
    log.error("edge.database", path=request.path, exc_info=error)
    return _line("The database did not answer. Ask again in a moment.", 503)


def _found(name: str) -> Served | None:
    with engine().connect() as connection:
        return look_up(connection, name)


def _asked_name() -> str:
    """The A-label name in `domain`, whatever its case and final dot. Ends the request with 400 otherwise."""
    given = request.args.getlist("domain")
    if len(given) != 1:
        raise _Answer("Ask for one name, as in /edge/ask?domain=chat.example.com.", 400)
    if len(given[0]) > LONGEST_QUESTION:
        raise _Answer(f"A host name has at most 253 characters, and this has {len(given[0])}.", 400)
    parsed = names.parse(given[0], urls=False, underscores=True)
    if parsed.name is None:
        raise _Answer(parsed.refusal.sentence if parsed.refusal else "This is not a host name.", 400)
    return parsed.name.ascii


def _line(sentence: str, status: int) -> Response:
    return _uncached(Response(f"{sentence}\n", status, mimetype="text/plain"))


def _uncached(response: Response) -> Response:
    response.headers["Cache-Control"] = "no-store"
    return response
