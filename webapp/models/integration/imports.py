"""Many names at once: an import of an account, and each of its lines."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import JSON, ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, composite, mapped_column, relationship

from webapp.models.base import (
    Base,
    RowId,
    Timestamped,
    UtcDateTime,
    current_request_id,
    enum_type,
)
from webapp.models.base.message import Message


class ImportState(StrEnum):
    """checking (lines are judged) -> checked (nothing is registered yet) -> running -> done; or cancelled."""

    CHECKING = "checking"
    CHECKED = "checked"
    RUNNING = "running"
    DONE = "done"
    CANCELLED = "cancelled"

    @property
    def is_busy(self) -> bool:
        """Whether a worker has work to do."""
        return self in {ImportState.CHECKING, ImportState.RUNNING}


class LineState(StrEnum):
    """new (not judged yet) -> ready, existing or refused -> registered.

    existing: the account has the name already. A line that is ready can still be found existing or refused when its
    turn comes.
    """

    NEW = "new"
    READY = "ready"
    REFUSED = "refused"
    EXISTING = "existing"
    REGISTERED = "registered"


class DomainImport(Timestamped, Base):
    """A list of names that somebody wants to register. Its lines are judged first, and registered when told to."""

    __tablename__ = "domain_import"
    __table_args__ = (Index("ix_domain_import_account_id_id", "account_id", "id"),)

    id: Mapped[RowId]
    account_id: Mapped[int] = mapped_column(ForeignKey("account.id"))
    state: Mapped[ImportState] = mapped_column(enum_type(ImportState), default=ImportState.CHECKING)
    #: When a worker has to go on with it; also the lease of the worker that does. None while nothing is to be done.
    next_attempt_at: Mapped[datetime | None] = mapped_column(UtcDateTime, index=True)
    #: How often in a row a fault of ours ended the work on it.
    faults: Mapped[int] = mapped_column(default=0)
    lines: Mapped[int]
    #: Whether hosted zones that the lines name are taken over, with a proof. Only operators can have that.
    adopt: Mapped[bool] = mapped_column(default=False)
    #: Who began it, for the events of the domains that a worker registers. The kind is a value of `ActorKind`.
    actor_kind: Mapped[str] = mapped_column(String(40))
    actor_user_id: Mapped[int | None] = mapped_column(ForeignKey("users.id", ondelete="SET NULL"))
    actor_name: Mapped[str] = mapped_column(String(255))
    started_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    ended_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    #: The id of the request that created it. Log lines of its work carry the same id.
    request_id: Mapped[str | None] = mapped_column(String(32), default=current_request_id)

    account: Mapped[Any] = relationship("Account")


class ImportLine(Base):
    """One line of an import: what was typed, and what became of it."""

    __tablename__ = "domain_import_line"
    __table_args__ = (
        UniqueConstraint("import_id", "number"),
        Index("ix_domain_import_line_import_id_state_number", "import_id", "state", "number"),
    )

    id: Mapped[RowId]
    import_id: Mapped[int] = mapped_column(ForeignKey("domain_import.id", ondelete="CASCADE"))
    #: The line of the file on which it begins, from 1.
    number: Mapped[int]
    #: What stood in the file, shortened where it is longer than any name.
    typed: Mapped[str] = mapped_column(String(300))
    #: The name in A-labels; None where the text is none.
    domain_name: Mapped[str | None] = mapped_column(String(253))
    llm_client: Mapped[str | None] = mapped_column(String(100))
    method: Mapped[str | None] = mapped_column(String(40))
    aws_hosted_zone_id: Mapped[str | None] = mapped_column(String(64))
    state: Mapped[LineState] = mapped_column(enum_type(LineState), default=LineState.NEW)
    problem_code: Mapped[str | None] = mapped_column(String(64))
    problem_params: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True))
    #: Why it is refused; None unless it is.
    problem: Mapped[Message | None] = composite("problem_code", "problem_params")
    custom_domain_id: Mapped[int | None] = mapped_column(ForeignKey("llm_client_custom_domain.id"))

    custom_domain: Mapped[Any] = relationship("LLMClientCustomDomain")
