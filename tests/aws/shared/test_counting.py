"""Calls to AWS are counted, each attempt by its outcome."""

from __future__ import annotations

import pytest
from botocore.awsrequest import AWSResponse
from botocore.exceptions import ConnectTimeoutError
from mypy_boto3_route53 import Route53Client
from prometheus_client import REGISTRY

from tests.aws.shared.answers import IN_SYNC, answering, error, response
from webapp.aws.shared.calls import route53_client
from webapp.aws.shared.counting import count_calls

OUTCOMES = ("done", "throttled", "refused", "broken", "unanswered")


def counted() -> dict[str, float]:
    labels = {"service": "route53", "operation": "GetChange"}
    name = "nameplate_aws_calls_total"
    return {
        outcome: REGISTRY.get_sample_value(name, {**labels, "outcome": outcome}) or 0 for outcome in OUTCOMES
    }


@pytest.mark.parametrize(
    ("answers", "expected"),
    [
        ([IN_SYNC], {"done": 1}),
        ([error("Throttling"), error("Throttling"), IN_SYNC], {"throttled": 2, "done": 1}),
        ([error("PriorRequestNotComplete"), IN_SYNC], {"refused": 1, "done": 1}),
        ([response(503, ""), IN_SYNC], {"broken": 1, "done": 1}),
        ([ConnectTimeoutError(endpoint_url="https://route53"), IN_SYNC], {"unanswered": 1, "done": 1}),
    ],
)
def test_each_attempt_is_counted(
    client: Route53Client,
    monkeypatch: pytest.MonkeyPatch,
    answers: list[AWSResponse | Exception],
    expected: dict[str, int],
) -> None:
    monkeypatch.setattr("botocore.endpoint.time.sleep", lambda _seconds: None)
    patient = route53_client("us-east-1", "http://a-test-forgot-to-fake-aws.invalid")
    count_calls(patient)
    answering(patient, *answers)
    before = counted()
    patient.get_change(Id="C1")
    now = {outcome: count - before[outcome] for outcome, count in counted().items()}
    assert {outcome: count for outcome, count in now.items() if count} == expected
