"""The adapters to DNS, the edge's zone and AWS, built from the settings."""

from __future__ import annotations

from functools import partial
from typing import Any

from flask import Flask

from webapp.aws.acm.certificates import acm
from webapp.aws.route53.zones import route53
from webapp.config.settings import ConfigurationError, Settings
from webapp.dns.updates import DynamicZone, UpdateKey
from webapp.dns.wire.network import network_dns


def init_outside(app: Flask, settings: Settings) -> None:
    """Tests replace each by its in-memory twin."""
    account: dict[str, Any] = {
        "region": settings.aws_region,
        "endpoint_url": settings.aws_endpoint_url or None,
        "installation_id": settings.installation_id,
        "calls_per_second": settings.aws_calls_per_second,
        "creations_per_second": settings.aws_creations_per_second,
        "redis_url": settings.redis_url,
    }
    try:
        app.extensions["dns"] = network_dns(settings)
    except ValueError as err:
        raise ConfigurationError(f"DNS_RESOLVERS or DNS_ADDRESS_MAP: {err}.") from err
    budgets = settings.broker_path.parent
    app.extensions["route53"] = partial(route53, **account, budget_path=budgets / "aws-budget")
    app.extensions["acm"] = partial(acm, **account, budget_path=budgets / "acm-budget")
    app.extensions["edge_zone"] = partial(_edge_zone, settings)


def _edge_zone(settings: Settings, domain: str) -> DynamicZone | None:
    if not settings.edge_update_servers:
        return None
    name, _, secret = settings.edge_update_key.partition(":")
    return DynamicZone(domain, tuple(settings.edge_update_servers), UpdateKey(name, secret))
