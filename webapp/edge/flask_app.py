"""What the edge service is made of: the small Flask application for what is asked seldom, and the fast one before it.

None of it imports identity or forms, `webapp.models` or `webapp.extensions`. It only reads.
"""

from __future__ import annotations

from functools import partial

import structlog
from flask import Blueprint, Flask, Response
from sqlalchemy import Engine, create_engine
from werkzeug.exceptions import HTTPException

from webapp.config.flask import cache_config, database_url, engine_options
from webapp.config.settings import Settings
from webapp.edge.application import EdgeApplication, Wsgi
from webapp.edge.lookup.connections import Connections
from webapp.edge.lookup.lookups import Lookups
from webapp.edge.lookup.postgresql import PostgreSQLStatement
from webapp.edge.lookup.sqlite import SQLiteStatement
from webapp.edge.lookup.statement import Prepared
from webapp.edge.proxies import answers
from webapp.edge.proxies.answers import Answer
from webapp.edge.proxies.views import edge, monitoring, response_of
from webapp.edge.served_names.announcements import init_announcements
from webapp.edge.served_names.queries import KNOWN
from webapp.edge.served_names.served import LOOK_UP, Served, from_row
from webapp.edge.visitors.views import visitors
from webapp.health.metrics_views import figures
from webapp.resilience.database import init_database
from webapp.resilience.gate import init_gate
from webapp.resilience.parts import ask_database, look_at
from webapp.runtime.public_url import Nameplate
from webapp.stores import init_cache
from webapp.telemetry.edge_answers import AnswerCounts
from webapp.telemetry.requests import init_requests

log = structlog.get_logger(__name__)

#: Seconds for which an answer from PostgreSQL is given out again. SQLite shows whether anything was committed.
FRESH_SECONDS = 0.9

system = Blueprint("system", __name__)


@system.get("/metrics")
def metrics() -> Response:
    """The installation's figures are the dashboard's."""
    return figures()


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
    allowed = [header for header in error.get_headers() if header[0] == "Allow"]
    return response_of(answers.line(f"{error.name}.", f"{error.code} {error.name.upper()}", *allowed))


def _our_fault(error: Exception) -> Response:
    log.error("unhandled", exc_info=error)
    return response_of(answers.line("Something broke on our side.", "500 INTERNAL SERVER ERROR"))
