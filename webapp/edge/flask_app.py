"""What the edge service is made of: the small Flask application for what is asked seldom, and the fast one before it.

None of it imports identity or forms, `webapp.models` or `webapp.extensions`. It only reads.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import partial

import structlog
from flask import Blueprint, Flask, Response
from prometheus_client import Metric
from prometheus_client.registry import Collector
from sqlalchemy import Engine, create_engine
from werkzeug.exceptions import HTTPException

from webapp.config.flask import cache_config, database_url, engine_options
from webapp.config.settings import Settings
from webapp.edge.announcements import init_announcements
from webapp.edge.answers import Answer
from webapp.edge.application import EdgeApplication, Wsgi
from webapp.edge.lookup.connections import Connections
from webapp.edge.lookup.lookups import Lookups
from webapp.edge.lookup.postgresql import PostgreSQLStatement
from webapp.edge.lookup.sqlite import SQLiteStatement
from webapp.edge.lookup.statement import Prepared
from webapp.edge.served import LOOK_UP, Served, from_row
from webapp.edge.views import edge, monitoring
from webapp.edge.visitor_views import KNOWN, visitors
from webapp.health.metrics import CONTENT_TYPE_LATEST, exposition
from webapp.resilience.database import init_database
from webapp.resilience.gate import init_gate
from webapp.resilience.parts import ask_database, look_at
from webapp.runtime.public_url import Nameplate
from webapp.runtime.requests.trusted_proxies import may_read_figures
from webapp.stores import init_cache
from webapp.telemetry.edge_answers import AnswerCounts
from webapp.telemetry.requests import init_requests

log = structlog.get_logger(__name__)

#: Seconds for which an answer from PostgreSQL is given out again. SQLite is asked each time: that costs less than
#: what a second of freshness is worth.
FRESH_SECONDS = 0.9

system = Blueprint("system", __name__)


class _NoMore(Collector):
    """The installation's figures are the dashboard's."""

    def collect(self) -> Iterable[Metric]:
        return ()


@system.get("/metrics")
def metrics() -> Response:
    """What the processes of this machine have counted."""
    if not may_read_figures():
        sentence = "Metrics are for whoever sends METRICS_TOKEN, or for EDGE_NETWORKS and this machine without one.\n"
        return Response(
            sentence, 401, {"WWW-Authenticate": "Bearer", "Cache-Control": "no-store"}, mimetype="text/plain"
        )
    return Response(
        exposition(_NoMore()), 200, {"Cache-Control": "no-store"}, content_type=CONTENT_TYPE_LATEST
    )


def edge_application(chosen: Settings) -> Wsgi:
    """The application of one process. It begins to count.

    What `X-Forwarded-For` says is not believed, whatever `TRUSTED_PROXIES`: Granian puts `X_Forwarded_For` in its
    place, which proxies hand on as a visitor wrote it.
    """
    app = flask_app(chosen)
    counts = AnswerCounts()
    lookups = lookups_of(app.extensions["engine"], app, chosen)
    application = EdgeApplication(app.wsgi_app, lookups, chosen, counts)
    counts.begin()
    return application


def flask_app(chosen: Settings) -> Flask:
    app = Nameplate("webapp.edge", static_folder=None)
    app.config.from_mapping(cache_config(chosen))
    app.extensions["settings"] = chosen
    engine = create_engine(database_url(chosen.database_url), **engine_options(chosen))
    app.extensions["engine"] = engine
    app.extensions["readiness"] = partial(look_at, {"database": partial(ask_database, engine)})
    init_database(app, engine, chosen)
    init_cache(app)
    init_announcements(app)
    for blueprint in (edge, visitors, monitoring, system):
        app.register_blueprint(blueprint)
    init_requests(app)
    app.register_error_handler(HTTPException, _http_error)
    app.register_error_handler(Exception, _our_fault)
    init_gate(app)
    return app


def lookups_of(engine: Engine, app: Flask, chosen: Settings) -> Lookups[Answer]:
    """The small application proves names by them as well."""
    prepared: Prepared
    if engine.dialect.name == "postgresql":
        kinds = (int, str, str, "t".__eq__)
        prepared = PostgreSQLStatement(engine, LOOK_UP, app.extensions["circuit"], kinds)
        fresh = FRESH_SECONDS
    else:
        prepared, fresh = SQLiteStatement(engine, LOOK_UP), 0.0
    lookups = Lookups[Answer](Connections(prepared).ask, fresh=fresh, keep=chosen.edge_keep_seconds)
    app.extensions[KNOWN] = partial(_served, lookups)
    return lookups


def _served(lookups: Lookups[Answer], name: str) -> Served | None:
    found = lookups.look_up(name).found
    return from_row(found) if found else None


def _http_error(error: HTTPException) -> Response:
    if error.response is not None:
        return error.response  # type: ignore[return-value]
    response = Response(f"{error.name}.\n", error.code, mimetype="text/plain")
    response.headers["Cache-Control"] = "no-store"
    if "Allow" in dict(error.get_headers()):
        response.headers["Allow"] = dict(error.get_headers())["Allow"]
    return response


def _our_fault(error: Exception) -> Response:
    log.error("unhandled", exc_info=error)
    return Response(
        "Something broke on our side.\n", 500, {"Cache-Control": "no-store"}, mimetype="text/plain"
    )
