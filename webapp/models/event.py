"""What happened to a domain, to an account or to the installation, and who did it."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Any

from sqlalchemy import JSON, ForeignKey, Index, String, Text
from sqlalchemy.orm import Mapped, composite, mapped_column, relationship

from webapp.models.base import Base, RowId, Timestamped, current_request_id, enum_type
from webapp.models.base.message import Message

if TYPE_CHECKING:
    from webapp.models.account import Account
    from webapp.models.custom_domain import LLMClientCustomDomain


class ActorKind(StrEnum):
    SYSTEM = "system"
    CUSTOMER = "customer"
    STAFF = "staff"
    COMMAND = "command"
    KEY = "key"


class EventKind(StrEnum):
    """Stable ids; `state.*` are transitions."""

    REGISTERED = "registered"
    ZONE_READY = "zone.ready"
    ZONE_TROUBLE = "zone.trouble"
    CHECK_REQUESTED = "check.requested"
    VERDICT_CHANGED = "verdict.changed"
    STATE_CHANGED = "state.changed"
    CLAIM_LOST = "claim.lost"
    ACKNOWLEDGED = "preflight.acknowledged"
    ATTACHED = "llm_client.attached"
    DETACHED = "llm_client.detached"
    ZONE_UNDELEGATED = "zone.undelegated"
    ZONE_DELETED = "zone.deleted"
    ZONE_DISCARDED = "zone.discarded"
    ZONE_LOST = "zone.lost"
    ZONE_ADOPTED = "zone.adopted"
    ACCOUNT_OPENED = "account.opened"
    ACCOUNT_RENAMED = "account.renamed"
    ACCOUNT_EXPORTED = "account.exported"
    ACCOUNT_DELETED = "account.deleted"
    PERSON_INVITED = "person.invited"
    INVITATION_WITHDRAWN = "invitation.withdrawn"
    PERSON_JOINED = "person.joined"
    PERSON_ROLE_CHANGED = "person.role"
    PERSON_REMOVED = "person.removed"
    PERSON_LEFT = "person.left"
    ADDRESS_ADDED = "address.added"
    ADDRESS_CONFIRMED = "address.confirmed"
    ADDRESS_REMOVED = "address.removed"
    CERTIFICATE_REQUESTED = "certificate.requested"
    CERTIFICATE_ISSUED = "certificate.issued"
    CERTIFICATE_RENEWED = "certificate.renewed"
    CERTIFICATE_FAILED = "certificate.failed"
    CERTIFICATE_TROUBLE = "certificate.trouble"
    CERTIFICATE_DELETED = "certificate.deleted"
    ROUTING_WRITTEN = "routing.written"
    ROUTING_REMOVED = "routing.removed"
    RECORDS_TROUBLE = "records.trouble"
    HELD = "hold.begun"
    RELEASED = "hold.ended"
    GRACE_EXTENDED = "grace.extended"
    NAME_DENIED = "name.denied"
    NAME_ALLOWED = "name.allowed"
    CLAIM_REFUSED = "claim.refused"
    CLAIM_CONTESTED = "claim.contested"
    CLAIM_MOVED = "claim.moved"
    ALARM_BEGUN = "alarm.begun"
    ALARM_ENDED = "alarm.ended"
    METHOD_CHANGED = "method.changed"
    USER_CREATED = "user.created"
    USER_PROMOTED = "user.promoted"
    USER_DEMOTED = "user.demoted"
    USER_PASSWORD = "user.password"  # noqa: S105 - the id of an event
    USER_SECOND_FACTOR = "user.second-factor"
    USER_SIGNED_OUT = "user.signed-out"
    USER_LOCKED = "user.locked"
    USER_UNLOCKED = "user.unlocked"
    USER_TRIES = "user.tries"
    USER_MAILED = "user.mailed"
    CERTIFICATE_RETRIED = "certificate.retried"
    LIVE = "domain.live"
    NOT_LIVE = "domain.not-live"
    LIVE_AGAIN = "domain.live-again"
    CERTIFICATE_ENDS = "certificate.ends"
    IMPORT_BEGUN = "import.begun"
    IMPORT_ENDED = "import.ended"
    HANDOVER_MADE = "handover.made"
    HANDOVER_REVOKED = "handover.revoked"
    TRANSFER_OFFERED = "transfer.offered"
    TRANSFER_ACCEPTED = "transfer.accepted"
    TRANSFER_REFUSED = "transfer.refused"
    TRANSFER_WITHDRAWN = "transfer.withdrawn"
    KEY_CREATED = "key.created"
    KEY_REVOKED = "key.revoked"
    WEBHOOK_ADDED = "webhook.added"
    WEBHOOK_CHANGED = "webhook.changed"
    WEBHOOK_ROTATED = "webhook.rotated"
    WEBHOOK_ON = "webhook.on"
    WEBHOOK_OFF = "webhook.off"
    WEBHOOK_REMOVED = "webhook.removed"


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
