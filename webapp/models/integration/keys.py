"""Keys with which programs use the API: those of an account, and those of the platform."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column, relationship, validates

from webapp.models.base import Base, RowId, Timestamped, UtcDateTime, ValidationError
from webapp.models.base.free_text import fault_in


class ApiKey(Timestamped, Base):
    """One key. The secret itself is stored nowhere: whoever made the key has seen it once.

    A key of the platform has no account and may act for any. The row of a key that ended stays, so that its account
    can see who had which rights.
    """

    __tablename__ = "api_key"

    id: Mapped[RowId]
    account_id: Mapped[int | None] = mapped_column(ForeignKey("account.id"), index=True)
    name: Mapped[str] = mapped_column(String(100))
    #: What is shown of the key, and what it is looked up by: `npk_live_ab12cd34`.
    prefix: Mapped[str] = mapped_column(String(24), unique=True)
    #: SHA-256 of the whole key, in hexadecimal digits. A key has 256 random bits, which nobody can try out.
    secret_hash: Mapped[str] = mapped_column(String(64))
    #: As `domains:read`; see `webapp.keys.access.scopes`.
    scopes: Mapped[list[str]] = mapped_column(JSON)
    #: Whether it reaches only names below a reserved test domain; see `webapp.keys.access.reach`.
    is_test: Mapped[bool] = mapped_column(default=False)
    #: The actor who made it, as events name actors.
    made_by: Mapped[str] = mapped_column(String(255))
    #: None for a key without an end.
    expires_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    #: To the minute; see `webapp.keys.access.last_use`.
    last_used_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    revoked_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

    account: Mapped[Any] = relationship("Account")

    @validates("name")
    def _check_name(self, _key: str, value: str) -> str:
        if fault := fault_in(value):
            raise ValidationError("name", fault)
        return value

    def is_valid(self, now: datetime) -> bool:
        """Whether it is neither revoked nor expired, and its account is not being deleted."""
        ended = self.revoked_at is not None or (self.expires_at is not None and self.expires_at <= now)
        return not ended and (self.account is None or self.account.deleted_at is None)

    def __repr__(self) -> str:
        return f"<ApiKey {self.prefix}>"
