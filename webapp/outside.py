"""The two ways out of the house, DNS and AWS, built from the settings."""

from __future__ import annotations

from functools import partial

from flask import Flask

from webapp.aws.route53 import route53
from webapp.config import Settings
from webapp.dns.resolver import NetworkDns


def init_outside(app: Flask, settings: Settings) -> None:
    """Tests replace either by its in-memory twin."""
    app.extensions["dns"] = NetworkDns(
        resolvers=settings.dns_resolvers,
        address_map=settings.dns_address_map,
        allow_networks=settings.dns_allow_networks,
    )
    app.extensions["route53"] = partial(
        route53,
        region=settings.aws_region,
        endpoint_url=settings.aws_endpoint_url or None,
        installation_id=settings.installation_id,
        calls_per_second=settings.aws_calls_per_second,
    )
