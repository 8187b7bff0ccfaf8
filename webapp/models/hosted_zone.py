"""Route 53 hosted zones, with their name servers and records.

Zone rows stay for ever: they show which name had which delegation set.
"""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from sqlalchemy import (
    JSON,
    Connection,
    ForeignKey,
    Index,
    String,
    Text,
    UniqueConstraint,
    delete,
    event,
    insert,
    inspect,
)
from sqlalchemy.orm import Mapped, Mapper, composite, mapped_column, relationship

from webapp.models.base import (
    Base,
    RowId,
    Saved,
    Timestamped,
    UtcDateTime,
    current_request_id,
    enum_type,
    ordered_text,
)
from webapp.models.base.message import Message

if TYPE_CHECKING:
    from webapp.models.custom_domain import LLMClientCustomDomain


class ZoneState(StrEnum):
    """wanted (a row, nothing at AWS yet) -> created (id and set known) -> ready (in sync, all four answer).

    parked: AWS cannot create it now (quota), and staff must act. refused: AWS will never create it.
    discarded: the parent listed its set before we got it, so that it is deleted; or staff gave it up.
    leaving: its domain is being removed. The zone is kept, empty, while the parent lists one of its name servers.
    retired: the zone is deleted, and the row stays.
    """

    WANTED = "wanted"
    CREATED = "created"
    READY = "ready"
    PARKED = "parked"
    REFUSED = "refused"
    DISCARDED = "discarded"
    LEAVING = "leaving"
    RETIRED = "retired"


#: The states in which a worker has work to do.
UNFINISHED_STATES = (ZoneState.WANTED, ZoneState.PARKED, ZoneState.CREATED, ZoneState.DISCARDED)
#: The states in which no work is left.
OVER_STATES = (ZoneState.REFUSED, ZoneState.RETIRED)


class HostedZone(Timestamped, Base):
    """One generation of a domain's zone. Rows are never deleted: a former set must be recognised years later.

    The row is committed before AWS is asked, so that a lost answer is found again by `caller_reference`.
    """

    __tablename__ = "hosted_zone"
    __table_args__ = (
        UniqueConstraint("custom_domain_id", "generation"),
        Index("ix_hosted_zone_created_at", "created_at"),
    )

    id: Mapped[RowId]
    custom_domain_id: Mapped[int] = mapped_column(ForeignKey("llm_client_custom_domain.id"))
    domain_name: Mapped[str] = mapped_column(String(253), index=True)
    generation: Mapped[int] = mapped_column(default=1)
    caller_reference: Mapped[str] = mapped_column(String(128), unique=True)
    state: Mapped[ZoneState] = mapped_column(enum_type(ZoneState), default=ZoneState.WANTED, index=True)

    aws_hosted_zone_id: Mapped[str | None] = mapped_column(String(32), unique=True)
    change_id: Mapped[str | None] = mapped_column(String(64))
    #: The delegation set: four names, lower case, no final dot, sorted.
    name_servers: Mapped[list[str]] = mapped_column(JSON, default=list)
    #: What the parent said before the zone existed (`webapp.dns.delegation.Baseline`, as JSON).
    baseline: Mapped[dict[str, Any] | None] = mapped_column(JSON)
    problem_code: Mapped[str | None] = mapped_column(String(64))
    problem_params: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True))
    #: What keeps it from being created or deleted; None without a problem.
    problem: Mapped[Message | None] = composite("problem_code", "problem_params")
    #: When somebody confirmed that they know which records of the baseline stop resolving.
    acknowledged_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

    #: When its name servers were first shown to anybody.
    ready_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    #: While leaving: since when the parent lists none of the set any more.
    undelegated_since: Mapped[datetime | None] = mapped_column(UtcDateTime)
    #: While leaving: what checks of the parent have shown (`webapp.removal.deletion_policy.Watch`, as JSON).
    watch: Mapped[dict[str, Any] | None] = mapped_column(JSON)
    #: When reconciliation last saw the zone at AWS, and when it last read the zone's records.
    seen_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    inspected_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    next_attempt_at: Mapped[datetime | None] = mapped_column(UtcDateTime, index=True)
    attempts: Mapped[int] = mapped_column(default=0)
    #: The id of the request or task that created the row. Log lines carry the same id.
    request_id: Mapped[str | None] = mapped_column(String(32), default=current_request_id)

    custom_domain: Mapped[LLMClientCustomDomain] = relationship(back_populates="zones")

    @property
    def claim_id(self) -> str:
        """The id in the zone's tag at AWS."""
        return f"{self.custom_domain_id}.{self.generation}"


class ZoneNameServer(Base):
    """A zone's name servers once more, one row each, so that staff can search a domain by one of them.

    The listeners below write these rows; no other code does.
    """

    __tablename__ = "zone_name_server"
    __table_args__ = (Index("ix_zone_name_server_name_custom_domain_id", "name", "custom_domain_id"),)

    zone_id: Mapped[int] = mapped_column(ForeignKey("hosted_zone.id", ondelete="CASCADE"), primary_key=True)
    name: Mapped[str] = mapped_column(ordered_text(253), primary_key=True)
    custom_domain_id: Mapped[int] = mapped_column(ForeignKey("llm_client_custom_domain.id"))


@event.listens_for(HostedZone, "after_insert")
def _list_name_servers(_mapper: Mapper[HostedZone], connection: Connection, zone: HostedZone) -> None:
    rows = [
        {"zone_id": zone.id, "name": name, "custom_domain_id": zone.custom_domain_id}
        for name in sorted(set(zone.name_servers))
    ]
    if rows:
        connection.execute(insert(ZoneNameServer), rows)


@event.listens_for(HostedZone, "after_update")
def _list_name_servers_anew(mapper: Mapper[HostedZone], connection: Connection, zone: HostedZone) -> None:
    if inspect(zone).attrs.name_servers.history.has_changes():
        connection.execute(delete(ZoneNameServer).where(ZoneNameServer.zone_id == zone.id))
        _list_name_servers(mapper, connection, zone)


class RecordPurpose(StrEnum):
    """What a record in a zone is for."""

    ROUTING = "routing"
    CERTIFICATE = "certificate"


class RecordState(StrEnum):
    """wanted (a row, perhaps not at Route 53 yet) -> written (Route 53 has it) -> unwanted (to be deleted there).

    The row is deleted after the record.
    """

    WANTED = "wanted"
    WRITTEN = "written"
    UNWANTED = "unwanted"


class LLMClientCustomDomainDNS(Saved, Timestamped, Base):
    """A record that we keep in a domain's zone.

    A record with a `purpose` follows from the domain (`webapp.zones.records`), and `state` says how far it has come.
    Rows without a purpose belong to others: they are neither written to Route 53 nor deleted there.
    """

    __tablename__ = "llm_client_custom_domain_dns"
    __table_args__ = (
        UniqueConstraint(
            "custom_domain_id",
            "record_name",
            "record_type",
            "record_value",
            name="uq_llm_client_custom_domain_dns_record",
        ),
    )

    id: Mapped[RowId]
    custom_domain_id: Mapped[int] = mapped_column(
        ForeignKey("llm_client_custom_domain.id", ondelete="CASCADE")
    )
    record_name: Mapped[str] = mapped_column(String(253))
    record_type: Mapped[str] = mapped_column(String(10))
    record_value: Mapped[str] = mapped_column(Text)
    #: Seconds; 0 for an alias, which has no TTL of its own.
    record_ttl: Mapped[int] = mapped_column(default=600)
    purpose: Mapped[RecordPurpose | None] = mapped_column(enum_type(RecordPurpose))
    state: Mapped[RecordState] = mapped_column(
        enum_type(RecordState), default=RecordState.WRITTEN, server_default=RecordState.WRITTEN.value
    )

    custom_domain: Mapped[LLMClientCustomDomain] = relationship(back_populates="dns_records")

    def __init__(self, **values: Any) -> None:
        super().__init__(**{"record_ttl": 600, **values})
