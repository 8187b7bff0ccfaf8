"""The pretended ACM: requested once, issued when its CNAME is really there, failed on request."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any

import pytest
from botocore.exceptions import ClientError
from flask.testing import FlaskClient

from tests.sandbox.conftest import Clock, client_of
from webapp.sandbox.aws.faults import Fault
from webapp.sandbox.aws.route53_zones import Account
from webapp.sandbox.provider import records
from webapp.sandbox.provider.switches import Flatten, Switches
from webapp.sandbox.provider.typed import Typed, read

if TYPE_CHECKING:
    from mypy_boto3_acm import ACMClient
    from mypy_boto3_route53 import Route53Client

HOST = "chat.acme.test"


def request(acm: ACMClient, host: str = HOST, token: str = "t1", **more: Any) -> str:  # noqa: S107
    answer = acm.request_certificate(DomainName=host, ValidationMethod="DNS", IdempotencyToken=token, **more)
    return answer["CertificateArn"]


def described(acm: ACMClient, arn: str) -> Any:
    return acm.describe_certificate(CertificateArn=arn)["Certificate"]


def record_of(acm: ACMClient, arn: str) -> Any:
    return described(acm, arn)["DomainValidationOptions"][0].get("ResourceRecord")


def hosted(route53: Route53Client, account: Account, *, delegated: bool = True) -> str:
    """A zone for the host, and what its customer types at the provider; returns its id."""
    made = route53.create_hosted_zone(Name=HOST, CallerReference="1")
    if delegated:
        servers = "\n".join(f"{name}." for name in made["DelegationSet"]["NameServers"])
        records.add(account.store, read(Typed(HOST, "NS", "300", servers)))
    return made["HostedZone"]["Id"]


def put(route53: Route53Client, zone_id: str, record: Any) -> None:
    value = {
        "Name": record["Name"],
        "Type": "CNAME",
        "TTL": 300,
        "ResourceRecords": [{"Value": record["Value"]}],
    }
    batch: Any = {"Changes": [{"Action": "UPSERT", "ResourceRecordSet": value}]}
    route53.change_resource_record_sets(HostedZoneId=zone_id, ChangeBatch=batch)


def validated(acm: ACMClient, route53: Route53Client, account: Account, clock: Clock) -> str:
    """A certificate whose CNAME is where it has to be, and not yet looked at."""
    arn = request(acm)
    clock.tick(10)
    put(route53, hosted(route53, account), record_of(acm, arn))
    clock.tick(60)
    return arn


def test_the_record_comes_some_seconds_late(acm: ACMClient, clock: Clock) -> None:
    arn = request(acm)

    assert record_of(acm, arn) is None
    clock.tick(2)
    record = record_of(acm, arn)
    assert record["Name"].endswith(f".{HOST}.")
    assert record["Value"].endswith(".acm-validations.aws.")
    assert described(acm, arn)["Status"] == "PENDING_VALIDATION"


def test_a_host_and_its_wildcard_get_the_same_record(acm: ACMClient, clock: Clock) -> None:
    arns = [request(acm), request(acm, f"*.{HOST}", "t2")]
    clock.tick(2)

    assert record_of(acm, arns[0]) == record_of(acm, arns[1])


def test_a_token_is_remembered_for_an_hour(acm: ACMClient, clock: Clock) -> None:
    arn = request(acm)

    assert request(acm) == arn
    assert request(acm, token="t2") != arn
    clock.tick(3601)
    assert request(acm) != arn


def test_it_is_issued_once_the_record_is_answered(
    acm: ACMClient, route53: Route53Client, account: Account, clock: Clock
) -> None:
    arn = validated(acm, route53, account, clock)

    found = described(acm, arn)

    assert (found["Status"], found["DomainValidationOptions"][0]["ValidationStatus"]) == ("ISSUED", "SUCCESS")
    assert (found["NotAfter"] - found["IssuedAt"]).days == 198


def test_the_record_in_a_zone_that_nobody_delegates_to_does_not_count(
    acm: ACMClient, route53: Route53Client, account: Account, clock: Clock
) -> None:
    arn = request(acm)
    clock.tick(10)
    put(route53, hosted(route53, account, delegated=False), record_of(acm, arn))
    clock.tick(60)

    assert described(acm, arn)["Status"] == "PENDING_VALIDATION"


@pytest.mark.parametrize(
    ("flatten", "status"),
    [(Flatten.OFF, "ISSUED"), (Flatten.APEX, "ISSUED"), (Flatten.EVERYWHERE, "PENDING_VALIDATION")],
)
def test_the_record_may_stand_in_the_customers_own_zone_unless_it_is_flattened(
    acm: ACMClient, account: Account, clock: Clock, flatten: Flatten, status: str
) -> None:
    arn = request(acm)
    clock.tick(10)
    record = record_of(acm, arn)
    records.switch(account.store, "acme.test", Switches(flatten=flatten))
    records.add(account.store, read(Typed(record["Name"], "CNAME", "300", record["Value"])))

    assert described(acm, arn)["Status"] == status


def test_a_record_with_another_value_does_not_count(
    acm: ACMClient, route53: Route53Client, account: Account, clock: Clock
) -> None:
    arn = request(acm)
    clock.tick(10)
    record = record_of(acm, arn)
    put(route53, hosted(route53, account), {**record, "Value": f"_{hashlib.md5(b'x').hexdigest()}.x.test."})  # noqa: S324
    clock.tick(60)

    assert described(acm, arn)["Status"] == "PENDING_VALIDATION"


def test_it_gives_up_after_72_hours(acm: ACMClient, clock: Clock) -> None:
    arn = request(acm)
    clock.tick(72 * 3600 - 1)
    assert described(acm, arn)["Status"] == "PENDING_VALIDATION"
    clock.tick(1)

    found = described(acm, arn)

    assert found["Status"] == "VALIDATION_TIMED_OUT"
    assert found["DomainValidationOptions"][0]["ValidationStatus"] == "FAILED"


@pytest.mark.parametrize(
    ("code", "status", "validation"),
    [
        ("CAA_ERROR", "FAILED", "SUCCESS"),
        ("VALIDATION_TIMED_OUT", "VALIDATION_TIMED_OUT", "FAILED"),
    ],
)
def test_a_fault_decides_what_becomes_of_it(
    acm: ACMClient,
    route53: Route53Client,
    account: Account,
    clock: Clock,
    code: str,
    status: str,
    validation: str,
) -> None:
    account.controls.add(Fault("IssueCertificate", code=code))

    found = described(acm, validated(acm, route53, account, clock))

    assert found["Status"] == status
    assert found["DomainValidationOptions"][0]["ValidationStatus"] == validation
    assert found.get("FailureReason") == (code if status == "FAILED" else None)


def test_a_fault_for_every_operation_does_not_spoil_a_certificate(
    acm: ACMClient, route53: Route53Client, account: Account, clock: Clock
) -> None:
    arn = validated(acm, route53, account, clock)
    account.controls.add(Fault(delay_seconds=0, times=10))

    assert described(acm, arn)["Status"] == "ISSUED"


def test_an_issued_one_expires(
    acm: ACMClient, route53: Route53Client, account: Account, clock: Clock
) -> None:
    arn = validated(acm, route53, account, clock)
    described(acm, arn)
    clock.tick(198 * 86400)

    assert described(acm, arn)["Status"] == "EXPIRED"


def test_tags_are_kept_and_go_with_the_certificate(acm: ACMClient) -> None:
    arn = request(acm, Tags=[{"Key": "a", "Value": "1"}])
    acm.add_tags_to_certificate(CertificateArn=arn, Tags=[{"Key": "b"}, {"Key": "a", "Value": "2"}])

    assert acm.list_tags_for_certificate(CertificateArn=arn)["Tags"] == [
        {"Key": "a", "Value": "2"},
        {"Key": "b", "Value": ""},
    ]
    acm.delete_certificate(CertificateArn=arn)
    with pytest.raises(ClientError, match="ResourceNotFoundException"):
        acm.list_tags_for_certificate(CertificateArn=arn)


def test_a_region_sees_its_own_certificates_only(acm: ACMClient, web: FlaskClient) -> None:
    arn = request(acm)
    elsewhere = client_of(web, "acm", "eu-central-1")

    assert arn.startswith("arn:aws:acm:us-east-1:")
    assert elsewhere.list_certificates()["CertificateSummaryList"] == []
    with pytest.raises(ClientError, match="ResourceNotFoundException"):
        described(elsewhere, arn)
    elsewhere.close()


def test_lists_come_in_pages(acm: ACMClient) -> None:
    arns = [request(acm, token=f"t{number}") for number in range(3)]

    first = acm.list_certificates(MaxItems=2)
    rest = acm.list_certificates(MaxItems=2, NextToken=first["NextToken"])

    listed = [*first["CertificateSummaryList"], *rest["CertificateSummaryList"]]
    assert [one["CertificateArn"] for one in listed] == arns
    assert "NextToken" not in rest


@pytest.mark.parametrize("host", ["a_b.acme.test", "acme", f"{'a' * 60}.acme.test", "-a.acme.test"])
def test_names_that_no_certificate_can_have_are_refused(acm: ACMClient, host: str) -> None:
    with pytest.raises(ClientError, match="ValidationException"):
        request(acm, host)


def test_a_token_has_letters_digits_and_underscores(acm: ACMClient) -> None:
    with pytest.raises(ClientError, match="idempotencyToken"):
        request(acm, token="no-hyphen")


def test_a_refusal_on_request_reads_as_acms(acm: ACMClient, account: Account) -> None:
    arn = request(acm)
    account.controls.add(Fault("DeleteCertificate", "ResourceInUseException", "in use", 400))

    with pytest.raises(ClientError) as refused:
        acm.delete_certificate(CertificateArn=arn)

    assert refused.value.response["Error"]["Code"] == "ResourceInUseException"
    acm.delete_certificate(CertificateArn=arn)


def test_what_is_no_request_of_acm_is_refused(web: FlaskClient) -> None:
    assert web.post("/", headers={"X-Amz-Target": "CertificateManager.ImportCertificate"}).status_code == 400
    assert (
        web.post("/", headers={"X-Amz-Target": "CertificateManager.ListCertificates"}, json={}).status_code
        == 403
    )
