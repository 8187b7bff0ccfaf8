"""Nameplate's own address, for links that leave it: in mails, and in what a page calls absolute.

The Host header of a request is whatever its sender wrote. A link made of it would let a stranger ask for somebody's
new password and have the key sent to a server of his own.
"""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from flask import Flask, Request

if TYPE_CHECKING:
    from werkzeug.routing import MapAdapter

    from webapp.config.settings import Settings

#: Names that lead nowhere but to the reader's own machine.
_THIS_MACHINE = {"localhost", "127.0.0.1", "::1"}


def own_address(settings: Settings) -> str:
    """`PUBLIC_URL` without its final slash; this machine when nobody has said what others call it."""
    return settings.public_url.rstrip("/") or f"http://localhost:{settings.port}"


class Nameplate(Flask):
    """A Flask whose absolute addresses are its own, whatever the request called it."""

    def create_url_adapter(self, request: Request | None) -> MapAdapter | None:
        adapter = super().create_url_adapter(request)
        if adapter is None or request is None:
            return adapter
        settings: Settings = self.extensions["settings"]
        if settings.public_url or urlsplit(f"//{adapter.server_name}").hostname not in _THIS_MACHINE:
            own = urlsplit(own_address(settings))
            adapter.url_scheme, adapter.server_name = own.scheme, own.netloc
        return adapter
