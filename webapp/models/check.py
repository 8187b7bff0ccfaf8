"""Checks: one row for one run of a verification, with its report. A row is never changed after it is done."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from sqlalchemy import JSON, ForeignKey, Index, String, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from webapp.models.base import Base, RowId, Timestamped, UtcDateTime, current_request_id, enum_type

if TYPE_CHECKING:
    from webapp.models.custom_domain import LLMClientCustomDomain


class CheckStatus(StrEnum):
    WAITING = "waiting"
    RUNNING = "running"
    DONE = "done"


class CheckOrigin(StrEnum):
    """Who asked for it."""

    CUSTOMER = "customer"
    STAFF = "staff"
    SCHEDULE = "schedule"
    COMMAND = "command"


OPEN_CHECK = "uq_domain_check_open"


class Check(Timestamped, Base):
    """`report` is a `DelegationReport` as JSON. A domain has at most one check that is not done.

    `lease_until`: until this time a waiting check is left to the worker that takes its message from the queue, and a
    running one to its worker. After it any worker may take the check.
    """

    __tablename__ = "domain_check"
    __table_args__ = (
        Index("ix_domain_check_status_lease_until", "status", "lease_until"),
        Index("ix_domain_check_custom_domain_id_created_at", "custom_domain_id", "created_at"),
        Index(
            OPEN_CHECK,
            "custom_domain_id",
            unique=True,
            sqlite_where=text("status <> 'done'"),
            postgresql_where=text("status <> 'done'"),
        ),
        # The order in which workers take checks.
        Index(
            "ix_domain_check_queue",
            "status",
            "origin",
            "id",
            sqlite_where=text("status <> 'done'"),
            postgresql_where=text("status <> 'done'"),
        ),
    )

    id: Mapped[RowId]
    custom_domain_id: Mapped[int] = mapped_column(ForeignKey("llm_client_custom_domain.id"))
    origin: Mapped[CheckOrigin] = mapped_column(enum_type(CheckOrigin))
    status: Mapped[CheckStatus] = mapped_column(enum_type(CheckStatus), default=CheckStatus.WAITING)
    lease_until: Mapped[datetime | None] = mapped_column(UtcDateTime)
    started_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    finished_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    verdict: Mapped[str | None] = mapped_column(String(40))
    report: Mapped[dict[str, Any] | None] = mapped_column(JSON)
    #: The id of the request or task that asked for the check. Log lines carry the same id.
    request_id: Mapped[str | None] = mapped_column(String(32), default=current_request_id)

    custom_domain: Mapped[LLMClientCustomDomain] = relationship(back_populates="checks")
