"""Rows about the whole installation: health, reconciliation and its findings, the deny list."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import JSON, ForeignKey, Index, Select, String, Text, func, or_, select
from sqlalchemy.orm import Mapped, composite, mapped_column

from webapp.dns import names
from webapp.models.base import Base, RowId, Timestamped, UtcDateTime, enum_type, ordered_text
from webapp.models.base.message import Message


class SystemStatus(Timestamped, Base):
    """The health of one component: `worker`, `resolver`, `route53`, `acm`, `mail`, `zone-quota`, `retention`."""

    __tablename__ = "system_status"

    component: Mapped[str] = mapped_column(String(40), primary_key=True)
    last_ok_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    trouble_since: Mapped[datetime | None] = mapped_column(UtcDateTime)
    problem_code: Mapped[str | None] = mapped_column(String(64))
    problem_params: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True))
    #: What does not work; None while the component works.
    problem: Mapped[Message | None] = composite("problem_code", "problem_params")
    #: What the component last said of itself, well or not. `zone-quota`: the zones that AWS allows (`limit`) and
    #: has (`used`). `retention`: up to which id each table was gone through.
    facts: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True))


class Finding(Timestamped, Base):
    """A difference between our rows and AWS that reconciliation found. A `repaired` one is kept as a record. Any
    other waits for staff until a later run no longer finds it.
    """

    __tablename__ = "finding"
    __table_args__ = (Index("ix_finding_resolved_at", "resolved_at"),)

    id: Mapped[RowId]
    kind: Mapped[str] = mapped_column(String(40))
    aws_hosted_zone_id: Mapped[str | None] = mapped_column(String(32), index=True)
    custom_domain_id: Mapped[int | None] = mapped_column(ForeignKey("llm_client_custom_domain.id"))
    message_code: Mapped[str | None] = mapped_column(String(64))
    message_params: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True))
    #: The difference, for staff.
    message: Mapped[Message | None] = composite("message_code", "message_params")
    repaired: Mapped[bool] = mapped_column(default=False)
    last_seen_at: Mapped[datetime] = mapped_column(UtcDateTime)
    resolved_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class ReconciliationPhase(StrEnum):
    """listing (AWS's pages against our rows) -> missing (rows that were not listed, asked for one by one) ->
    inspecting (the records inside some zones) -> done.
    """

    LISTING = "listing"
    MISSING = "missing"
    INSPECTING = "inspecting"
    DONE = "done"


class Reconciliation(Timestamped, Base):
    """One run. `hour` (hours since 1970) keeps the schedule from starting two in one hour; a run that a person
    starts has none. `marker` is where the next page of AWS's list of zones begins.
    """

    __tablename__ = "reconciliation"

    id: Mapped[RowId]
    hour: Mapped[int | None] = mapped_column(unique=True)
    phase: Mapped[ReconciliationPhase] = mapped_column(
        enum_type(ReconciliationPhase), default=ReconciliationPhase.LISTING
    )
    started_at: Mapped[datetime] = mapped_column(UtcDateTime)
    finished_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    marker: Mapped[str | None] = mapped_column(String(64))
    zones_seen: Mapped[int] = mapped_column(default=0)
    zones_inspected: Mapped[int] = mapped_column(default=0)
    next_attempt_at: Mapped[datetime | None] = mapped_column(UtcDateTime, index=True)
    attempts: Mapped[int] = mapped_column(default=0)
    problem_code: Mapped[str | None] = mapped_column(String(64))
    problem_params: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True))
    #: What interrupted the run at its last step; None without a problem.
    problem: Mapped[Message | None] = composite("problem_code", "problem_params")


class DeniedName(Timestamped, Base):
    """No account may register `name` or be newly verified with it; with `below`, nor with any name below it.

    `name` is an A-label form in lower case without final dot. A verified domain stays so until staff suspend it.
    """

    __tablename__ = "denied_name"

    id: Mapped[RowId]
    name: Mapped[str] = mapped_column(ordered_text(253), unique=True)
    below: Mapped[bool] = mapped_column(default=False)
    #: For staff alone, because it may concern other accounts.
    reason: Mapped[str] = mapped_column(Text)
    actor_name: Mapped[str] = mapped_column(String(255))

    @classmethod
    def covering(cls, name: str) -> Select[DeniedName]:
        """Every entry that refuses this A-label name, the nearest first."""
        refuses = cls.name.in_(names.HostName(name).lineage), or_(cls.name == name, cls.below)
        return select(cls).where(*refuses).order_by(func.length(cls.name).desc())
