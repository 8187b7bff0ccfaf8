"""Whether database, cache and broker answer and a worker lives, within a bounded time however silent they are."""

from __future__ import annotations

from datetime import timedelta
from functools import partial

from flask import current_app
from flask_caching.backends.base import BaseCache
from sqlalchemy import Engine, select

from webapp.extensions import cache, db, settings
from webapp.health.status import Component
from webapp.jobs.clock import is_of_the_future
from webapp.models import SystemStatus, utcnow
from webapp.resilience.parts import SECONDS, NotReadyError, Part, ask_database, look_at
from webapp.resilience.patient_cache import PatientRedisCache
from webapp.runtime.broker import declare


def look() -> dict[str, Part]:
    probes = {
        "database": partial(ask_database, db.engine),
        "cache": partial(_ask_cache, cache.cache),
        "broker": partial(declare, current_app.extensions["celery"]),
        "worker": partial(_ask_for_worker, db.engine, settings().worker_silent_seconds),
    }
    return look_at(probes, SECONDS)


def _ask_for_worker(engine: Engine, silent_seconds: float) -> None:
    """A worker notes every few seconds that it lives and that the clock tells it what to do."""
    query = select(SystemStatus.last_ok_at).where(SystemStatus.component == Component.WORKER)
    with engine.connect() as connection:
        seen_at = connection.scalar(query)
    if seen_at is None:
        raise NotReadyError("No worker has ever run, so nothing is checked. Start one with beat.")
    now = utcnow()
    if is_of_the_future(seen_at, now):
        raise NotReadyError(
            f"The worker's last sign of life is of {seen_at:%-d %B %Y, %H:%M} UTC, which is still to come. "
            "Its clock is wrong or was, or this machine's is."
        )
    silent = now - seen_at
    if silent > timedelta(seconds=silent_seconds):
        raise NotReadyError(
            f"No sign of life from the worker for {silent.total_seconds():.0f} s, so nothing is checked."
        )


def _ask_cache(backend: BaseCache) -> None:
    if isinstance(backend, PatientRedisCache):
        backend.ask_again()
    backend.set("readiness", "written", timeout=10)
    if backend.get("readiness") != "written":
        raise LookupError("the cache did not keep what was written to it")
