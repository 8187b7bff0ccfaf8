"""The token and the target by which the records method proves a claim."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from sqlalchemy import JSON, ColumnElement, ForeignKey, Index, String, UniqueConstraint, or_
from sqlalchemy.orm import Mapped, composite, mapped_column, relationship

from webapp.models.base import Base, RowId, Timestamped, UtcDateTime, enum_type, ordered_text
from webapp.models.base.message import Message

if TYPE_CHECKING:
    from webapp.models.custom_domain import LLMClientCustomDomain


class TargetState(StrEnum):
    """wanted (a row, perhaps not in the edge's zone yet) -> published -> leaving (to be withdrawn) -> withdrawn.

    A withdrawn target answers nothing, and the row stays so that its label is never given again.
    """

    WANTED = "wanted"
    PUBLISHED = "published"
    LEAVING = "leaving"
    WITHDRAWN = "withdrawn"


#: The states in which a worker has work to do.
UNFINISHED_TARGETS = (TargetState.WANTED, TargetState.LEAVING)


class RecordsProof(Timestamped, Base):
    """One generation of the records by which a claim is proved. Rows are never deleted: a former token or target must
    be recognised years later, and the database refuses to give a label twice.
    """

    __tablename__ = "records_proof"
    __table_args__ = (
        UniqueConstraint("custom_domain_id", "generation"),
        Index("ix_records_proof_state_published", "state", "published"),
    )

    id: Mapped[RowId]
    custom_domain_id: Mapped[int] = mapped_column(ForeignKey("llm_client_custom_domain.id"))
    domain_name: Mapped[str] = mapped_column(ordered_text(253), index=True)
    generation: Mapped[int] = mapped_column(default=1)
    #: The value of the TXT record: at least 128 random bits.
    token: Mapped[str] = mapped_column(String(64), unique=True)
    #: The random label of the CNAME's target, and the domain that it stands below.
    label: Mapped[str] = mapped_column(String(63), unique=True)
    edge_domain: Mapped[str] = mapped_column(String(253))
    state: Mapped[TargetState] = mapped_column(enum_type(TargetState), default=TargetState.WANTED)
    #: What the target was last given in the edge's zone, as a digest, so that a change of EDGE_TARGET is noticed.
    published: Mapped[str | None] = mapped_column(String(64))
    withdrawn_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    next_attempt_at: Mapped[datetime | None] = mapped_column(UtcDateTime, index=True)
    attempts: Mapped[int] = mapped_column(default=0)
    problem_code: Mapped[str | None] = mapped_column(String(64))
    problem_params: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True))
    #: What keeps the target from being published or withdrawn; None without a problem.
    problem: Mapped[Message | None] = composite("problem_code", "problem_params")
    #: While the domain is removed: what a look at the customer's zone has shown, as JSON, and when the next is due.
    #: Without a next look the removal does not wait for this row.
    look: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True))
    next_look_at: Mapped[datetime | None] = mapped_column(UtcDateTime, index=True)

    custom_domain: Mapped[LLMClientCustomDomain] = relationship(back_populates="records_proofs")

    @property
    def target(self) -> str:
        return f"{self.label}.{self.edge_domain}"

    @classmethod
    def keeps_from_ending(cls) -> ColumnElement[bool]:
        """Whether the removal of the domain has to wait: the target may still answer, or a look is still due."""
        return or_(cls.state != TargetState.WITHDRAWN, cls.next_look_at.is_not(None))
