"""Request ids: one id for a request and everything that follows from it. It is bound in the request, sent along with
every task, and bound again in the worker. Rows keep it as `request_id`, for work that a sweep does after a lost
message.
"""

from __future__ import annotations

import secrets
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import structlog
from celery.signals import before_task_publish, task_prerun
from flask import Flask, Response, g, request
from structlog.contextvars import bind_contextvars, bound_contextvars, clear_contextvars, get_contextvars

from webapp.resilience.gate import waited
from webapp.runtime.requests.trusted_proxies import ASKED_BY_MACHINES, client_address

log = structlog.get_logger(__name__)

#: Paths that machines request so often that a log line for each would hide all others.
_UNTOLD = ("static", "bootstrap.static", *ASKED_BY_MACHINES, "favicon")


def init_tracing(app: Flask) -> None:
    app.before_request(_begin)
    app.after_request(_end)


def _begin() -> None:
    """Bind the request's id, its path and the client's address, which the trusted proxies name; sign-in binds the
    person. The path is the rule's: paths of links in e-mails contain secret tokens. The wait for a place counts.
    """
    clear_contextvars()
    g.began = time.monotonic() - waited()
    rule = request.url_rule.rule if request.url_rule else "no page"
    address = str(client_address() or "unknown")
    bind_contextvars(request_id=secrets.token_hex(8), path=rule, address=address)


def _end(response: Response) -> Response:
    request_id = get_contextvars().get("request_id")
    if request_id is not None:
        response.headers["X-Request-ID"] = request_id
    told = response.status_code != 304 and not (request.endpoint or "").startswith(_UNTOLD)
    if told and "began" in g:
        passed = round(1000 * (time.monotonic() - g.began))
        log.info("request", method=request.method, status=response.status_code, ms=passed, **_about())
    return response


def _about() -> dict[str, int]:
    """The rows that the path names by their ids, such as `domain_id`, and else the account that was worked in. Other
    parts of a path may be secret.
    """
    named = {name: value for name, value in (request.view_args or {}).items() if isinstance(value, int)}
    account = g.get("account_id")
    return {**({"account_id": account} if account is not None else {}), **named}


@contextmanager
def following(request_id: str | None) -> Iterator[None]:
    """Bind `request_id` inside the block, unless it is None."""
    with bound_contextvars(**({"request_id": request_id} if request_id else {})):
        yield


@before_task_publish.connect
def _send_along(headers: dict[str, Any] | None = None, **_: Any) -> None:
    request_id = get_contextvars().get("request_id")
    if headers is not None and request_id is not None:
        headers["request_id"] = request_id


@task_prerun.connect
def _pick_up(task_id: str, task: Any, **_: Any) -> None:
    """Bind the id that came with the task. A task by schedule has none, so that its own id is used."""
    clear_contextvars()
    sent = getattr(task.request, "request_id", None)
    bind_contextvars(request_id=sent or task_id.replace("-", "")[:16], task=str(task.name).rpartition(".")[2])
