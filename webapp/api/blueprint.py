"""Blueprints below `/api/v1`, whose requests all come in by the same door."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, url_for

from webapp.api.authentication import admit
from webapp.api.problems import PREFIX
from webapp.api.rate_limit import tell_limits
from webapp.extensions import csrf


def resource(name: str) -> Blueprint:
    """A blueprint of one resource. Its endpoints are called `api_<name>.<view>`."""
    blueprint = Blueprint(f"api_{name}", __name__, url_prefix=PREFIX)
    blueprint.before_request(admit)
    blueprint.after_request(tell_limits)
    csrf.exempt(blueprint)  # no cookie is read, so that no other site can use a reader's
    return blueprint


def location(endpoint: str, **values: Any) -> str:
    """The path of a view, such as `location("domains.show", domain_id=3)`, for the header Location."""
    return url_for(f"api_{endpoint}", **values)
