"""What keeps strangers from guessing passwords, from flooding mailboxes, and from shutting people out."""

from __future__ import annotations

from flask import Flask

from webapp.abuse import counters, known_browsers, limits
from webapp.config.settings import Settings

__all__ = ["init_abuse"]


def init_abuse(app: Flask, settings: Settings) -> None:
    counters.init_counters(app, settings)
    known_browsers.init_known_browsers(app)
    limits.init_limits_of_sign_in(app)
