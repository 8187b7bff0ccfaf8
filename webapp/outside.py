"""The two ways out of the house, DNS and AWS, built from the settings."""

from __future__ import annotations

from functools import partial

from flask import Flask

from webapp.aws.route53 import route53
from webapp.config import Settings
from webapp.dns.resolver import network_dns


def init_outside(app: Flask, settings: Settings) -> None:
    """Tests replace either by its in-memory twin."""
    app.extensions["dns"] = network_dns(settings)
    app.extensions["route53"] = partial(
        route53,
        region=settings.aws_region,
        endpoint_url=settings.aws_endpoint_url or None,
        installation_id=settings.installation_id,
        calls_per_second=settings.aws_calls_per_second,
        creations_per_second=settings.aws_creations_per_second,
        budget_path=settings.broker_path.with_name("aws-budget"),
    )
