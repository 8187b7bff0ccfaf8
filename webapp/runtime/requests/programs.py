"""Addresses that only programs ask: no cookie is read there, and no browser shows what they answer."""

from __future__ import annotations

from flask import Flask
from flask.sessions import SecureCookieSession, SecureCookieSessionInterface
from flask.wrappers import Request

#: Of answers that are data: whoever is led to one by a browser gets no page of it.
POLICY = "default-src 'none'; form-action 'none'; frame-ancestors 'none'; base-uri 'none'"
_EXTENSION = "for_programs"


def init_programs(app: Flask, prefix: str) -> None:
    """All below the prefix `/…/` is for programs; the prefix itself is a page."""
    app.extensions[_EXTENSION] = prefix
    app.session_interface = _Sessions()


def is_for_programs(app: Flask, path: str) -> bool:
    prefix: str = app.extensions[_EXTENSION]
    return path.startswith(prefix) and path != prefix


class _Sessions(SecureCookieSessionInterface):
    """Programs have none: what they are answered depends on no cookie, so that no cache has to tell them by it."""

    def open_session(self, app: Flask, request: Request) -> SecureCookieSession | None:
        return None if is_for_programs(app, request.path) else super().open_session(app, request)
