"""How a claim is proved: its method, and the token and the target of the records method."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from sqlalchemy import JSON, ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, composite, mapped_column, relationship

from webapp.models.base import Base, RowId, Timestamped, UtcDateTime, enum_type, ordered_text
from webapp.models.base.message import Message

if TYPE_CHECKING:
    from webapp.models.custom_domain import LLMClientCustomDomain


class Method(StrEnum):
    """How a claim is proved; `webapp.proofs` has what follows from each."""

    DELEGATION = "delegation"
    RECORDS = "records"

    @property
    def holds_subtree(self) -> bool:
        """Whether all names below the claim's name are in a zone of ours, so that nobody else can prove one."""
        return self is Method.DELEGATION


#: The same as a list, for SQL.
SUBTREE_METHODS = tuple(method for method in Method if method.holds_subtree)


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
    __table_args__ = (UniqueConstraint("custom_domain_id", "generation"),)

    id: Mapped[RowId]
    custom_domain_id: Mapped[int] = mapped_column(ForeignKey("llm_client_custom_domain.id"))
    domain_name: Mapped[str] = mapped_column(ordered_text(253), index=True)
    generation: Mapped[int] = mapped_column(default=1)
    #: The value of the TXT record: at least 128 random bits.
    token: Mapped[str] = mapped_column(String(64), unique=True)
    #: The random label of the CNAME's target, and the domain that it stands below.
    label: Mapped[str] = mapped_column(String(63), unique=True)
    edge_domain: Mapped[str] = mapped_column(String(253))
    state: Mapped[TargetState] = mapped_column(enum_type(TargetState), default=TargetState.WANTED, index=True)
    next_attempt_at: Mapped[datetime | None] = mapped_column(UtcDateTime, index=True)
    attempts: Mapped[int] = mapped_column(default=0)
    problem_code: Mapped[str | None] = mapped_column(String(64))
    problem_params: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True))
    #: What keeps the target from being published or withdrawn; None without a problem.
    problem: Mapped[Message | None] = composite("problem_code", "problem_params")
    #: While the domain is removed: what a look at the customer's zone has shown, as JSON, and when the next is due.
    look: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True))
    next_look_at: Mapped[datetime | None] = mapped_column(UtcDateTime, index=True)

    custom_domain: Mapped[LLMClientCustomDomain] = relationship(back_populates="records_proofs")

    @property
    def target(self) -> str:
        return f"{self.label}.{self.edge_domain}"
