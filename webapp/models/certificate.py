"""The certificates we ask ACM for, one generation after another."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from sqlalchemy import JSON, ForeignKey, Index, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, composite, mapped_column, relationship

from webapp.models.base import Base, RowId, Timestamped, UtcDateTime, enum_type
from webapp.models.base.message import Message
from webapp.models.llm_client import TlsStatus

if TYPE_CHECKING:
    from webapp.models.custom_domain import LLMClientCustomDomain


class CertificateState(StrEnum):
    """wanted (a row, nothing at ACM yet) -> requested (ARN known) -> validating (its CNAME is in our zone) -> issued.

    failed: this generation gets none, `failure_reason` says why. A next generation follows when that can help.
    deleting -> deleted: its domain is removed, or a newer generation replaces it.
    """

    WANTED = "wanted"
    REQUESTED = "requested"
    VALIDATING = "validating"
    ISSUED = "issued"
    FAILED = "failed"
    DELETING = "deleting"
    DELETED = "deleted"

    @property
    def tls_status(self) -> TlsStatus:
        """The state as the LLM client's `tls_certificate_issuance_status`."""
        return _TLS_STATUSES[self]

    @property
    def is_leaving(self) -> bool:
        """Whether it is deleted or about to be, so that it counts for nothing."""
        return self.tls_status is TlsStatus.NONE


_TLS_STATUSES = {
    CertificateState.WANTED: TlsStatus.REQUESTED,
    CertificateState.REQUESTED: TlsStatus.REQUESTED,
    CertificateState.VALIDATING: TlsStatus.REQUESTED,
    CertificateState.ISSUED: TlsStatus.ISSUED,
    CertificateState.FAILED: TlsStatus.FAILED,
    CertificateState.DELETING: TlsStatus.NONE,
    CertificateState.DELETED: TlsStatus.NONE,
}


_TROUBLED: dict[str, Any] = dict.fromkeys(
    ("sqlite_where", "postgresql_where"), text("problem_code IS NOT NULL")
)


class Certificate(Timestamped, Base):
    """One generation of a domain's certificate.

    ACM finds it by its ARN or, before that is known, by its idempotency token, never by its name.
    """

    __tablename__ = "certificate"
    __table_args__ = (
        UniqueConstraint("custom_domain_id", "generation"),
        Index("ix_certificate_state_custom_domain_id", "state", "custom_domain_id"),
        # Few rows have one. It finds those that wait for their owner, in all accounts.
        Index("ix_certificate_problem_code", "problem_code", **_TROUBLED),
    )

    id: Mapped[RowId]
    custom_domain_id: Mapped[int] = mapped_column(ForeignKey("llm_client_custom_domain.id"))
    domain_name: Mapped[str] = mapped_column(String(253))
    generation: Mapped[int] = mapped_column(default=1)
    state: Mapped[CertificateState] = mapped_column(
        enum_type(CertificateState), default=CertificateState.WANTED
    )
    #: Letters, digits and underscores, at most 32 (ACM RequestCertificate).
    idempotency_token: Mapped[str] = mapped_column(String(32), unique=True)
    arn: Mapped[str | None] = mapped_column(String(2048), unique=True)
    validation_name: Mapped[str | None] = mapped_column(String(253))
    validation_value: Mapped[str | None] = mapped_column(String(253))
    #: ACM's failure reason, or one of ours: CAA_BLOCKS, HOST_TOO_LONG, UNDERSCORE, GONE.
    failure_reason: Mapped[str | None] = mapped_column(String(64))
    problem_code: Mapped[str | None] = mapped_column(String(64))
    problem_params: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True))
    #: What is wrong; None while all is well.
    problem: Mapped[Message | None] = composite("problem_code", "problem_params")
    #: When ACM was first asked with this token, answered or not. It remembers a token for an hour.
    requested_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    issued_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    not_after: Mapped[datetime | None] = mapped_column(UtcDateTime)
    next_attempt_at: Mapped[datetime | None] = mapped_column(UtcDateTime, index=True)
    attempts: Mapped[int] = mapped_column(default=0)

    custom_domain: Mapped[LLMClientCustomDomain] = relationship(back_populates="certificates")
