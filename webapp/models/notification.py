"""The outbox: notifications, written in the transaction of what they tell, and the e-mails that carry them."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import JSON, Column, ForeignKey, Index, String, Table, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, composite, mapped_column, relationship

from webapp.models.account import Account
from webapp.models.base import Base, RowId, Timestamped, UtcDateTime, current_request_id, enum_type
from webapp.models.base.message import Message
from webapp.models.custom_domain import LLMClientCustomDomain
from webapp.models.kinds.notification import NotificationKind


class Notification(Timestamped, Base):
    """One notification about one domain. `occasion` is the time of what it tells of, so that a repeated task cannot
    add it twice. It is settled when `sent_at` is set (everybody has been told) or `cancelled_at` (it was no longer
    true before anybody was told, or there is nobody to tell).
    """

    __tablename__ = "mail"
    __table_args__ = (
        UniqueConstraint("custom_domain_id", "kind", "occasion"),
        Index(
            "ix_mail_unsettled",
            "send_after",
            sqlite_where=text("sent_at IS NULL AND cancelled_at IS NULL"),
            postgresql_where=text("sent_at IS NULL AND cancelled_at IS NULL"),
        ),
    )

    id: Mapped[RowId]
    account_id: Mapped[int] = mapped_column(ForeignKey("account.id"))
    custom_domain_id: Mapped[int] = mapped_column(ForeignKey("llm_client_custom_domain.id"))
    kind: Mapped[NotificationKind] = mapped_column(enum_type(NotificationKind))
    occasion: Mapped[datetime] = mapped_column(UtcDateTime)
    message_code: Mapped[str | None] = mapped_column("code", String(64))
    message_params: Mapped[dict[str, Any] | None] = mapped_column("params", JSON(none_as_null=True))
    #: What is told, with the dates as they were when it happened.
    message: Mapped[Message | None] = composite("message_code", "message_params")
    #: The sentence, only in rows of releases that stored no codes.
    legacy_sentence: Mapped[str | None] = mapped_column("sentence", Text)
    send_after: Mapped[datetime] = mapped_column(UtcDateTime)
    sent_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    cancelled_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    #: The id of the request or task that led to it. Log lines carry the same id.
    request_id: Mapped[str | None] = mapped_column(String(32), default=current_request_id)

    account: Mapped[Account] = relationship()
    custom_domain: Mapped[LLMClientCustomDomain] = relationship()


class EmailState(StrEnum):
    """dropped: nothing was left to tell. refused: the mail server will never take it for this mailbox."""

    WAITING = "waiting"
    SENT = "sent"
    REFUSED = "refused"
    DROPPED = "dropped"


email_notifications = Table(
    "letter_news",
    Base.metadata,
    Column("letter_id", ForeignKey("letter.id", ondelete="CASCADE"), primary_key=True),
    Column("mail_id", ForeignKey("mail.id", ondelete="CASCADE"), primary_key=True, index=True),
)


class Email(Timestamped, Base):
    """One e-mail about one domain to one mailbox, with all notifications that it has not been told yet.

    A mailbox has at most one waiting e-mail for each domain. `next_attempt_at` is also the lease of the worker that
    sends it. A waiting e-mail that has `news` was being sent by a worker that was killed.
    """

    __tablename__ = "letter"
    __table_args__ = (
        Index(
            "uq_letter_waiting",
            "custom_domain_id",
            "address",
            unique=True,
            sqlite_where=text("state = 'waiting'"),
            postgresql_where=text("state = 'waiting'"),
        ),
        Index("ix_letter_custom_domain_id_address", "custom_domain_id", "address"),
        Index("ix_letter_state_next_attempt_at", "state", "next_attempt_at"),
    )

    id: Mapped[RowId]
    custom_domain_id: Mapped[int] = mapped_column(ForeignKey("llm_client_custom_domain.id"))
    address: Mapped[str] = mapped_column(String(255), index=True)
    state: Mapped[EmailState] = mapped_column(enum_type(EmailState), default=EmailState.WAITING)
    next_attempt_at: Mapped[datetime] = mapped_column(UtcDateTime)
    attempts: Mapped[int] = mapped_column(default=0)
    sent_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    problem_code: Mapped[str | None] = mapped_column(String(64))
    problem_params: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True))
    #: Why the mail server did not take it at the last try.
    problem: Mapped[Message | None] = composite("problem_code", "problem_params")

    custom_domain: Mapped[LLMClientCustomDomain] = relationship()
    news: Mapped[list[Notification]] = relationship(secondary=email_notifications, order_by=Notification.id)
