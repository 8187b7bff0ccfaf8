"""What happened to a domain, to an account or to the installation, and who did it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import JSON, ForeignKey, Index, String, Text
from sqlalchemy.orm import Mapped, composite, mapped_column, relationship

from webapp.models.base import Base, RowId, Timestamped, current_request_id, enum_type
from webapp.models.base.message import Message
from webapp.models.kinds.event import ActorKind, EventKind

if TYPE_CHECKING:
    from webapp.models.account import Account
    from webapp.models.custom_domain import LLMClientCustomDomain


class Event(Timestamped, Base):
    """One event. Rows are only added. `message` is shown in the history; `evidence` holds the details."""

    __tablename__ = "event"
    __table_args__ = (
        Index("ix_event_created_at", "created_at"),
        Index("ix_event_custom_domain_id_created_at", "custom_domain_id", "created_at"),
        Index("ix_event_account_id_created_at", "account_id", "created_at"),
        Index("ix_event_actor_name_created_at", "actor_name", "created_at"),
        Index("ix_event_kind_created_at", "kind", "created_at"),
    )

    id: Mapped[RowId]
    account_id: Mapped[int | None] = mapped_column(ForeignKey("account.id"))
    custom_domain_id: Mapped[int | None] = mapped_column(ForeignKey("llm_client_custom_domain.id"))
    kind: Mapped[EventKind] = mapped_column(enum_type(EventKind))
    actor_kind: Mapped[ActorKind] = mapped_column(enum_type(ActorKind))
    actor_user_id: Mapped[int | None] = mapped_column(ForeignKey("users.id", ondelete="SET NULL"))
    actor_name: Mapped[str] = mapped_column(String(255), default="Nameplate")
    message_code: Mapped[str | None] = mapped_column("code", String(64))
    message_params: Mapped[dict[str, Any] | None] = mapped_column("params", JSON(none_as_null=True))
    #: What happened; `webapp.messages` makes the sentence.
    message: Mapped[Message | None] = composite("message_code", "message_params")
    #: The sentence, only in rows of releases that stored no codes.
    legacy_sentence: Mapped[str | None] = mapped_column("sentence", Text)
    reason: Mapped[str | None] = mapped_column(Text)
    evidence: Mapped[dict[str, Any] | None] = mapped_column(JSON)
    #: The id of the request or task in which it happened. Log lines carry the same id.
    request_id: Mapped[str | None] = mapped_column(String(32), default=current_request_id)

    account: Mapped[Account | None] = relationship()
    custom_domain: Mapped[LLMClientCustomDomain | None] = relationship(back_populates="events")
