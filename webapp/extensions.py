"""Every extension, unbound; `init_extensions` ties them to one application."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NoReturn

import structlog
from celery import Celery, Task
from flask import Flask, current_app
from flask_bootstrap import Bootstrap5
from flask_limiter import Limiter
from flask_mailman import Mail
from flask_migrate import Migrate
from flask_security import Security, SQLAlchemyUserDatastore
from flask_sqlalchemy import SQLAlchemy
from flask_wtf.csrf import CSRFProtect
from limits import RateLimitItem
from limits.storage import Storage
from limits.strategies import FixedWindowRateLimiter
from sqlalchemy import Index

from webapp.config.places import MIGRATIONS
from webapp.database.patience import patient
from webapp.models import Base, Role, User, WebAuthn
from webapp.resilience.database import init_database, of_work
from webapp.resilience.queue_file import init_queue_file
from webapp.stores import cache, init_cache, settings

if TYPE_CHECKING:
    from sqlalchemy.sql.schema import SchemaItem

    from webapp.aws.acm.port import AcmApi
    from webapp.aws.route53.port import Route53Api
    from webapp.dns.resolver import Dns
    from webapp.dns.updates import DynamicZone

__all__ = [
    "acm",
    "bootstrap",
    "cache",
    "csrf",
    "datastore",
    "db",
    "dns",
    "edge_zone",
    "init_extensions",
    "limiter",
]
__all__ += ["mail", "migrate", "route53", "security", "settings"]

log = structlog.get_logger(__name__)

db = SQLAlchemy(model_class=Base, disable_autonaming=True)


def _is_for_this_database(
    thing: SchemaItem, _name: str | None, _kind: str, reflected: bool, _counterpart: SchemaItem | None
) -> bool:
    """False on SQLite for an index that only PostgreSQL has: Alembic would report it as missing."""
    if reflected or not isinstance(thing, Index) or db.engine.dialect.name == "postgresql":
        return True
    return not thing.dialect_options["postgresql"]["using"]


migrate = Migrate(compare_type=True, render_as_batch=True, include_object=_is_for_this_database)
csrf = CSRFProtect()


def _no_key() -> NoReturn:
    raise LookupError("A limit says by what it counts; the keys are in webapp.abuse.limits.")


class PatientLimiter(Limiter):
    """Counts in memory while its store cannot be written.

    Flask-Limiter does so for a store that cannot be asked. What it counts after the view (`deduct_when`) it writes
    without a net: a store that reads and does not write, such as a full disk or a replica, would make every wrong
    password an error 500 that is not counted.
    """

    def init_app(self, app: Flask) -> None:
        super().init_app(app)
        self._storage_dead = False
        self._limiter = _PatientCounter(self, self.storage)

    def hit_in_memory(self, item: RateLimitItem, *key: str, cost: int) -> bool:
        """From now on everything is counted in memory, until the store's `check` says that it can be written."""
        self._storage_dead = True
        return self.limiter.hit(item, *key, cost=cost)


class _PatientCounter(FixedWindowRateLimiter):
    def __init__(self, owner: PatientLimiter, store: Storage) -> None:
        super().__init__(store)
        self._owner = owner

    def hit(self, item: RateLimitItem, *identifiers: str, cost: int = 1) -> bool:
        try:
            return super().hit(item, *identifiers, cost=cost)
        except self.storage.base_exceptions as err:
            log.warning("limits.store", reason=str(err))
            return self._owner.hit_in_memory(item, *identifiers, cost=cost)


limiter = PatientLimiter(key_func=_no_key, default_limits=[], headers_enabled=True)
mail = Mail()
bootstrap = Bootstrap5()
security = Security()
datastore: SQLAlchemyUserDatastore = SQLAlchemyUserDatastore(db, User, Role, webauthn_model=WebAuthn)


def dns() -> Dns:
    """How this application asks DNS; tests put a twin into `app.extensions["dns"]`."""
    return current_app.extensions["dns"]  # type: ignore[no-any-return]


def route53() -> Route53Api:
    """The process's one Route 53 client, built when first needed: web processes never need it."""
    found = current_app.extensions["route53"]
    if callable(found):
        found = current_app.extensions["route53"] = found()
    return found  # type: ignore[no-any-return]


def acm() -> AcmApi:
    """The process's one ACM client, as `route53`."""
    found = current_app.extensions["acm"]
    if callable(found):
        found = current_app.extensions["acm"] = found()
    return found  # type: ignore[no-any-return]


def edge_zone(domain: str) -> DynamicZone | None:
    """The edge's zone at the servers that take our updates; None where a wildcard stands for all targets in it."""
    return current_app.extensions["edge_zone"](domain)  # type: ignore[no-any-return]


def init_extensions(app: Flask) -> None:
    db.init_app(app)
    with app.app_context():
        app.extensions["engine"] = db.engine
        init_database(app, db.engine, app.extensions["settings"])
    migrate.init_app(app, db, directory=str(MIGRATIONS))
    csrf.init_app(app)
    init_cache(app)
    mail.init_app(app)
    bootstrap.init_app(app)
    celery_init_app(app)


def celery_init_app(app: Flask) -> Celery[Task[Any, Any]]:
    """A Celery application whose tasks run inside an application context of `app`."""
    init_queue_file()

    class ContextTask(Task):  # type: ignore[type-arg]
        def __call__(self, *args: Any, **kwargs: Any) -> Any:
            with app.app_context(), patient(of_work(app.extensions["settings"])):
                return self.run(*args, **kwargs)

    celery: Celery[Task[Any, Any]] = Celery(app.name, task_cls=ContextTask)
    celery.config_from_object(app.config["CELERY"])
    celery.set_default()
    app.extensions["celery"] = celery
    return celery
