"""Certificates over a real boto3 client: the sandbox answers it in this process, and faults come in between."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tests.aws.acm_contract import HOST, AcmContract
from tests.aws.conftest import NoLimit
from tests.sandbox.conftest import client_of
from tests.twins.acm import MemoryAcm
from webapp.aws.acm import certificates as module
from webapp.aws.acm.certificates import Acm, Renewal, Status
from webapp.aws.acm.certificates import acm as of_process
from webapp.aws.shared.errors import (
    AccessTrouble,
    AwsError,
    CapacityReached,
    Gone,
    InputRefused,
    RetryLater,
    StillInUse,
)
from webapp.sandbox.app import create_sandbox_app
from webapp.sandbox.aws.faults import Controls, Fault
from webapp.sandbox.aws.route53_zones import Account
from webapp.sandbox.shared.store import Store

if TYPE_CHECKING:
    from mypy_boto3_acm import ACMClient


@pytest.fixture
def controls() -> Controls:
    return Controls(certificate_record_seconds=0)


@pytest.fixture
def client(tmp_path: Path, controls: Controls) -> Iterator[ACMClient]:
    store = Store(tmp_path / "sandbox.sqlite")
    client = client_of(create_sandbox_app(Account(store, controls)).test_client(), "acm")
    yield client
    client.close()
    store.close()


@pytest.fixture
def acm(client: ACMClient, budget: NoLimit) -> Acm:
    return Acm(client, installation_id="here", budget=budget)


class TestAcm(AcmContract):
    """`acm` is the fixture above."""


class TestMemoryAcm(AcmContract):
    @pytest.fixture
    def acm(self) -> MemoryAcm:
        return MemoryAcm()


def asked(client: ACMClient, operation: str) -> list[dict[str, Any]]:
    """The parameters of the calls of an operation from now on."""
    seen: list[dict[str, Any]] = []
    events: Any = client.meta.events
    events.register(f"before-parameter-build.acm.{operation}", lambda params, **_: seen.append(dict(params)))
    return seen


def answering(client: ACMClient, operation: str, answer: dict[str, Any]) -> None:
    """Put `answer` in the place of what the sandbox would say."""
    events: Any = client.meta.events
    http = type("Http", (), {"status_code": 200})()
    events.register(f"before-call.acm.{operation}", lambda **_: (http, answer))


def test_a_request_carries_token_and_tags_and_counts_as_a_creation(
    acm: Acm, client: ACMClient, budget: NoLimit
) -> None:
    seen = asked(client, "RequestCertificate")

    acm.request(HOST, "token_1")

    assert seen == [
        {
            "DomainName": HOST,
            "ValidationMethod": "DNS",
            "IdempotencyToken": "token_1",
            "Tags": [
                {"Key": "nameplate:installation", "Value": "here"},
                {"Key": "nameplate:claim", "Value": "token_1"},
            ],
        }
    ]
    assert (budget.calls, budget.creations) == (1, 1)


def test_a_name_that_is_too_long_is_refused_before_aws_is_asked(acm: Acm, budget: NoLimit) -> None:
    with pytest.raises(
        InputRefused, match="69 characters; a certificate’s first name has 64 at most"
    ) as raised:
        acm.request(f"{'a' * 60}.acme.com", "token_1")

    assert raised.value.code == "HostTooLong"
    assert budget.calls == 0


def test_another_installations_certificate_is_neither_found_nor_deleted(
    acm: Acm, client: ACMClient, budget: NoLimit
) -> None:
    other = Acm(client, installation_id="there", budget=budget)
    arn = other.request(HOST, "token_1")

    assert acm.find(HOST, "token_1") is None
    with pytest.raises(AwsError, match="does not carry our tags"):
        acm.delete(arn, "token_1")


def test_certificates_are_looked_through_page_by_page(acm: Acm, client: ACMClient) -> None:
    for number in range(101):
        client.request_certificate(
            DomainName=HOST, ValidationMethod="DNS", IdempotencyToken=f"other_{number}"
        )
    arn = acm.request(HOST, "token_1")

    assert acm.find(HOST, "token_1") == arn


@pytest.mark.parametrize(
    ("code", "status", "expected"),
    [
        ("ThrottlingException", 400, RetryLater),
        ("ConflictException", 400, RetryLater),
        ("InternalFailure", 500, RetryLater),
        ("LimitExceededException", 400, CapacityReached),
        ("InvalidDomainValidationOptionsException", 400, InputRefused),
        ("InvalidParameterException", 400, InputRefused),
        ("AccessDeniedException", 400, AccessTrouble),
        ("ResourceNotFoundException", 400, Gone),
        ("ResourceInUseException", 400, StillInUse),
        ("SomethingNewException", 400, AwsError),
    ],
)
def test_an_answer_of_acm_becomes_one_of_our_errors(
    acm: Acm, controls: Controls, code: str, status: int, expected: type[AwsError]
) -> None:
    controls.add(Fault("RequestCertificate", code=code, message="because", status=status))

    with pytest.raises(expected, match=f"RequestCertificate: {code}: because") as raised:
        acm.request(HOST, "token_1")

    assert type(raised.value) is expected


def test_a_lost_answer_leads_to_the_same_certificate(acm: Acm, controls: Controls) -> None:
    controls.add(Fault("RequestCertificate", code="InternalFailure", status=500, when="after"))
    with pytest.raises(RetryLater) as raised:
        acm.request(HOST, "token_1")

    assert raised.value.outcome_unknown
    assert acm.request(HOST, "token_1") == acm.find(HOST, "token_1")


def test_every_word_of_a_description_is_read(acm: Acm, client: ACMClient) -> None:
    at = datetime(2026, 11, 23, tzinfo=UTC)
    answering(
        client,
        "DescribeCertificate",
        {
            "Certificate": {
                "CertificateArn": "arn:aws:acm:x",
                "DomainName": "Chat.Acme.com",
                "Status": "ISSUED",
                "DomainValidationOptions": [
                    {"DomainName": "*.chat.acme.com"},
                    {"ResourceRecord": {"Name": "_A.chat.acme.com.", "Type": "CNAME", "Value": "_B.Aws."}},
                ],
                "IssuedAt": at,
                "NotAfter": at,
                "InUseBy": ["arn:aws:elasticloadbalancing:x"],
                "RenewalSummary": {
                    "RenewalStatus": "FAILED",
                    "RenewalStatusReason": "CAA_ERROR",
                    "DomainValidationOptions": [],
                    "UpdatedAt": at,
                },
            }
        },
    )

    facts = acm.describe("arn:aws:acm:us-east-1:1:certificate/x")

    assert (facts.host, facts.status, facts.validation) == (
        "chat.acme.com",
        Status.ISSUED,
        ("_a.chat.acme.com", "_b.aws"),
    )
    assert (facts.issued_at, facts.not_after) == (at, at)
    assert facts.renewal == Renewal("FAILED", "CAA_ERROR")
    assert facts.renewal is not None
    assert facts.renewal.troubled
    assert facts.in_use_by == ("arn:aws:elasticloadbalancing:x",)


def test_a_status_that_we_do_not_know_is_said_so(acm: Acm, client: ACMClient) -> None:
    answering(
        client,
        "DescribeCertificate",
        {"Certificate": {"CertificateArn": "arn:x", "DomainName": HOST, "Status": "SUCCESS"}},
    )

    with pytest.raises(AwsError, match="SUCCESS is a status that Nameplate does not know"):
        acm.describe("arn:aws:acm:us-east-1:1:certificate/x")


def test_a_process_has_one_client(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(module, "acm_client", lambda *_: client_of(create_fake_web(), "acm"))
    given: dict[str, Any] = {"region": "us-east-1", "endpoint_url": None, "installation_id": "one"}

    assert of_process(**given) is of_process(**given)
    assert of_process(**given) is not of_process(**given, budget_path=tmp_path / "budget")


def create_fake_web() -> Any:
    """Nobody asks it anything."""
    return None


def test_the_twin_loses_answers_and_refuses_what_is_attached() -> None:
    twin = MemoryAcm()
    twin.fail("request", RetryLater("lost"), after=True)
    with pytest.raises(RetryLater):
        twin.request(HOST, "token_1")
    arn = twin.request(HOST, "token_1")
    twin.change(arn, in_use_by=("arn:aws:elasticloadbalancing:x",))

    assert list(twin.kept) == [arn]
    with pytest.raises(StillInUse):
        twin.delete(arn, "token_1")
