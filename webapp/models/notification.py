"""The outbox: news is a row in the transaction of whatever it tells of; e-mails take it to people, later, once."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import JSON, Column, ForeignKey, Index, String, Table, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, composite, mapped_column, relationship

from webapp.models.account import Account
from webapp.models.base import Base, RowId, Timestamped, UtcDateTime, current_request_id, enum_type
from webapp.models.custom_domain import LLMClientCustomDomain
from webapp.models.message import Message


class NotificationKind(StrEnum):
    """Which transition or event a notification tells of."""

    VERIFIED = "verified"
    ACTION_NEEDED = "action-needed"
    FAILING = "failing"
    FAILING_HALFWAY = "failing-halfway"
    FAILING_LAST_DAY = "failing-last-day"
    LAPSED = "lapsed"
    RECOVERED = "recovered"
    EXPIRED = "expired"
    REMOVED = "removed"
    KEPT = "kept"
    CERTIFICATE_TROUBLE = "certificate-trouble"
    ON_HOLD = "on-hold"
    RELEASED = "released"


class Notification(Timestamped, Base):
    """One piece of news about one domain. `occasion` names the transition, so that a repeated task cannot tell it
    twice. It is settled when `sent_at` (everybody has been told) or `cancelled_at` (it was overtaken before
    anybody was told, or there is nobody to tell) is set.
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
    #: What is told, with the dates of that moment.
    message: Mapped[Message | None] = composite("message_code", "message_params")
    #: What is told, in rows of releases that stored sentences, and only in those.
    legacy_sentence: Mapped[str | None] = mapped_column("sentence", Text)
    send_after: Mapped[datetime] = mapped_column(UtcDateTime)
    sent_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    cancelled_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    #: The request, or the round of the worker, that brought it about; the logs have the same id.
    request_id: Mapped[str | None] = mapped_column(String(32), default=current_request_id)

    account: Mapped[Account] = relationship()
    custom_domain: Mapped[LLMClientCustomDomain] = relationship()


class EmailState(StrEnum):
    """dropped: nothing in it was news any more. refused: the mail server will not take it for this person."""

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
    """What one mailbox is told about one domain at one time: all the news that is not yet told there.

    A mailbox has at most one waiting e-mail for each domain. `next_attempt_at` is also the lease of the worker that
    is sending it. A waiting e-mail that has `news` was being sent by a worker that was never heard of again.
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
    #: Why it was not taken when it was last tried.
    problem: Mapped[Message | None] = composite("problem_code", "problem_params")

    custom_domain: Mapped[LLMClientCustomDomain] = relationship()
    news: Mapped[list[Notification]] = relationship(secondary=email_notifications, order_by=Notification.id)
