"""Nameplate's own URL, for absolute links in e-mails and on pages.

It never comes from a request's Host header, which the sender chooses: a stranger could otherwise request a new
password for somebody, whose e-mail would then carry a link, with the secret in it, to the stranger's server.
"""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from flask import Flask, Request
from werkzeug.exceptions import BadHost

if TYPE_CHECKING:
    from werkzeug.routing import MapAdapter

    from webapp.config.settings import Settings

#: Host names of the local machine.
_THIS_MACHINE = {"localhost", "127.0.0.1", "::1"}


def own_address(settings: Settings) -> str:
    """`PUBLIC_URL` without its final slash; without that setting, a URL of this machine."""
    return settings.public_url.rstrip("/") or f"http://localhost:{settings.port}"


class Nameplate(Flask):
    """A Flask whose absolute URLs use its own address, whatever the Host header is."""

    def create_url_adapter(self, request: Request | None) -> MapAdapter | None:
        settings: Settings = self.extensions["settings"]
        own = urlsplit(own_address(settings))
        try:
            adapter = super().create_url_adapter(request)
        except BadHost:  # a header that is no host name; our pages are the same for every host
            asked_of_us = {**request.environ, "HTTP_HOST": own.netloc} if request else {}
            adapter = self.url_map.bind_to_environ(asked_of_us)
        if adapter is None or request is None:
            return adapter
        asked = urlsplit(f"//{adapter.server_name}")
        local = asked.hostname in _THIS_MACHINE
        if settings.public_url or not local:
            adapter.url_scheme, adapter.server_name = own.scheme, own.netloc
        # By the host, Flask-Security decides whether a link back, such as `next`, leads to us, and which host a
        # passkey is for. Whoever runs Nameplate on their own machine may call it localhost or 127.0.0.1.
        if not (local and own.hostname in _THIS_MACHINE):
            request.host = own.netloc
        return adapter
