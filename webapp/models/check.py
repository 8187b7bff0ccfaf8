"""Checks: one row for one run of a verification, and the reports that they share.

A row is never changed after it is done.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from enum import StrEnum
from typing import TYPE_CHECKING, Any, ClassVar

from sqlalchemy import JSON, BigInteger, ForeignKey, Index, LargeBinary, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from webapp.models.base import Base, RowId, Timestamp, UtcDateTime, current_request_id, enum_type, utcnow

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
#: Written as in the indexes of open checks, which SQLite uses for nothing else. Finished checks have no such index.
IS_OPEN = text("domain_check.status <> 'done'")
_OPEN: dict[str, Any] = dict.fromkeys(("sqlite_where", "postgresql_where"), text("status <> 'done'"))


class Check(Base):
    """One run of a verification. A domain has at most one check that is not done.

    `lease_until`: until this time a waiting check is left to the worker that takes its message from the queue, and a
    running one to its worker. After it any worker may take the check.

    A name that nobody touches adds more than one row a day, for as long as it lives. So a row has no index that a
    finished check can do without, and points to a report that many share.
    """

    __tablename__ = "domain_check"
    __table_args__ = (
        Index("ix_domain_check_custom_domain_id_id", "custom_domain_id", "id"),
        Index(OPEN_CHECK, "custom_domain_id", unique=True, **_OPEN),
        # The order in which workers take checks.
        Index("ix_domain_check_queue", "status", "origin", "id", **_OPEN),
    )

    id: Mapped[RowId]
    custom_domain_id: Mapped[int] = mapped_column(ForeignKey("llm_client_custom_domain.id"))
    origin: Mapped[CheckOrigin] = mapped_column(enum_type(CheckOrigin))
    status: Mapped[CheckStatus] = mapped_column(enum_type(CheckStatus), default=CheckStatus.WAITING)
    lease_until: Mapped[datetime | None] = mapped_column(UtcDateTime)
    started_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    finished_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    verdict: Mapped[str | None] = mapped_column(String(40))
    #: The `CheckReport` that tells what the check saw. No foreign key: the database would look through all checks
    #: for each report that is deleted, or need one more index. Who deletes one holds the lock of its domain.
    report_id: Mapped[int | None] = mapped_column(BigInteger)
    #: The report itself, in rows of releases that stored it whole; `webapp.reports.earlier` moves it.
    whole_report: Mapped[dict[str, Any] | None] = mapped_column(
        "report", JSON(none_as_null=True), deferred=True
    )
    #: The id of the request or task that asked for the check. Log lines carry the same id. A check of the schedule
    #: that changed nothing keeps none.
    request_id: Mapped[str | None] = mapped_column(String(32), default=current_request_id)
    #: Of a check of the schedule that changed nothing these are its start and its end, and the two others are empty:
    #: on PostgreSQL, such a row is a seventh smaller.
    created_at: Mapped[Timestamp] = mapped_column(UtcDateTime, default=utcnow)
    updated_at: Mapped[Timestamp] = mapped_column(UtcDateTime, default=utcnow)

    custom_domain: Mapped[LLMClientCustomDomain] = relationship(back_populates="checks")

    #: Reads the report of a check; set by `init_subscriptions`.
    reader: ClassVar[Callable[[Check], dict[str, Any] | None]]

    @property
    def report(self) -> dict[str, Any] | None:
        """A `DelegationReport` as JSON. Raises `webapp.reports.codec.UnreadableError`."""
        return type(self).reader(self)

    @report.setter
    def report(self, data: dict[str, Any] | None) -> None:
        """As releases that stored it whole; for scripts and shells."""
        self.whole_report = data


class CheckReport(Base):
    """What one or more checks of a domain saw, packed by `webapp.reports.codec`: once, however often it is seen.

    `digest` is of what was seen, without what differs each time. `check_id` is the check that saw it first, and whose
    times `body` has as well. `transient`: nothing firm was found out, because somebody could not be asked.
    """

    __tablename__ = "domain_check_report"
    __table_args__ = (UniqueConstraint("custom_domain_id", "digest"),)

    id: Mapped[RowId]
    custom_domain_id: Mapped[int] = mapped_column(ForeignKey("llm_client_custom_domain.id"))
    check_id: Mapped[int] = mapped_column(BigInteger)
    transient: Mapped[bool]
    digest: Mapped[bytes] = mapped_column(LargeBinary)
    body: Mapped[bytes] = mapped_column(LargeBinary)


class CheckMeasurement(Base):
    """What differs each time, as the newest check of a domain measured it: one row for its newest firm check, and
    one for its newest check that is not firm. Those are the two that the page of the domain shows.
    """

    __tablename__ = "domain_check_measurement"

    custom_domain_id: Mapped[int] = mapped_column(ForeignKey("llm_client_custom_domain.id"), primary_key=True)
    transient: Mapped[bool] = mapped_column(primary_key=True)
    check_id: Mapped[int] = mapped_column(BigInteger)
    body: Mapped[bytes] = mapped_column(LargeBinary)
