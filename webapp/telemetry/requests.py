"""Counting requests by route, method and status, and what proxies are answered, for `/metrics`.

Labels are few: the rule that matched, and never the path, which may hold a token and which strangers make up.
"""

from __future__ import annotations

import time

from flask import Flask, Response, g, request
from prometheus_client import Counter, Histogram

REQUESTS = Counter(
    "nameplate_http_requests",
    "Requests that were answered. route: the rule, or “none” where no page is.",
    ["route", "method", "status"],
)
SECONDS = Histogram(
    "nameplate_http_request_duration_seconds",
    "From the first line of a request to the first line of its answer.",
    ["route"],
    buckets=(0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10),
)
ANSWERS = Counter(
    "nameplate_edge_answers",
    "Answers to proxies. outcome: served, not_served, unchanged, malformed, not_allowed, unavailable or other.",
    ["question", "outcome"],
)

_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
_OUTCOMES = {
    200: "served",
    404: "not_served",
    304: "unchanged",
    400: "malformed",
    401: "not_allowed",
    503: "unavailable",
}
_OTHER = "other"


def init_requests(app: Flask) -> None:
    """Every answer to proxies has its series from the start, so that the first refusal is seen as an increase."""
    app.after_request(_count)
    for question in _questions(app):
        for outcome in (*_OUTCOMES.values(), _OTHER):
            ANSWERS.labels(question, outcome)


def _questions(app: Flask) -> list[str]:
    return [question for rule in app.url_map.iter_rules() if (question := _question(rule.rule))]


def _question(route: str) -> str:
    """`ask` of `/edge/ask`; nothing for other pages."""
    return route.removeprefix("/edge/") if route.startswith("/edge/") else ""


def _count(response: Response) -> Response:
    """`began` is what `webapp.runtime.request_ids` noted, before anything else looked at the request."""
    route = request.url_rule.rule if request.url_rule else "none"
    method = request.method if request.method in _METHODS else _OTHER
    REQUESTS.labels(route, method, str(response.status_code)).inc()
    if "began" in g:
        SECONDS.labels(route).observe(time.monotonic() - g.began)
    if question := _question(route):
        count_answers(question, response.status_code)
    return response


def count_answers(question: str, status: int, number: int = 1) -> None:
    ANSWERS.labels(question, _OUTCOMES.get(status, _OTHER)).inc(number)
