"""The outbox: a mail is a row in the transaction of whatever it tells of, and is sent later, once."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from sqlalchemy import ForeignKey, Index, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from webapp.models.account import Account
from webapp.models.base import Base, RowId, Timestamped, UtcDateTime, enum_type
from webapp.models.custom_domain import LLMClientCustomDomain


class MailKind(StrEnum):
    """Which transition a mail tells of."""

    VERIFIED = "verified"
    ACTION_NEEDED = "action-needed"
    FAILING = "failing"
    FAILING_HALFWAY = "failing-halfway"
    FAILING_LAST_DAY = "failing-last-day"
    LAPSED = "lapsed"
    RECOVERED = "recovered"
    EXPIRED = "expired"
    REMOVED = "removed"
    CERTIFICATE_TROUBLE = "certificate-trouble"


class Mail(Timestamped, Base):
    """One piece of news about one domain. `occasion` names the transition, so that a repeated task cannot tell it
    twice. `sent_at` is set for every row of a merged mail.
    """

    __tablename__ = "mail"
    __table_args__ = (
        UniqueConstraint("custom_domain_id", "kind", "occasion"),
        Index("ix_mail_sent_at_send_after", "sent_at", "send_after"),
    )

    id: Mapped[RowId]
    account_id: Mapped[int] = mapped_column(ForeignKey("account.id"))
    custom_domain_id: Mapped[int] = mapped_column(ForeignKey("llm_client_custom_domain.id"))
    kind: Mapped[MailKind] = mapped_column(enum_type(MailKind))
    occasion: Mapped[datetime] = mapped_column(UtcDateTime)
    sentence: Mapped[str] = mapped_column(Text)
    send_after: Mapped[datetime] = mapped_column(UtcDateTime)
    sent_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    attempts: Mapped[int] = mapped_column(default=0)

    account: Mapped[Account] = relationship()
    custom_domain: Mapped[LLMClientCustomDomain] = relationship()
