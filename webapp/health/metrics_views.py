"""What `/metrics` answers, on the dashboard and in the edge service."""

from __future__ import annotations

from flask import Response
from prometheus_client.registry import Collector

from webapp.health.metrics import CONTENT_TYPE_LATEST, exposition
from webapp.runtime.requests.trusted_proxies import may_read_figures

_UNCACHED = {"Cache-Control": "no-store"}
_FOR_WHOM = (
    "Metrics are for whoever sends METRICS_TOKEN as a bearer token; without one, for EDGE_NETWORKS and, without a "
    "proxy before Nameplate, for this machine.\n"
)


def figures(installation: Collector | None = None) -> Response:
    """What the processes of this machine have counted, and the installation's figures if given; 401 to strangers."""
    if not may_read_figures():
        headers = {"WWW-Authenticate": "Bearer", **_UNCACHED}
        return Response(_FOR_WHOM, 401, headers, mimetype="text/plain")
    return Response(exposition(installation), 200, _UNCACHED, content_type=CONTENT_TYPE_LATEST)
