"""How many requests a key may send, and the headers that say so (draft-ietf-httpapi-ratelimit-headers-10)."""

from __future__ import annotations

import math
import time

from flask import Response, g

from webapp.abuse.counters import Counted, count
from webapp.api.problems import Problem
from webapp.extensions import settings
from webapp.models import ApiKey
from webapp.runtime.requests.trusted_proxies import client_network

#: The name of the limit in both headers.
_POLICY = "per-key"
_WINDOW = 60


def count_request(key: ApiKey) -> None:
    """Raises a problem 429 when the key has used up its requests of this minute."""
    counted = g.api_limit = count(f"{settings().api_requests_per_minute} per minute", "api", str(key.id))
    if not counted.allowed:
        seconds = _seconds_left(counted)
        raise Problem(
            429,
            "too-many-requests",
            f"This key may send {settings().api_requests_per_minute} requests a minute. Wait {seconds} s.",
            headers={"Retry-After": str(seconds)},
        )


def count_wrong_key() -> None:
    """Raises a problem 429 when too many wrong keys came from the network of the client. Right ones never wait."""
    counted = count(
        f"{settings().sign_in_attempts_per_address_per_hour} per hour", "api-wrong", client_network()
    )
    if not counted.allowed:
        seconds = str(_seconds_left(counted))
        detail = f"Too many wrong keys came from this network. The next one is looked at in {seconds} s."
        raise Problem(429, "too-many-wrong-keys", detail, headers={"Retry-After": seconds})


def count_act(words: str, limit: str, whose: str) -> None:
    """Raises a problem 429 when an account has done this too often, with all its keys together. `words`: what it can
    do so often. `limit` is written as “30 per hour”.
    """
    counted = count(limit, "api-act", words, whose)
    if not counted.allowed:
        seconds = str(_seconds_left(counted))
        detail = f"An account can {words} {limit.partition(' ')[0]} times an hour. Wait {seconds} s."
        raise Problem(429, "too-many-an-hour", detail, headers={"Retry-After": seconds})


def tell_limits(response: Response) -> Response:
    counted: Counted | None = g.get("api_limit")
    if counted is not None:
        response.headers["RateLimit-Policy"] = (
            f'"{_POLICY}";q={settings().api_requests_per_minute};w={_WINDOW}'
        )
        response.headers["RateLimit"] = f'"{_POLICY}";r={counted.left};t={_seconds_left(counted)}'
    return response


def _seconds_left(counted: Counted) -> int:
    return max(1, math.ceil(counted.resets_at - time.time()))
