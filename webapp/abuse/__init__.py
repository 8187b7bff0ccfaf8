"""What keeps strangers from guessing passwords, flooding mailboxes, shutting people out, and going unseen."""

from __future__ import annotations

from flask import Flask

from webapp.abuse import counters, known_browsers, limits, sign_in_log, stranger_mail
from webapp.auth.doors import MAY_WRITE
from webapp.config.settings import Settings

__all__ = ["init_abuse"]


def init_abuse(app: Flask, settings: Settings) -> None:
    counters.init_counters(app, settings)
    known_browsers.init_known_browsers(app)
    limits.init_limits_of_sign_in(app)
    sign_in_log.init_sign_in_log(app)
    app.extensions[MAY_WRITE] = stranger_mail.may_write
