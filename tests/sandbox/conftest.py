from __future__ import annotations

import io
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import boto3
import pytest
from botocore.awsrequest import AWSResponse
from botocore.compat import HTTPHeaders
from botocore.config import Config
from flask.testing import FlaskClient

from webapp.sandbox.app import create_sandbox_app
from webapp.sandbox.aws.faults import Controls
from webapp.sandbox.aws.route53_zones import Account
from webapp.sandbox.shared.store import Store

if TYPE_CHECKING:
    from mypy_boto3_acm import ACMClient
    from mypy_boto3_route53 import Route53Client


@dataclass
class Clock:
    now: float = 1_795_000_000.0

    def __call__(self) -> float:
        return self.now

    def tick(self, seconds: float) -> None:
        self.now += seconds


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    store = Store(tmp_path / "sandbox.sqlite")
    yield store
    store.close()


@pytest.fixture
def account(store: Store, clock: Clock) -> Account:
    return Account(store, Controls(), clock)


@pytest.fixture
def web(account: Account) -> FlaskClient:
    return create_sandbox_app(account).test_client()


class _Body(io.BytesIO):
    def stream(self, **_: Any) -> Iterator[bytes]:
        yield self.read()


def as_text(value: str | bytes) -> str:
    return value.decode() if isinstance(value, bytes) else value


def client_of(web: FlaskClient, service: Literal["route53", "acm"], region: str = "us-east-1") -> Any:
    """boto3's client, its requests answered by the sandbox's application in this process."""

    def answer(request: Any, **_: Any) -> AWSResponse:
        sent = {name: as_text(value) for name, value in request.headers.items()}
        response = web.open(request.url, method=request.method, headers=sent, data=request.body)
        headers = HTTPHeaders()
        for name, value in response.headers:
            headers.add_header(name, value)
        return AWSResponse(request.url, response.status_code, headers, _Body(response.data))

    client: Any = boto3.client(
        service,
        endpoint_url="http://127.0.0.1:1",
        region_name=region,
        aws_access_key_id="sandbox",
        aws_secret_access_key="sandbox",
        config=Config(retries={"total_max_attempts": 1}),
    )
    client.meta.events.register(f"before-send.{client.meta.service_model.service_id.hyphenize()}", answer)
    return client


@pytest.fixture
def route53(web: FlaskClient) -> Iterator[Route53Client]:
    client = client_of(web, "route53")
    yield client
    client.close()


@pytest.fixture
def acm(web: FlaskClient) -> Iterator[ACMClient]:
    client = client_of(web, "acm")
    yield client
    client.close()
