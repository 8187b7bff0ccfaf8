"""A customer's host name: the claim of an account on it."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import datetime
from typing import TYPE_CHECKING, Any, ClassVar

from sqlalchemy import (
    DDL,
    JSON,
    CheckConstraint,
    ForeignKey,
    Index,
    String,
    Text,
    event,
    inspect,
    text,
)
from sqlalchemy.orm import Mapped, composite, mapped_column, relationship, validates

from webapp.dns import names
from webapp.models.account import Account
from webapp.models.base import (
    Base,
    RowId,
    Saved,
    Timestamped,
    UtcDateTime,
    ValidationError,
    constraint_name,
    enum_type,
    ordered_text,
    utcnow,
)
from webapp.models.domain_state import DomainState
from webapp.models.message import Message
from webapp.models.system import DeniedName

if TYPE_CHECKING:
    from webapp.models.certificate import Certificate
    from webapp.models.check import Check
    from webapp.models.event import Event
    from webapp.models.hosted_zone import HostedZone, LLMClientCustomDomainDNS
    from webapp.models.llm_client import LLMClient


VERIFIED_ELSEWHERE = "uq_llm_client_custom_domain_verified_name"
ALREADY_YOURS = "uq_llm_client_custom_domain_account_name"

_ZONE_ID = re.compile(r"[A-Z0-9]{1,32}")


class LLMClientCustomDomain(Saved, Timestamped, Base):
    """A claim of an account on a host name, and the zone that proves it.

    `domain_name` is an A-label form in lower case without final dot. `is_verified` is stored, because a
    partial unique index over it lets the database decide which of several claims is the verified one; it
    always follows from `state` and `held_at`, and a CHECK constraint holds the three together. A name that staff
    hold keeps its state and is not served.
    """

    __tablename__ = "llm_client_custom_domain"
    __table_args__ = (
        CheckConstraint(
            "is_verified = (state IN ('verified', 'failing') AND held_at IS NULL)",
            name="verified_follows_state",
        ),
        Index(
            VERIFIED_ELSEWHERE,
            "domain_name",
            unique=True,
            sqlite_where=text("is_verified"),
            postgresql_where=text("is_verified"),
        ),
        Index(
            ALREADY_YOURS,
            "account_id",
            "domain_name",
            unique=True,
            sqlite_where=text("state NOT IN ('removing', 'removed')"),
            postgresql_where=text("state NOT IN ('removing', 'removed')"),
        ),
        Index("ix_llm_client_custom_domain_created_at", "created_at"),
        Index("ix_llm_client_custom_domain_state_next_check_at", "state", "next_check_at"),
        # The lists of staff, newest first.
        Index("ix_llm_client_custom_domain_state_id", "state", "id"),
        Index("ix_llm_client_custom_domain_state_domain_name", "state", "domain_name"),
        Index("ix_llm_client_custom_domain_state_registrable_domain", "state", "registrable_domain"),
        Index("ix_llm_client_custom_domain_account_id_id", "account_id", "id"),
        # What of a customer's own needs action.
        Index("ix_llm_client_custom_domain_account_id_state", "account_id", "state"),
        # Any three letters of a name. SQLite, which serves one machine, reads an index of names from end to end.
        Index(
            "ix_llm_client_custom_domain_name_part",
            "domain_name",
            postgresql_using="gin",
            postgresql_ops={"domain_name": "gin_trgm_ops"},
        ).ddl_if(dialect="postgresql"),
        # What stays in a state for too long, and what was seen to.
        Index("ix_llm_client_custom_domain_state_state_changed_at", "state", "state_changed_at"),
        Index(
            "ix_llm_client_custom_domain_overdue",
            "state",
            sqlite_where=text("overdue_since IS NOT NULL"),
            postgresql_where=text("overdue_since IS NOT NULL"),
        ),
        Index(
            "ix_llm_client_custom_domain_held",
            "id",
            sqlite_where=text("held_at IS NOT NULL"),
            postgresql_where=text("held_at IS NOT NULL"),
        ),
    )

    #: The cached reader of verified names; bound by the application.
    verified_names: ClassVar[Callable[[], list[str]]]
    _moving = False

    id: Mapped[RowId]
    account_id: Mapped[int] = mapped_column(ForeignKey("account.id"))
    domain_name: Mapped[str] = mapped_column(ordered_text(253), index=True)
    #: The name its owner registered; every name above or below this one shares it.
    registrable_domain: Mapped[str] = mapped_column(ordered_text(253), index=True)
    aws_hosted_zone_id: Mapped[str | None] = mapped_column(String(32), unique=True)
    state: Mapped[DomainState] = mapped_column(enum_type(DomainState))
    is_verified: Mapped[bool]

    state_changed_at: Mapped[datetime] = mapped_column(UtcDateTime, default=utcnow)
    verified_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    last_checked_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    next_check_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    check_requested_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    #: The last firm verdict; what could not be asked leaves it alone.
    verdict: Mapped[str | None] = mapped_column(String(40))
    #: Since when the parent's own servers have contradicted a verified name.
    contrary_since: Mapped[datetime | None] = mapped_column(UtcDateTime)
    #: A failing name is served until then.
    grace_until: Mapped[datetime | None] = mapped_column(UtcDateTime)
    #: What staff have added to its grace period.
    extra_grace_days: Mapped[int] = mapped_column(default=0, server_default="0")
    #: Since when its time in this state has been over, by the looks at it; what follows takes a second one.
    overdue_since: Mapped[datetime | None] = mapped_column(UtcDateTime)
    #: Since when the parent's servers have disagreed among themselves.
    inconsistent_since: Mapped[datetime | None] = mapped_column(UtcDateTime)
    #: Since when staff hold it, and what they told its people. Until they release it, nothing is served or checked.
    held_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    hold_reason: Mapped[str | None] = mapped_column(Text)
    #: When to look whether its people are to be reminded of something; at once, for a new row and a new state.
    next_reminder_at: Mapped[datetime | None] = mapped_column(UtcDateTime, default=utcnow, index=True)
    #: Checks since the schedule last started from the beginning; the pause grows with it.
    check_attempt: Mapped[int] = mapped_column(default=0)
    #: When the records in its zone are to be made what its rows say; None while they are.
    records_due_at: Mapped[datetime | None] = mapped_column(UtcDateTime, index=True)
    records_attempts: Mapped[int] = mapped_column(default=0, server_default="0")
    records_problem_code: Mapped[str | None] = mapped_column(String(64))
    records_problem_params: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True))
    #: Why Route 53 does not hold them yet; None while all is well.
    records_problem: Mapped[Message | None] = composite("records_problem_code", "records_problem_params")
    #: Raised by every update, which names the version it has read: a lost race is an error, not a lost change.
    version: Mapped[int] = mapped_column()

    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012 - declared so by SQLAlchemy

    account: Mapped[Account] = relationship(back_populates="custom_domains")
    llm_client: Mapped[LLMClient | None] = relationship(back_populates="custom_domain", uselist=False)
    dns_records: Mapped[list[LLMClientCustomDomainDNS]] = relationship(
        back_populates="custom_domain", cascade="all, delete-orphan"
    )
    certificates: Mapped[list[Certificate]] = relationship(
        back_populates="custom_domain", order_by="Certificate.generation.desc()"
    )
    zones: Mapped[list[HostedZone]] = relationship(
        back_populates="custom_domain", order_by="HostedZone.generation.desc()"
    )
    checks: Mapped[list[Check]] = relationship(back_populates="custom_domain", order_by="Check.id.desc()")
    events: Mapped[list[Event]] = relationship(back_populates="custom_domain", order_by="Event.id.desc()")

    def __init__(self, **values: Any) -> None:
        values.setdefault("state", DomainState.VERIFIED if values.get("is_verified") else DomainState.PENDING)
        values.pop("is_verified", None)
        super().__init__(**values)

    @classmethod
    def get_verified_domains(cls) -> list[str]:
        """All verified names, sorted: from the cache, else from the database."""
        return cls.verified_names()

    @validates("domain_name")
    def _normal_name(self, _key: str, value: str) -> str:
        parsed = names.parse(value, urls=False, underscores=True)
        if parsed.name is None:
            raise ValidationError(
                "domain_name", parsed.refusal.sentence if parsed.refusal else "Enter a domain."
            )
        self.registrable_domain = parsed.name.registrable or parsed.name.ascii
        return parsed.name.ascii

    @validates("aws_hosted_zone_id")
    def _bare_zone_id(self, _key: str, value: str | None) -> str | None:
        if value is None:
            return None
        bare = value.removeprefix("/hostedzone/")
        if not _ZONE_ID.fullmatch(bare):
            raise ValidationError("aws_hosted_zone_id", f"“{value}” is not the id of a Route 53 hosted zone.")
        return bare

    @validates("state", "is_verified", "held_at")
    def _move_together(self, key: str, value: Any) -> Any:
        """Setting one sets what follows from it; the second call is our own and ends here."""
        if key != "held_at":
            value = DomainState(value) if key == "state" else bool(value)
        if self._moving:
            return value
        self._moving = True
        try:
            self._let_follow(key, value)
        finally:
            self._moving = False
        return value

    def _let_follow(self, key: str, value: Any) -> None:
        before: Any = self.state  # None in a row that is being made
        if key == "state":
            self.is_verified = value.is_verified and self.held_at is None
        elif before is None:
            return
        elif key == "held_at":
            self.is_verified = before.is_verified and value is None
        elif value and self.held_at is not None:
            raise ValidationError("is_verified", f"{self.domain_name} is on hold. Release it first.")
        elif value != self.is_verified:
            self.state = DomainState.VERIFIED if value else DomainState.PENDING

    def validate(self) -> None:
        if not (self.account or self.account_id):
            raise ValidationError("account", "A domain needs an account.")
        if not self.domain_name:
            raise ValidationError("domain_name", "Enter a domain, like chat.example.com.")
        if self._is_asked_for() and self.session.scalar(DeniedName.covering(self.domain_name).limit(1)):
            raise ValidationError(
                "domain_name", f"{self.domain_name} is a name that we do not serve. Contact us."
            )

    def _is_asked_for(self) -> bool:
        """Whether this would register the name, or make it a verified one: the two that the deny list refuses."""
        row = inspect(self)
        return not row.persistent or (self.is_verified and row.attrs.is_verified.history.has_changes())

    def conflict(self, err: Exception) -> Exception:
        broken = constraint_name(err)
        if (
            VERIFIED_ELSEWHERE in broken
            or "UNIQUE constraint failed: llm_client_custom_domain.domain_name" in broken
        ):
            return ValidationError(
                "domain_name", f"{self.domain_name} is connected to another account.", VERIFIED_ELSEWHERE
            )
        if ALREADY_YOURS in broken or "llm_client_custom_domain.account_id" in broken:
            return ValidationError(
                "domain_name", f"{self.domain_name} is already among your domains.", ALREADY_YOURS
            )
        if "aws_hosted_zone_id" in broken:
            return ValidationError("aws_hosted_zone_id", "This hosted zone belongs to another domain.")
        return err

    def __repr__(self) -> str:
        return f"<LLMClientCustomDomain {self.id} {self.domain_name} {self.state}>"


event.listen(
    LLMClientCustomDomain.__table__,
    "before_create",
    DDL("CREATE EXTENSION IF NOT EXISTS pg_trgm").execute_if(  # type: ignore[no-untyped-call]
        dialect="postgresql"
    ),
)
