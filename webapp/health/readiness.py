"""Whether database, cache and broker answer and a worker lives, within a bounded time however silent they are."""

from __future__ import annotations

import time
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from threading import Thread

import structlog
from flask import current_app
from flask_caching.backends.base import BaseCache
from sqlalchemy import Engine, select

from webapp.database.patience import EDGE, patient
from webapp.database.schema import schema
from webapp.extensions import cache, db, settings
from webapp.health.status import Component
from webapp.jobs.clock import is_of_the_future
from webapp.models import LLMClientCustomDomain, SystemStatus, utcnow
from webapp.resilience.patient_cache import PatientRedisCache
from webapp.runtime.broker import declare

log = structlog.get_logger(__name__)

SECONDS = 2.0


@dataclass(frozen=True)
class Part:
    ok: bool
    sentence: str


class NotReadyError(Exception):
    """It answers, and what it says is not good. The message is a sentence."""


def look() -> dict[str, Part]:
    """Ask all of them at once. Each is asked in a thread of its own, because none of the clients can be relied on
    to give up: a stopped Redis accepts connections and then says nothing.
    """
    asked = {
        "database": _start(partial(_ask_database, db.engine)),
        "cache": _start(partial(_ask_cache, cache.cache)),
        "broker": _start(partial(declare, current_app.extensions["celery"])),
        "worker": _start(partial(_ask_for_worker, db.engine, settings().worker_silent_seconds)),
    }
    deadline = time.monotonic() + SECONDS
    return {name: _outcome(name, future, deadline) for name, future in asked.items()}


def _start(probe: Callable[[], None]) -> Future[None]:
    future: Future[None] = Future()
    Thread(target=_run, args=(probe, future), daemon=True).start()
    return future


def _run(probe: Callable[[], None], future: Future[None]) -> None:
    try:
        with patient(EDGE):
            probe()
    except Exception as err:  # noqa: BLE001 - whatever went wrong in this thread belongs to the one that waits
        future.set_exception(err)
    else:
        future.set_result(None)


def _outcome(name: str, future: Future[None], deadline: float) -> Part:
    try:
        future.result(timeout=max(0.0, deadline - time.monotonic()))
    except TimeoutError:
        return Part(ok=False, sentence=f"The {name} did not answer within {SECONDS:.0f} seconds.")
    except NotReadyError as err:
        return Part(ok=False, sentence=str(err))
    except Exception:
        # Each client has exceptions of its own; the log names which it was.
        log.warning("readiness.refused", part=name, exc_info=True)
        return Part(ok=False, sentence=f"The {name} could not be used; the log says why.")
    return Part(ok=True, sentence=f"The {name} answers.")


def _ask_database(engine: Engine) -> None:
    """Reads a table, since a database without our tables is of no use either, nor with those of another version."""
    with engine.connect() as connection:
        connection.execute(select(LLMClientCustomDomain.id).limit(1))
        found = schema(connection)
        if not found.is_right:
            raise NotReadyError(f"{found.sentence} {found.advice}")


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
