"""A customer's host name: the claim of an account on it."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import datetime
from typing import TYPE_CHECKING, Any, ClassVar

from sqlalchemy import (
    DDL,
    JSON,
    ColumnElement,
    ForeignKey,
    String,
    Text,
    event,
    func,
    inspect,
    or_,
    true,
)
from sqlalchemy.orm import InstrumentedAttribute, Mapped, composite, mapped_column, relationship, validates

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
from webapp.models.base.message import Message
from webapp.models.custom_domain_indexes import (
    ALREADY_YOURS,
    TABLE_ARGS,
    VERIFIED_ELSEWHERE,
)
from webapp.models.kinds.domain_state import VERIFIED_STATES, DomainState
from webapp.models.kinds.method import Method
from webapp.models.outside import Probe

if TYPE_CHECKING:
    from webapp.models.certificate import Certificate
    from webapp.models.check import Check
    from webapp.models.event import Event
    from webapp.models.hosted_zone import HostedZone, LLMClientCustomDomainDNS
    from webapp.models.llm_client import LLMClient
    from webapp.models.proof import RecordsProof


_ZONE_ID = re.compile(r"[A-Z0-9]{1,32}")


class LLMClientCustomDomain(Saved, Timestamped, Base):
    """A claim of an account on a host name, and the zone that proves it.

    `domain_name` is an A-label form in lower case without final dot. `is_verified` is stored, because a
    partial unique index over it lets the database decide which of several claims is the verified one. It always
    follows from `state` and `held_at`; a CHECK constraint enforces that. A suspended domain keeps its state and is
    not served.
    """

    __tablename__ = "llm_client_custom_domain"
    __table_args__ = TABLE_ARGS

    #: Returns all verified names, from the cache; set by `bind_models`.
    verified_names: ClassVar[Callable[[], list[str]]]
    #: Why a row that is new or newly verified cannot be saved, or None; set by `init_subscriptions`.
    refusal: ClassVar[Callable[[LLMClientCustomDomain], ValidationError | None]]
    _moving = False

    id: Mapped[RowId]
    account_id: Mapped[int] = mapped_column(ForeignKey("account.id"))
    domain_name: Mapped[str] = mapped_column(ordered_text(253), index=True)
    #: The name its owner registered; every name above or below this one shares it.
    registrable_domain: Mapped[str] = mapped_column(ordered_text(253), index=True)
    aws_hosted_zone_id: Mapped[str | None] = mapped_column(String(32), unique=True)
    state: Mapped[DomainState] = mapped_column(enum_type(DomainState))
    is_verified: Mapped[bool]
    method: Mapped[Method] = mapped_column(
        enum_type(Method), default=Method.DELEGATION, server_default=Method.DELEGATION.value
    )
    #: The method that takes the place of `method` once it proves the claim, and what the last check said by it.
    next_method: Mapped[Method | None] = mapped_column(enum_type(Method))
    next_report: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True), deferred=True)
    #: Until when what belongs to the former method stays for those whose resolvers still lead them by it.
    #: `former_overdue_since`: since when that time was found to be over, because one clock may have leapt.
    former_until: Mapped[datetime | None] = mapped_column(UtcDateTime)
    former_overdue_since: Mapped[datetime | None] = mapped_column(UtcDateTime)
    #: Since when DNS proves this claim while another account's claim on the name is verified.
    contests_since: Mapped[datetime | None] = mapped_column(UtcDateTime)

    state_changed_at: Mapped[datetime] = mapped_column(UtcDateTime, default=utcnow)
    verified_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    last_checked_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    next_check_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    check_requested_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    #: The last firm verdict. A check that could not ask does not change it.
    verdict: Mapped[str | None] = mapped_column(String(40))
    #: What the latest check says if it is not firm; a value of `Unsettled`, None when there is nothing to tell.
    unsettled: Mapped[str | None] = mapped_column(String(16))
    #: Since when the parent's own servers have contradicted a verified name.
    contrary_since: Mapped[datetime | None] = mapped_column(UtcDateTime)
    #: The end of the grace period, until which a failing name is served.
    grace_until: Mapped[datetime | None] = mapped_column(UtcDateTime)
    #: The days that staff have added to the grace period.
    extra_grace_days: Mapped[int] = mapped_column(default=0, server_default="0")
    #: When a check first found the time in this state to be over. The next state takes a second such check.
    overdue_since: Mapped[datetime | None] = mapped_column(UtcDateTime)
    #: Since when the parent's servers have disagreed among themselves.
    inconsistent_since: Mapped[datetime | None] = mapped_column(UtcDateTime)
    #: What its checks have left for the next one, as codes: which servers could not be asked, and since when.
    check_history: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True))
    #: Since when checks see the whole domain led to us, and what they found (a finding as data), see
    #: `checks.outcome.alarm`.
    alarm_since: Mapped[datetime | None] = mapped_column(UtcDateTime)
    alarm: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True))
    #: The name servers besides ours of the zones above the name, as checks last saw them delegated.
    known_delegations: Mapped[dict[str, list[str]] | None] = mapped_column(JSON(none_as_null=True))
    #: Since when staff suspend the domain, and the reason that its people read. It is neither served nor checked.
    held_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    hold_reason: Mapped[str | None] = mapped_column(Text)
    #: When the next reminder may be due; at once for a new row and after a transition.
    next_reminder_at: Mapped[datetime | None] = mapped_column(UtcDateTime, default=utcnow, index=True)
    #: Checks since the schedule last started anew. The pause between checks grows with it.
    check_attempt: Mapped[int] = mapped_column(default=0)
    #: When to write the records of `dns_records` to Route 53; None while the zone has them all.
    records_due_at: Mapped[datetime | None] = mapped_column(UtcDateTime, index=True)
    records_attempts: Mapped[int] = mapped_column(default=0, server_default="0")
    records_problem_code: Mapped[str | None] = mapped_column(String(64))
    records_problem_params: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True))
    #: Why they are not written yet; None without a problem.
    records_problem: Mapped[Message | None] = composite("records_problem_code", "records_problem_params")
    #: Optimistic lock: every update names the version that it has read and raises it, so that no change is lost.
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
    records_proofs: Mapped[list[RecordsProof]] = relationship(
        back_populates="custom_domain", order_by="RecordsProof.generation.desc()"
    )
    probe: Mapped[Probe | None] = relationship(uselist=False)
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

    def find_registrable_domain(self) -> None:
        """By the list of public suffixes of today: rows of different lists are not found by each other."""
        name = names.HostName(self.domain_name)
        self.registrable_domain = name.registrable or name.ascii

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
        """Keep the three attributes consistent.

        The assignment made here calls this validator again, and `_moving` ends that call at once.
        """
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
        before: Any = self.state  # None while the row is constructed
        if key == "state":
            self.is_verified = value.is_verified and self.held_at is None
        elif before is None:
            return
        elif key == "held_at":
            self.is_verified = before.is_verified and value is None
        elif value and self.held_at is not None:
            raise ValidationError("is_verified", f"{self.domain_name} is suspended. Release it first.")
        elif value != self.is_verified:
            self.state = DomainState.VERIFIED if value else DomainState.PENDING

    def validate(self) -> None:
        if not (self.account or self.account_id):
            raise ValidationError("account", "A domain needs an account.")
        if not self.domain_name:
            raise ValidationError("domain_name", "Enter a domain, like chat.example.com.")
        refusal = type(self).refusal(self) if self._is_asked_for() else None
        if refusal is not None:
            # As after a broken constraint: the refused change must not reach the database with the next query.
            self.session.rollback()
            raise refusal

    def _is_asked_for(self) -> bool:
        """Whether saving registers the name or newly verifies it. Both may be refused."""
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

    @property
    def stands(self) -> bool:
        """Whether the name is verified, and no check has contradicted that since."""
        return self.state is DomainState.VERIFIED and self.contrary_since is None

    def __repr__(self) -> str:
        return f"<LLMClientCustomDomain {self.id} {self.domain_name} {self.state}>"


def suspends_name(
    suspended: type[LLMClientCustomDomain], verified_at: InstrumentedAttribute[datetime | None] | datetime
) -> ColumnElement[bool]:
    """SQL: whether this suspension takes the name from a claim that was verified at `verified_at`, or never.

    A claim that was not served when staff suspended it, while another one had the name already, is stopped alone.
    """
    before = suspended.held_at < verified_at
    return or_(suspended.state.in_(VERIFIED_STATES), func.coalesce(before, true()))


event.listen(
    LLMClientCustomDomain.__table__,
    "before_create",
    DDL("CREATE EXTENSION IF NOT EXISTS pg_trgm").execute_if(  # type: ignore[no-untyped-call]
        dialect="postgresql"
    ),
)
