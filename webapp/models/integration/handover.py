"""Links for whoever manages a domain's DNS: what is behind one is shown without a sign-in."""

from __future__ import annotations

import secrets
from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from webapp.models.base import Base, RowId, Timestamped, UtcDateTime


def _new_code() -> str:
    return secrets.token_hex(16)


class HandoverLink(Timestamped, Base):
    """One link to the records of one domain. It ends at `expires_at`, when it is revoked, and when the domain is
    removed, suspended or moved to another account.
    """

    __tablename__ = "handover_link"

    id: Mapped[RowId]
    account_id: Mapped[int] = mapped_column(ForeignKey("account.id"), index=True)
    custom_domain_id: Mapped[int] = mapped_column(ForeignKey("llm_client_custom_domain.id"), index=True)
    #: What the link carries, signed.
    code: Mapped[str] = mapped_column(String(32), unique=True, default=_new_code)
    #: Whom it was made for, in the words of its maker.
    made_for: Mapped[str] = mapped_column(String(100))
    made_by: Mapped[str] = mapped_column(String(255))
    expires_at: Mapped[datetime] = mapped_column(UtcDateTime)
    revoked_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    #: When it was opened last; exact to a minute.
    opened_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    #: When all records were first there after it was made.
    done_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

    custom_domain: Mapped[Any] = relationship("LLMClientCustomDomain")
