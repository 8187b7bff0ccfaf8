"""Every code of the Route 53 reference falls into the class that says what to do next."""

from __future__ import annotations

import pickle

import pytest
from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    ConnectTimeoutError,
    EndpointConnectionError,
    NoCredentialsError,
    ParamValidationError,
    ReadTimeoutError,
    TokenRetrievalError,
)
from botocore.parsers import ResponseParserError

from webapp.aws.shared.errors import (
    AccessTrouble,
    AwsError,
    CapacityReached,
    Gone,
    InputRefused,
    RetryLater,
    stable_text,
    translate,
)


def answered(code: str, status: int = 400, message: str = "because") -> ClientError:
    return ClientError(
        {
            "Error": {"Code": code, "Message": message},
            "ResponseMetadata": {"RequestId": "req-1", "HTTPStatusCode": status},  # type: ignore[typeddict-item]
        },
        "CreateHostedZone",
    )


@pytest.mark.parametrize(
    ("code", "status", "expected"),
    [
        ("Throttling", 400, RetryLater),
        ("ThrottlingException", 400, RetryLater),
        ("PriorRequestNotComplete", 400, RetryLater),
        ("HostedZoneAlreadyExists", 409, RetryLater),
        ("HostedZoneNotEmpty", 400, RetryLater),
        ("InternalFailure", 500, RetryLater),
        ("ServiceUnavailable", 503, RetryLater),
        ("502", 502, RetryLater),
        ("429", 429, RetryLater),
        ("InvalidDomainName", 400, InputRefused),
        ("InvalidInput", 400, InputRefused),
        ("InvalidChangeBatch", 400, InputRefused),
        ("TooManyHostedZones", 400, CapacityReached),
        ("LimitsExceeded", 400, CapacityReached),
        ("DelegationSetNotAvailable", 400, CapacityReached),
        ("ConflictingDomainExists", 400, CapacityReached),
        ("AccessDenied", 403, AccessTrouble),
        ("ExpiredToken", 403, AccessTrouble),
        ("SignatureDoesNotMatch", 403, AccessTrouble),
        ("InvalidClientTokenId", 403, AccessTrouble),
        ("RequestTimeTooSkewed", 403, AccessTrouble),
        ("SomethingNewAboutAccess", 403, AccessTrouble),
        ("NoSuchHostedZone", 404, Gone),
        ("NoSuchChange", 404, Gone),
        ("SomethingNew", 400, AwsError),
    ],
)
def test_a_code_decides_the_class(code: str, status: int, expected: type[AwsError]) -> None:
    error = translate(answered(code, status), "CreateHostedZone")

    assert type(error) is expected
    assert (error.code, error.request_id) == (code, "req-1")
    assert str(error) == f"CreateHostedZone: {code}: because"


@pytest.mark.parametrize(
    ("fault", "expected"),
    [
        (ConnectTimeoutError(endpoint_url="https://route53"), RetryLater),
        (ReadTimeoutError(endpoint_url="https://route53"), RetryLater),
        (EndpointConnectionError(endpoint_url="https://route53"), RetryLater),
        (ResponseParserError("not XML"), RetryLater),
        (NoCredentialsError(), AccessTrouble),
        (TokenRetrievalError(provider="sso", error_msg="expired"), AccessTrouble),
        (ParamValidationError(report="too short"), InputRefused),
        (BotoCoreError(), AwsError),
    ],
)
def test_a_fault_on_the_way_is_classified(
    fault: BotoCoreError | ResponseParserError, expected: type[AwsError]
) -> None:
    assert type(translate(fault, "GetChange")) is expected


@pytest.mark.parametrize(
    ("fault", "unknown"),
    [
        (ReadTimeoutError(endpoint_url="https://route53"), True),
        (answered("InternalFailure", 500), True),
        (answered("Throttling", 400), False),
        (answered("PriorRequestNotComplete", 400), False),
    ],
)
def test_a_lost_answer_leaves_the_outcome_unknown(fault: BotoCoreError | ClientError, unknown: bool) -> None:
    error = translate(fault, "CreateHostedZone")

    assert isinstance(error, RetryLater)
    assert error.outcome_unknown is unknown


@pytest.mark.parametrize(
    "text",
    [
        "Rate exceeded (request id: 0b7fd9fc-6a1e-4a43-9b1f-1c5d8e1f0001)",
        "Rate exceeded [RequestId: 0b7fd9fc-6a1e-4a43-9b1f-1c5d8e1f0002]",
        "Rate exceeded, Request ID=abc-DEF",
        "Rate exceeded 0b7fd9fc-6a1e-4a43-9b1f-1c5d8e1f0003",
    ],
)
def test_equal_faults_have_equal_texts(text: str) -> None:
    assert stable_text(text) == "Rate exceeded"


def test_the_request_id_of_a_sentence_leaves_the_sentence() -> None:
    assert stable_text("Request id 77 was refused; ask later") == "was refused; ask later"


def test_credentials_never_reach_the_text() -> None:
    message = (
        "The request signature we calculated does not match. AKIAIOSFODNN7EXAMPLE\n\n"
        "The Canonical String for this request should have been\n'GET\nx-amz-security-token:FwoGZXIvYXdzEXAMPLE'"
    )
    error = translate(answered("SignatureDoesNotMatch", 403, message), "GetChange")

    assert (
        str(error)
        == "GetChange: SignatureDoesNotMatch: The request signature we calculated does not match. …"
    )


def test_a_long_text_is_cut() -> None:
    assert len(stable_text("x" * 10_000)) == 500


def test_an_error_survives_the_way_between_processes() -> None:
    error = pickle.loads(pickle.dumps(translate(answered("InternalFailure", 500), "GetChange")))  # noqa: S301

    assert isinstance(error, RetryLater)
    assert (str(error), error.code, error.request_id, error.outcome_unknown) == (
        "GetChange: InternalFailure: because",
        "InternalFailure",
        "req-1",
        True,
    )
