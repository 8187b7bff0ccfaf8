"""Certificates at ACM: requested once each, known by their ARN, deleted only if they are ours.

Every call may wait for AWS, so it belongs into background work, never into a web request.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from webapp.aws.acm.port import LONGEST_HOST, AcmApi, CertificateFacts, Renewal, Status
from webapp.aws.route53.ownership import CLAIM, INSTALLATION
from webapp.aws.route53.text import plain_name
from webapp.aws.shared.breaker import Breaker
from webapp.aws.shared.budget import Budget, Rates, TokenBucket
from webapp.aws.shared.calls import Calls, acm_client, log
from webapp.aws.shared.errors import AwsError, Gone, InputRefused, NotOurs
from webapp.aws.shared.redis_levels import shared_levels

if TYPE_CHECKING:
    from mypy_boto3_acm import ACMClient

__all__ = ["Acm", "AcmApi", "CertificateFacts", "Renewal", "Status", "acm"]


def acm(
    *,
    region: str,
    endpoint_url: str | None,
    installation_id: str,
    calls_per_second: float = 4.0,
    creations_per_second: float = 1.0,
    budget_path: Path | None = None,
    redis_url: str = "",
) -> Acm:
    """This process’s `Acm`: the same arguments give the same object, after a fork a new one.

    AWS counts its calls apart from Route 53’s, so `budget_path` is a file of its own.
    """
    rates = Rates(calls_per_second, creations_per_second)
    return _of_process(os.getpid(), region, endpoint_url, installation_id, rates, (budget_path, redis_url))


@cache
def _of_process(
    _pid: int,
    region: str,
    endpoint_url: str | None,
    installation_id: str,
    rates: Rates,
    places: tuple[Path | None, str],
) -> Acm:
    budget = TokenBucket(rates, shared_levels(*places, f"{installation_id}:acm-budget"))
    return Acm(acm_client(region, endpoint_url), installation_id=installation_id, budget=budget)


class Acm:
    """The `AcmApi` that asks AWS, or the sandbox. Safe to share between threads."""

    def __init__(
        self,
        client: ACMClient,
        *,
        installation_id: str,
        budget: Budget | None = None,
        breaker: Breaker | None = None,
    ) -> None:
        self._client = client
        self._calls = Calls(client, budget or TokenBucket(), breaker or Breaker())
        self._installation_id = installation_id

    def request(self, host: str, token: str) -> str:
        """The ARN of the certificate of this intent: requested now or, within the hour for which ACM remembers
        a token, by an earlier attempt. After that hour ask `find` first.

        Tags come with the request, so that no certificate of ours is ever without them.
        """
        if len(host) > LONGEST_HOST:
            raise InputRefused(
                f"{host} has {len(host)} characters; a certificate’s first name has {LONGEST_HOST} at most.",
                code="HostTooLong",
            )
        answer = self._calls(
            self._client.request_certificate,
            DomainName=host,
            ValidationMethod="DNS",
            IdempotencyToken=token,
            Tags=[
                {"Key": INSTALLATION, "Value": self._installation_id},
                {"Key": CLAIM, "Value": token},
            ],
        )
        return answer["CertificateArn"]

    def find(self, host: str, token: str) -> str | None:
        """The ARN of the certificate that carries this intent’s tags. The name only narrows down where to look."""
        for listed in self._listed():
            if plain_name(listed.get("DomainName", "")) != host:
                continue
            try:
                if self._is_ours(listed["CertificateArn"], token):
                    return str(listed["CertificateArn"])
            except Gone:
                continue
        return None

    def describe(self, arn: str) -> CertificateFacts:
        """Raises `Gone`."""
        return _facts(self._calls(self._client.describe_certificate, CertificateArn=arn)["Certificate"])

    def delete(self, arn: str, token: str) -> None:
        """One that is gone already is a success. Raises `StillInUse` while it is attached to something, `NotOurs`."""
        try:
            if not self._is_ours(arn, token):
                raise NotOurs(f"The certificate {arn} does not carry our tags; it was left alone.")
            self._calls(self._client.delete_certificate, CertificateArn=arn)
        except Gone:
            log.info("Certificate %s was gone already", arn)

    def _is_ours(self, arn: str, token: str) -> bool:
        answer = self._calls(self._client.list_tags_for_certificate, CertificateArn=arn)
        tags = {tag["Key"]: tag.get("Value", "") for tag in answer["Tags"]}
        return (tags.get(INSTALLATION), tags.get(CLAIM)) == (self._installation_id, token)

    def _listed(self) -> Iterator[Any]:
        """Every RSA 2048 certificate of the region: those we request are, and it is what ACM lists by default."""
        page: Any = self._calls(self._client.list_certificates, MaxItems=100)
        yield from page["CertificateSummaryList"]
        while next_token := page.get("NextToken"):
            page = self._calls(self._client.list_certificates, MaxItems=100, NextToken=next_token)
            yield from page["CertificateSummaryList"]


def _facts(raw: Any) -> CertificateFacts:
    renewal = raw.get("RenewalSummary")
    if raw["Status"] not in {*Status}:
        raise AwsError(f"DescribeCertificate: {raw['Status']} is a status that Nameplate does not know.")
    return CertificateFacts(
        arn=raw["CertificateArn"],
        host=plain_name(raw["DomainName"]),
        status=Status(raw["Status"]),
        validation=_validation(raw),
        failure_reason=raw.get("FailureReason"),
        issued_at=raw.get("IssuedAt"),
        not_after=raw.get("NotAfter"),
        renewal=Renewal(renewal["RenewalStatus"], renewal.get("RenewalStatusReason")) if renewal else None,
        in_use_by=tuple(raw.get("InUseBy", ())),
    )


def _validation(raw: Any) -> tuple[str, str] | None:
    """The one CNAME: a host and its wildcard get the same, so whichever option has it will do."""
    for option in raw.get("DomainValidationOptions", ()):
        if record := option.get("ResourceRecord"):
            return plain_name(record["Name"]), plain_name(record["Value"])
    return None
