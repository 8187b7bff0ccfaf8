"""Counting calls to AWS by their outcome, for `/metrics`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from prometheus_client import Counter

if TYPE_CHECKING:
    from botocore.client import BaseClient

#: AWS counts attempts, and so does this: those that botocore repeats by itself are among them.
ATTEMPTS = Counter(
    "nameplate_aws_calls",
    "Calls to AWS, each attempt counted. outcome: done, throttled, refused, broken or unanswered.",
    ["service", "operation", "outcome"],
)
_THROTTLES = (
    "Throttling",
    "Throttled",
    "TooManyRequests",
    "RequestLimitExceeded",
    "SlowDown",
    "BandwidthLimit",
)


def count_calls(client: BaseClient) -> None:
    """Count every attempt of this client from now on, whether AWS answers it or not."""
    service = client.meta.service_model.service_id.hyphenize()
    client.meta.events.register(f"response-received.{service}", _count)


def _count(event_name: str, parsed_response: Mapping[str, Any] | None = None, **_: Any) -> None:
    service, operation = event_name.split(".")[1:]
    ATTEMPTS.labels(service.replace("-", ""), operation, _outcome(parsed_response)).inc()


def _outcome(answer: Mapping[str, Any] | None) -> str:
    if answer is None:
        return "unanswered"
    code = answer.get("Error", {}).get("Code", "")
    if any(word in code for word in _THROTTLES):
        return "throttled"
    status = answer.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)
    return "broken" if status >= 500 else "refused" if code or status >= 400 else "done"
