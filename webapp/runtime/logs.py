"""Logs: one line per event on standard error, as JSON for machines or text for people, without secrets.

Lines of ours and of libraries take the same path, so that all carry the id of their request
(`webapp.runtime.request_ids` binds it).
"""

from __future__ import annotations

import logging
import os
import sys
from collections.abc import Iterable, Sequence
from typing import Any
from urllib.parse import unquote, urlsplit

import structlog
from flask import Flask
from structlog.typing import Processor

from webapp.config.settings import Settings
from webapp.resilience.calm import Calm

#: Lines of libraries below these levels are of no use to operators: Celery logs every task, and boto every header
#: that it sends.
LEVELS = {
    "": logging.WARNING,
    "webapp": logging.INFO,
    "celery": logging.WARNING,
    "kombu": logging.WARNING,
    "boto3": logging.WARNING,
    "botocore": logging.WARNING,
    "urllib3": logging.WARNING,
}
#: Shorter secrets are not masked, because they may be ordinary words: the sandbox's AWS secret is “sandbox”.
SHORTEST_SECRET = 12
BLOTTED = "[secret]"


def init_logs(app: Flask) -> None:
    configure_by(app.extensions["settings"])


def configure_by(chosen: Settings) -> None:
    configure(chosen.log_format, secrets_of(chosen), chosen.log_level)


def configure(form: str, secrets: Iterable[str] = (), level: str = "info") -> None:
    """Send every log line of this process to standard error. `form` is the setting LOG_FORMAT, `level` LOG_LEVEL."""
    as_text = form == "text" or (form == "auto" and sys.stderr.isatty())
    common: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    structlog.configure(
        processors=[*common, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        wrapper_class=structlog.make_filtering_bound_logger(_number(level)),
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=False,
    )
    handler = _StandardError()
    handler.setFormatter(_Discreet(common, _text() if as_text else _json(), list(secrets)))
    root = logging.getLogger()
    root.handlers = [*(one for one in root.handlers if not isinstance(one, _StandardError)), handler]
    for name, least in LEVELS.items():
        logging.getLogger(name).setLevel(_number(level) if name == "webapp" else max(least, _number(level)))


def _number(level: str) -> int:
    return logging.getLevelNamesMapping()[level.upper()]


def quiet() -> None:
    """Log faults only, for commands: their output tells people everything else."""
    ours = logging.getLogger("webapp")
    ours.setLevel(max(ours.level, logging.WARNING))


def _json() -> list[Processor]:
    return [structlog.processors.format_exc_info, structlog.processors.JSONRenderer(ensure_ascii=False)]


def _text() -> list[Processor]:
    colours = sys.stderr.isatty() and not os.environ.get("NO_COLOR")
    return [structlog.dev.ConsoleRenderer(colors=colours, exception_formatter=structlog.dev.plain_traceback)]


class _StandardError(logging.Handler):
    """The `sys.stderr` of the moment of writing, because test runners and others replace it."""

    def __init__(self) -> None:
        super().__init__()
        self._calm = Calm()

    def emit(self, record: logging.LogRecord) -> None:
        try:
            calm = self._calm(record)
            if calm is None:
                return
            for one in (*self._calm.overdue(), calm):
                sys.stderr.write(self.format(one) + "\n")
            sys.stderr.flush()
        except Exception:  # noqa: BLE001 - a log that cannot be written must not end what it tells of
            self.handleError(record)


class _Discreet(structlog.stdlib.ProcessorFormatter):
    """A formatter that masks secrets. Our code logs none; this is for lines of libraries."""

    def __init__(self, common: Sequence[Processor], last: Sequence[Processor], secrets: list[str]) -> None:
        super().__init__(
            foreign_pre_chain=common,
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, *last],
        )
        self._secrets = secrets

    def format(self, record: logging.LogRecord) -> str:
        return blotted(super().format(record), self._secrets)


def blotted(text: str, secrets: Sequence[str]) -> str:
    """The text with every secret masked. `secrets`: as `secrets_of` returns them."""
    for secret in secrets:
        text = text.replace(secret, BLOTTED)
    return text


def secrets_of(settings: Any) -> list[str]:
    """The secrets in the settings and the environment, longest first: a secret may be part of another one, which
    would otherwise stay readable in part.
    """
    urls = (settings.database_url, settings.redis_url, settings.mail_url)
    passwords = [urlsplit(url).password or "" for url in urls]
    known = [
        *settings.secret_keys,
        settings.metrics_token,
        settings.edge_token,
        settings.edge_update_key.partition(":")[2],
        *passwords,
        *(unquote(password) for password in passwords),
        *(os.environ.get(name, "") for name in ("AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN")),
    ]
    return sorted({secret for secret in known if len(secret) >= SHORTEST_SECRET}, key=len, reverse=True)
