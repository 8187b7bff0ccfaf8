"""How long a request, a task and whatever else is in this process waits for the database."""

from __future__ import annotations

from flask import Flask, current_app, g
from sqlalchemy import Engine

from webapp.config.settings import Settings
from webapp.database import patience, postgresql, sqlite


def init_database(app: Flask, engine: Engine, settings: Settings) -> None:
    """Whatever uses `engine` waits for no silent database without end. A request has the patience of a page."""
    if engine.dialect.name == "postgresql":
        app.extensions["circuit"] = postgresql.make_patient(engine, settings.database_silent_seconds)
    else:
        sqlite.make_patient(engine)

    def begin() -> None:
        g.patience_before = patience.current()
        patience.use(patience.Patience(settings.database_page_seconds, hurried=True))

    def end(_error: BaseException | None) -> None:
        patience.use(g.pop("patience_before", patience.UNBOUNDED))

    app.before_request_funcs.setdefault(None, []).insert(0, begin)
    app.teardown_request(end)


def wait_as_for_work() -> None:
    """For the rest of this request, which may take as long as a worker's task."""
    patience.use(of_work(current_app.extensions["settings"]))


def of_work(settings: Settings) -> patience.Patience:
    return patience.Patience(settings.database_work_seconds)
