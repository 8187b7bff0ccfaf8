from __future__ import annotations

from typing import TYPE_CHECKING

import boto3
import pytest

from tests.aws.fake import FakeAws
from webapp.aws.route53.zones import Route53
from webapp.aws.shared.calls import route53_client

if TYPE_CHECKING:
    from mypy_boto3_route53 import Route53Client


class NoLimit:
    """A budget that grants everything and counts it."""

    def __init__(self) -> None:
        self.calls = 0
        self.creations = 0

    def take(self, *, creation: bool = False) -> None:
        self.calls += 1
        self.creations += creation


class Clock:
    """A clock that only moves when it is told to, or when somebody sleeps by it."""

    def __init__(self) -> None:
        self.now = 1000.0
        self.slept: list[float] = []

    def __call__(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.now += seconds


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def budget() -> NoLimit:
    return NoLimit()


@pytest.fixture(scope="session")
def session() -> boto3.session.Session:
    """One session for all tests, because reading the service’s description takes a while."""
    return boto3.session.Session(aws_access_key_id="testing", aws_secret_access_key="testing")


@pytest.fixture
def client(monkeypatch: pytest.MonkeyPatch, session: boto3.session.Session) -> Route53Client:
    """A real client that makes one attempt, with credentials that are worth nothing, for a host that cannot be."""
    monkeypatch.setattr("boto3.session.Session", lambda: session)
    return route53_client("us-east-1", "http://a-test-forgot-to-fake-aws.invalid", attempts=1)


@pytest.fixture
def aws(client: Route53Client) -> FakeAws:
    return FakeAws(client)


@pytest.fixture
def route53(client: Route53Client, aws: FakeAws, budget: NoLimit, clock: Clock) -> Route53:
    return Route53(client, installation_id="here", budget=budget, clock=clock)
