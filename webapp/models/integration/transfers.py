"""Transfers of domains from one account to another."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import ForeignKey, Index, String, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from webapp.models.base import Base, RowId, Timestamped, UtcDateTime, enum_type, ordered_text


class TransferState(StrEnum):
    """`ended`: its time was over, or the domain was removed or suspended, before anybody decided."""

    OFFERED = "offered"
    ACCEPTED = "accepted"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"
    ENDED = "ended"


class DomainTransfer(Timestamped, Base):
    """An offer of a domain to another account, and what became of it.

    It is for whoever owns an account with the number `to_number`, or signs in as `to_email` and owns an account.
    Nobody looks that up when the offer is made, so that an offer tells nothing of others. `to_account` is set once
    the receiving account has decided.
    """

    __tablename__ = "domain_transfer"
    __table_args__ = (
        Index(
            "uq_domain_transfer_offered",
            "custom_domain_id",
            unique=True,
            sqlite_where=text("state = 'offered'"),
            postgresql_where=text("state = 'offered'"),
        ),
    )

    id: Mapped[RowId]
    custom_domain_id: Mapped[int] = mapped_column(ForeignKey("llm_client_custom_domain.id"), index=True)
    from_account_id: Mapped[int] = mapped_column(ForeignKey("account.id"), index=True)
    to_account_id: Mapped[int | None] = mapped_column(ForeignKey("account.id"), index=True)
    #: In lower case.
    to_email: Mapped[str | None] = mapped_column(String(255), index=True)
    to_number: Mapped[str | None] = mapped_column(ordered_text(14), index=True)
    state: Mapped[TransferState] = mapped_column(enum_type(TransferState), default=TransferState.OFFERED)
    offered_by: Mapped[str] = mapped_column(String(255))
    decided_by: Mapped[str | None] = mapped_column(String(255))
    decided_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    expires_at: Mapped[datetime] = mapped_column(UtcDateTime)
    #: When people are to be told of `state`, also the lease of the worker that does it; None once they are told.
    tell_at: Mapped[datetime | None] = mapped_column(UtcDateTime, index=True)
    tell_attempts: Mapped[int] = mapped_column(default=0)

    custom_domain: Mapped[Any] = relationship("LLMClientCustomDomain")
    from_account: Mapped[Any] = relationship("Account", foreign_keys=[from_account_id])
    to_account: Mapped[Any] = relationship("Account", foreign_keys=[to_account_id])

    @property
    def to(self) -> str:
        """Whom it is for, as it was typed."""
        return self.to_email or self.to_number or ""
