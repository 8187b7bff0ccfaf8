"""What happens between us and HTTP: retries that count, a breaker that holds, a log without secrets.

Faults come in as botocore’s `before-send` answers, so its own parser and retries are at work.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pytest
from botocore.exceptions import ReadTimeoutError

from tests.aws.conftest import Clock, NoLimit
from tests.aws.shared.answers import IN_SYNC, XMLNS, answering, error, response
from webapp.aws.route53.zones import Route53
from webapp.aws.shared.breaker import Breaker
from webapp.aws.shared.budget import Rates, TokenBucket
from webapp.aws.shared.calls import Calls, route53_client
from webapp.aws.shared.errors import AccessTrouble, AwsError, CapacityReached, Gone, InputRefused, RetryLater

if TYPE_CHECKING:
    from mypy_boto3_route53 import Route53Client


Answering = Callable[..., list[str]]


@pytest.fixture
def sleeps(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The pauses botocore makes between attempts, none of which takes any time."""
    made: list[float] = []
    monkeypatch.setattr("botocore.endpoint.time.sleep", made.append)
    return made


@pytest.fixture
def answer(client: Route53Client) -> Answering:
    """`answer(a, b, ...)`: what AWS answers in turn, the last for ever. Returns the requests it has seen."""
    return lambda *answers: answering(client, *answers)


@pytest.fixture
def route53(client: Route53Client, budget: NoLimit) -> Route53:
    return Route53(client, installation_id="here", budget=budget)


@pytest.fixture
def patient(monkeypatch: pytest.MonkeyPatch, client: Route53Client) -> Route53Client:
    """The client as the product makes it, with five attempts."""
    return route53_client("us-east-1", "http://a-test-forgot-to-fake-aws.invalid")


def test_the_client_waits_for_a_bounded_time(patient: Route53Client) -> None:
    config: Any = patient.meta.config

    assert (config.connect_timeout, config.read_timeout) == (3, 10)
    assert config.retries == {"mode": "standard", "total_max_attempts": 5}


@pytest.mark.parametrize(
    ("code", "status", "expected"),
    [
        ("Throttling", 400, RetryLater),
        ("PriorRequestNotComplete", 400, RetryLater),
        ("ServiceUnavailable", 503, RetryLater),
        ("InvalidDomainName", 400, InputRefused),
        ("TooManyHostedZones", 400, CapacityReached),
        ("DelegationSetNotAvailable", 400, CapacityReached),
        ("ConflictingDomainExists", 400, CapacityReached),
        ("AccessDenied", 403, AccessTrouble),
        ("NoSuchChange", 404, Gone),
    ],
)
def test_an_answer_of_aws_becomes_one_of_our_errors(
    route53: Route53, answer: Answering, code: str, status: int, expected: type[AwsError]
) -> None:
    answer(error(code, status))

    with pytest.raises(expected, match=f"GetChange: {code}: because") as raised:
        route53.change_in_sync("C1")

    assert (raised.value.code, raised.value.request_id) == (code, "req-1")


@pytest.mark.parametrize(
    ("messages", "text"),
    [
        ("<Message>Tried to delete</Message>", "GetChange: InvalidChangeBatch: Tried to delete"),
        ("<Message>one</Message><Message>two</Message>", "GetChange: InvalidChangeBatch: no reason given"),
    ],
)
def test_the_other_form_of_a_refused_batch_is_understood(
    route53: Route53, answer: Answering, messages: str, text: str
) -> None:
    answer(
        response(
            400,
            f'<InvalidChangeBatch xmlns="{XMLNS}"><Messages>{messages}</Messages>'
            "<RequestId>req-1</RequestId></InvalidChangeBatch>",
        )
    )

    with pytest.raises(InputRefused) as raised:
        route53.change_in_sync("C1")

    assert (str(raised.value), raised.value.code, raised.value.request_id) == (
        text,
        "InvalidChangeBatch",
        "req-1",
    )


def test_a_page_of_html_from_a_proxy_is_tried_again_later(route53: Route53, answer: Answering) -> None:
    answer(response(200, "<html><p>Welcome"))

    with pytest.raises(RetryLater):
        route53.change_in_sync("C1")


def test_a_throttling_storm_ends_and_every_attempt_is_paid_for(
    patient: Route53Client, budget: NoLimit, sleeps: list[float]
) -> None:
    seen = answering(patient, error("Throttling", message="Rate exceeded"))

    with pytest.raises(RetryLater, match="Throttling: Rate exceeded"):
        Route53(patient, installation_id="here", budget=budget).change_in_sync("C1")

    assert len(seen) == budget.calls == 5
    assert len(sleeps) == 4


def test_a_storm_that_passes_is_not_noticed(
    patient: Route53Client, budget: NoLimit, sleeps: list[float]
) -> None:
    answering(patient, error("Throttling"), error("InternalFailure", 500), IN_SYNC)

    assert Route53(patient, installation_id="here", budget=budget).change_in_sync("C1")


def test_retries_stop_when_the_budget_is_spent(
    patient: Route53Client, sleeps: list[float], clock: Clock
) -> None:
    seen = answering(patient, error("Throttling"))
    budget = TokenBucket(Rates(calls=1), longest_wait=0, clock=clock, sleep=clock.sleep)

    with pytest.raises(RetryLater, match="used up"):
        Route53(patient, installation_id="here", budget=budget).change_in_sync("C1")

    assert len(seen) == 2


def test_a_time_out_leaves_the_outcome_unknown(route53: Route53, answer: Answering) -> None:
    answer(ReadTimeoutError(endpoint_url="https://route53"))

    with pytest.raises(RetryLater) as raised:
        route53.change_in_sync("C1")

    assert raised.value.outcome_unknown
    assert isinstance(raised.value.__cause__, ReadTimeoutError)


def test_only_creations_count_as_creations(client: Route53Client, budget: NoLimit, answer: Answering) -> None:
    answer(error("InvalidInput"))
    calls = Calls(client, budget, Breaker())

    with pytest.raises(InputRefused):
        calls(client.get_change, Id="C1")
    assert (budget.calls, budget.creations) == (1, 0)

    with pytest.raises(InputRefused):
        calls(client.create_hosted_zone, Name="a.test", CallerReference="r")
    assert (budget.calls, budget.creations) == (2, 1)


def test_after_access_denied_aws_hears_of_us_once_a_minute(
    client: Route53Client, budget: NoLimit, answer: Answering, clock: Clock
) -> None:
    seen = answer(error("AccessDenied", 403))
    route53 = Route53(client, installation_id="here", budget=budget, breaker=Breaker(clock=clock))

    for _ in range(180):
        with pytest.raises(AccessTrouble):
            route53.change_in_sync("C1")
        clock.now += 1

    assert len(seen) == 3


def test_repaired_credentials_are_noticed(
    client: Route53Client, budget: NoLimit, answer: Answering, clock: Clock
) -> None:
    answer(error("ExpiredToken", 403), IN_SYNC)
    route53 = Route53(client, installation_id="here", budget=budget, breaker=Breaker(clock=clock))
    with pytest.raises(AccessTrouble):
        route53.change_in_sync("C1")
    clock.now += 60

    assert route53.change_in_sync("C1")
    assert route53.change_in_sync("C1")


def test_no_credentials_is_trouble_with_access(
    client: Route53Client, budget: NoLimit, monkeypatch: pytest.MonkeyPatch, answer: Answering
) -> None:
    seen = answer(IN_SYNC)
    monkeypatch.setattr(client._request_signer, "_credentials", None)  # type: ignore[attr-defined]

    with pytest.raises(AccessTrouble, match="Unable to locate credentials"):
        Route53(client, installation_id="here", budget=budget).change_in_sync("C1")

    assert seen == []


def test_a_refused_signature_leaves_no_token_in_the_log_or_the_traceback(
    route53: Route53, answer: Answering, caplog: pytest.LogCaptureFixture
) -> None:
    answer(
        error("SignatureDoesNotMatch", 403, "No.\n\nThe Canonical String was 'x-amz-security-token:SECRET'")
    )

    with caplog.at_level(logging.INFO, logger="webapp"), pytest.raises(AccessTrouble) as raised:
        route53.change_in_sync("C1")

    assert "SECRET" not in caplog.text
    assert raised.value.__suppress_context__
    assert caplog.messages == ["Route 53 GetChange: SignatureDoesNotMatch: No. (request req-1)"]
