"""One call to AWS: breaker before it, budget at every attempt, translated errors and a log line after it."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, ParamSpec, TypeVar

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError
from botocore.parsers import ResponseParserError

from webapp.aws.shared.breaker import Breaker
from webapp.aws.shared.budget import Budget
from webapp.aws.shared.counting import count_calls
from webapp.aws.shared.errors import AccessTrouble, AwsError, translate

if TYPE_CHECKING:
    from botocore.client import BaseClient
    from mypy_boto3_acm import ACMClient
    from mypy_boto3_route53 import Route53Client

P = ParamSpec("P")
T = TypeVar("T")

log = logging.getLogger(__name__)


#: Operations that create something that costs money or counts against a yearly quota.
_CREATIONS = frozenset({"CreateHostedZone", "RequestCertificate"})


def route53_client(region: str, endpoint_url: str | None, *, attempts: int = 5) -> Route53Client:
    """A boto3 client with bounded waiting; credentials come from boto3’s own chain."""
    return boto3.session.Session().client(
        "route53", region_name=region, endpoint_url=endpoint_url or None, config=_config(attempts)
    )


def acm_client(region: str, endpoint_url: str | None, *, attempts: int = 5) -> ACMClient:
    """As `route53_client`; but a certificate exists in one region only, and this one decides which."""
    return boto3.session.Session().client(
        "acm", region_name=region, endpoint_url=endpoint_url or None, config=_config(attempts)
    )


def _config(attempts: int) -> Config:
    """Standard retries: AWS advises against the adaptive mode for clients that serve several tenants, and our
    budget does its work anyway.
    """
    return Config(
        connect_timeout=3,
        read_timeout=10,
        retries={"mode": "standard", "total_max_attempts": attempts},
        user_agent_extra="nameplate",
    )


class Calls:
    """Make every call through this object: `calls(client.get_hosted_zone, Id=zone_id)`. Raises `AwsError`."""

    def __init__(self, client: BaseClient, budget: Budget, breaker: Breaker) -> None:
        self._budget = budget
        self._breaker = breaker
        service = client.meta.service_model.service_id
        self._service = str(service)
        # This event comes before each attempt is signed, so that botocore’s retries are counted as well.
        client.meta.events.register_first(f"request-created.{service.hyphenize()}", self._take)
        count_calls(client)

    def __call__(self, method: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> T:
        self._breaker.check()
        operation = _operation(method)
        started = time.monotonic()
        try:
            answer = method(*args, **kwargs)
        except (ClientError, BotoCoreError, ResponseParserError) as fault:
            error = translate(fault, operation)
            self._note(error)
            # A refused signature repeats the session token in botocore’s message: it stays out of tracebacks.
            raise error from (None if isinstance(error, AccessTrouble) else fault)
        self._breaker.close()
        log.info("%s %s: done in %d ms", self._service, operation, 1000 * (time.monotonic() - started))
        return answer

    def _note(self, error: AwsError) -> None:
        log.warning("%s %s (request %s)", self._service, error, error.request_id or "not answered")
        if isinstance(error, AccessTrouble):
            self._breaker.open(error)
        else:
            self._breaker.close()

    def _take(self, operation_name: str, **_: Any) -> None:
        self._budget.take(creation=operation_name in _CREATIONS)


def _operation(method: Callable[..., object]) -> str:
    """“CreateHostedZone” for the client’s method create_hosted_zone."""
    return "".join(word.capitalize() for word in method.__name__.split("_"))
