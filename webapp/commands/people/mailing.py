"""E-mails of commands, whose links lead where those of pages do."""

from __future__ import annotations

from collections.abc import Callable

from flask import current_app

from webapp.extensions import settings
from webapp.runtime.public_url import own_address
from webapp.runtime.requests import afterwards


def as_in_a_request(job: Callable[[str], None], argument: str) -> None:
    """Do it now, and return when it is done. The log has what it raised."""
    app = current_app._get_current_object()  # type: ignore[attr-defined]  # noqa: SLF001
    afterwards.run(app, job, argument, own_address(settings()))
