"""Nameplate: host names of their own for the customers of an LLM platform."""

# ruff: noqa: PLC0415 - imported late, so that `webapp.dns` or `webapp.models` can be used without everything else.

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from flask import Flask

    from webapp.config.settings import Settings


def create_app(settings: Settings | None = None, overrides: Mapping[str, object] | None = None) -> Flask:
    """The application. Without `settings` they come from the environment; a wrong one raises
    `webapp.config.settings.ConfigurationError` with a sentence. `overrides` goes on top of Flask's own configuration.
    """
    from webapp.boot.starting import require_usable
    from webapp.config.flask import flask_config
    from webapp.config.places import STATIC, TEMPLATES
    from webapp.config.settings import load_settings
    from webapp.runtime.public_url import Nameplate
    from webapp.telemetry.requests import init_requests

    if settings is None:
        settings = load_settings()
        require_usable(settings)
    app = Nameplate(__name__, template_folder=str(TEMPLATES), static_folder=str(STATIC))
    app.config.from_mapping({**flask_config(settings), **(overrides or {})})
    app.extensions["settings"] = settings
    _init_parts(app, settings)
    _register_blueprints(app)
    init_requests(app)
    return app


def _init_parts(app: Flask, settings: Settings) -> None:
    from webapp.abuse import init_abuse
    from webapp.accounts.sign_up import init_sign_up
    from webapp.adapters import init_outside
    from webapp.api.problems import init_problems
    from webapp.auth import init_auth
    from webapp.cli import init_commands
    from webapp.edge.dashboard.verified_names import init_verified_names
    from webapp.extensions import init_extensions
    from webapp.health import readiness
    from webapp.help_pages.views import init_help
    from webapp.resilience.gate import init_gate
    from webapp.runtime.logs import init_logs
    from webapp.runtime.request_ids import init_tracing
    from webapp.runtime.requests.afterwards import init_afterwards
    from webapp.runtime.requests.headers import init_headers
    from webapp.runtime.requests.trusted_proxies import init_trusted_proxies
    from webapp.subscriptions import init_subscriptions
    from webapp.web.errors import init_error_pages
    from webapp.web.template_globals import init_pages

    init_logs(app)
    init_tracing(app)
    init_trusted_proxies(app, settings)
    init_extensions(app)
    init_afterwards(app)
    init_outside(app, settings)
    init_auth(app)
    init_abuse(app, settings)
    init_sign_up(app)
    init_verified_names(app)
    init_subscriptions()
    init_headers(app)
    init_pages(app)
    init_help(app)
    init_error_pages(app)
    init_problems(app)
    init_commands(app)
    init_gate(app)
    app.extensions["readiness"] = readiness.look


def _register_blueprints(app: Flask) -> None:
    from webapp.abuse.way_in import way_in
    from webapp.accounts.people_views import invitations, people
    from webapp.api.pages.views import api_pages
    from webapp.api.resources import RESOURCES
    from webapp.auth.security_views import safety
    from webapp.bulk.views import bulk
    from webapp.documentation.views import documentation
    from webapp.domain_page.attention_views import attention_pages
    from webapp.domain_page.list_views import domains
    from webapp.edge.proxies.views import edge, monitoring
    from webapp.edge.visitors.views import visitors
    from webapp.handover.views import handover, open_links
    from webapp.health.views import system
    from webapp.help_pages.views import help_pages, well_known
    from webapp.home.views import auth
    from webapp.imports.views import imports
    from webapp.keys.views import keys, platform_keys
    from webapp.llm_clients.views import llm_clients
    from webapp.notifications.views import notifications
    from webapp.probes.views import probes
    from webapp.staff.people.views import staff_people
    from webapp.staff.views import staff
    from webapp.timeline.pages.views import history
    from webapp.transfers.views import transfers
    from webapp.webhooks.pages.views import staff_webhooks, webhooks

    for blueprint in (
        *(auth, people, invitations, notifications, safety, way_in, keys, platform_keys),
        *(domains, history, handover, open_links, transfers, probes, llm_clients, staff, monitoring, system),
        *(bulk, imports, webhooks, staff_webhooks, staff_people, attention_pages),
        *(*RESOURCES, api_pages, documentation, help_pages, well_known),
        *((edge, visitors) if app.extensions["settings"].edge_on_web == "yes" else ()),
    ):
        app.register_blueprint(blueprint)
