"""What the rest of Nameplate knows of ACM: the values, and the port with its two classes.

`webapp.aws.acm.certificates.Acm` talks to AWS (or to the sandbox); `tests.twins.acm.MemoryAcm` is its twin.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Protocol

#: The first name of a certificate is its common name, and that holds 64 octets (X.520, ub-common-name).
LONGEST_HOST = 64


class Status(StrEnum):
    """A certificate’s own status. “SUCCESS” is never one: only the validation of a name or a renewal has it."""

    PENDING_VALIDATION = "PENDING_VALIDATION"
    ISSUED = "ISSUED"
    INACTIVE = "INACTIVE"
    EXPIRED = "EXPIRED"
    VALIDATION_TIMED_OUT = "VALIDATION_TIMED_OUT"
    REVOKED = "REVOKED"
    FAILED = "FAILED"


@dataclass(frozen=True)
class Renewal:
    """How a managed renewal stands: PENDING_AUTO_RENEWAL, PENDING_VALIDATION, SUCCESS or FAILED, and why."""

    status: str
    reason: str | None = None

    @property
    def troubled(self) -> bool:
        return self.status in {"PENDING_VALIDATION", "FAILED"}


@dataclass(frozen=True)
class CertificateFacts:
    """A certificate as ACM describes it. `validation`: name and target of its CNAME, None while ACM has not
    made it up yet, which takes some seconds. `in_use_by`: ARNs of whatever it is attached to.
    """

    arn: str
    host: str
    status: Status
    validation: tuple[str, str] | None = None
    failure_reason: str | None = None
    issued_at: datetime | None = None
    not_after: datetime | None = None
    renewal: Renewal | None = None
    in_use_by: tuple[str, ...] = ()


class AcmApi(Protocol):
    """Every method may raise `AwsError`. A certificate is its ARN; a name never identifies one."""

    def request(self, host: str, token: str) -> str: ...
    def find(self, host: str, token: str) -> str | None: ...
    def describe(self, arn: str) -> CertificateFacts: ...
    def delete(self, arn: str, token: str) -> None: ...
