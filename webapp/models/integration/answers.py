"""Answers of the API that are given again for the same Idempotency-Key."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, ForeignKey, Index, LargeBinary, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from webapp.models.base import Base, RowId, UtcDateTime, utcnow


class IdempotentAnswer(Base):
    """One thing that a key asked for under an Idempotency-Key: under way while `status` is None, else answered.

    `fingerprint` is of the request, `body` is sealed: both can be read with the secret of the key alone, which is not
    stored. `claimed_at` says which request is at work, so that one that was given up cannot answer any more.
    """

    __tablename__ = "idempotent_answer"
    __table_args__ = (
        UniqueConstraint("api_key_id", "idempotency_key"),
        Index("ix_idempotent_answer_claimed_at", "claimed_at"),
    )

    id: Mapped[RowId]
    api_key_id: Mapped[int] = mapped_column(ForeignKey("api_key.id", ondelete="CASCADE"))
    idempotency_key: Mapped[str] = mapped_column(String(255))
    fingerprint: Mapped[str] = mapped_column(String(64))
    claimed_at: Mapped[datetime] = mapped_column(UtcDateTime, default=utcnow)
    status: Mapped[int | None] = mapped_column()
    headers: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True))
    body: Mapped[bytes | None] = mapped_column(LargeBinary)
