"""Whether the parts that a process needs answer, within a bounded time however silent they are."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from concurrent.futures import Future
from dataclasses import dataclass
from threading import Thread

import structlog
from sqlalchemy import Engine, column, select, table

from webapp.database.patience import EDGE, patient
from webapp.database.schema import schema

log = structlog.get_logger(__name__)

SECONDS = 2.0
_A_TABLE_OF_OURS = table("llm_client_custom_domain", column("id"))


@dataclass(frozen=True)
class Part:
    ok: bool
    sentence: str


class NotReadyError(Exception):
    """It answers, and what it says is not good. The message is a sentence."""


def look_at(probes: Mapping[str, Callable[[], None]], seconds: float = SECONDS) -> dict[str, Part]:
    """Ask all of them at once. Each is asked in a thread of its own, because none of the clients can be relied on
    to give up: a stopped Redis accepts connections and then says nothing.
    """
    asked = {name: _start(probe) for name, probe in probes.items()}
    deadline = time.monotonic() + seconds
    return {name: _outcome(name, future, deadline, seconds) for name, future in asked.items()}


def ask_database(engine: Engine) -> None:
    """Reads a table, since a database without our tables is of no use either, nor with those of another version."""
    with engine.connect() as connection:
        connection.execute(select(_A_TABLE_OF_OURS.c.id).limit(1))
        found = schema(connection)
        if not found.is_right:
            raise NotReadyError(f"{found.sentence} {found.advice}")


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


def _outcome(name: str, future: Future[None], deadline: float, seconds: float) -> Part:
    try:
        future.result(timeout=max(0.0, deadline - time.monotonic()))
    except TimeoutError:
        return Part(ok=False, sentence=f"The {name} did not answer within {seconds:.0f} seconds.")
    except NotReadyError as err:
        return Part(ok=False, sentence=str(err))
    except Exception:
        # Each client has exceptions of its own; the log names which it was.
        log.warning("readiness.refused", part=name, exc_info=True)
        return Part(ok=False, sentence=f"The {name} could not be used; the log says why.")
    return Part(ok=True, sentence=f"The {name} answers.")
