"""The sandbox's web server: AWS, pages of provider, mailbox and visits. Nothing of Nameplate's app is in it."""

from __future__ import annotations

from flask import Flask, Response, abort, request

from webapp.config.places import STATIC, TEMPLATES
from webapp.sandbox.acm.api import acm
from webapp.sandbox.aws.api import api
from webapp.sandbox.aws.route53_zones import Account
from webapp.sandbox.mailbox.pages import mailbox
from webapp.sandbox.provider.api import provider_api
from webapp.sandbox.provider.pages import pages
from webapp.sandbox.visits.pages import visits
from webapp.sandbox.visits.visit import Edge

_PLACES = (("provider.zone_list", "DNS provider"), ("mailbox.inbox", "Mailbox"))
_LOCAL_NAMES = frozenset({"127.0.0.1", "localhost"})


def create_sandbox_app(account: Account, edge: Edge | None = None) -> Flask:
    """With an edge, names can be visited."""
    app = Flask(
        "sandbox",
        template_folder=str(TEMPLATES / "sandbox"),
        static_folder=str(STATIC / "sandbox"),
        static_url_path="/static",
        root_path=str(TEMPLATES.parent),
    )
    app.extensions["sandbox-account"] = account
    app.register_blueprint(api)
    app.register_blueprint(acm)
    app.register_blueprint(provider_api)
    app.register_blueprint(pages)
    app.register_blueprint(mailbox)
    visited = [("visits.page", "Visit a name")] if edge is not None else []
    app.jinja_env.globals["can_visit"] = edge is not None
    app.jinja_env.globals["places"] = [*_PLACES, *visited]
    if edge is not None:
        app.extensions["sandbox-edge"] = edge
        app.register_blueprint(visits)
    app.before_request(_refuse_strangers)
    app.after_request(_add_headers)
    return app


def _refuse_strangers() -> None:
    """Another site open in the same browser can neither reach the sandbox by a name nor post to it."""
    if request.host.partition(":")[0] not in _LOCAL_NAMES:
        abort(421, "The sandbox answers to 127.0.0.1 and localhost only.")
    origin = request.headers.get("Origin")
    if request.method != "GET" and origin and origin != request.host_url.rstrip("/"):
        abort(403, "This form was sent from another site.")


def _add_headers(response: Response) -> Response:
    response.headers.setdefault(
        "Content-Security-Policy",
        "default-src 'none'; style-src 'self'; img-src 'self' data:; form-action 'self';"
        " frame-ancestors 'none'; base-uri 'none'",
    )
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Referrer-Policy"] = "same-origin"
    return response
