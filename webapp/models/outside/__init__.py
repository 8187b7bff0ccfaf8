"""What is seen of a verified name from outside, kept apart from what proves it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, Literal, Self

from sqlalchemy import JSON, ForeignKey, Index, String
from sqlalchemy.orm import Mapped, composite, mapped_column

from webapp.models.base import Base, RowId, Timestamped, UtcDateTime
from webapp.models.base.message import Message

WhoActs = Literal["you", "we", "nobody"]
Tone = Literal["good", "wait", "act", "bad", "off"]


@dataclass(frozen=True)
class Acting:
    """Who can change what was seen, as long as nothing else is known, and how it is marked. `works`: visitors reach
    the LLM client.
    """

    who_acts: WhoActs
    tone: Tone
    works: bool = False


class ProbeOutcome(StrEnum):
    """How a probe ended. The values are stable ids, which rows store as the code of a message. A member without its
    facts is a TypeError when this module is imported.
    """

    facts: Acting

    #: Our edge answers with a certificate that visitors trust.
    LIVE = "probe.live", Acting("nobody", "good", works=True)
    #: The same, and the certificate ends soon.
    CERTIFICATE_SOON = "probe.certificate-soon", Acting("we", "act", works=True)
    #: DNS has no address for the name.
    UNRESOLVED = "probe.unresolved", Acting("we", "wait")
    #: We could not ask, so that nothing is known.
    NOT_ASKED = "probe.not-asked", Acting("we", "wait")
    #: The address is not a public one.
    REFUSED_ADDRESS = "probe.refused-address", Acting("you", "act")
    #: Something answers that is not our edge.
    POINTS_ELSEWHERE = "probe.points-elsewhere", Acting("you", "act")
    #: A content delivery network answers in our edge's place.
    PROXIED = "probe.proxied", Acting("you", "act")
    #: The port is closed.
    REFUSED_PORT = "probe.refused-port", Acting("we", "bad")
    #: Nothing answers within the time, or no way leads there.
    SILENT_PORT = "probe.silent-port", Acting("we", "bad")
    #: The server speaks no TLS for this name, or breaks off.
    TLS_BROKEN = "probe.tls-broken", Acting("we", "wait")
    #: The certificate is for other names.
    CERTIFICATE_OTHER = "probe.certificate-other", Acting("we", "act")
    #: Browsers do not trust who issued the certificate.
    CERTIFICATE_UNTRUSTED = "probe.certificate-untrusted", Acting("we", "act")
    CERTIFICATE_ENDED = "probe.certificate-ended", Acting("we", "bad")
    #: The server sends visitors to another address …
    REDIRECTED = "probe.redirected", Acting("you", "act")
    #: … or back to the one they come from.
    REDIRECT_LOOP = "probe.redirect-loop", Acting("you", "act")
    #: The edge answers, and what stands behind it does not.
    EDGE_AWAY = "probe.edge-away", Acting("we", "bad")
    #: Our edge answers that the name is not connected.
    NOT_SERVED = "probe.not-served", Acting("we", "wait")

    # The default is for type checkers: without it they would ask for `facts` in `ProbeOutcome("probe.live")`, too.
    def __new__(cls, value: str, facts: Acting | None = None) -> Self:
        if facts is None:
            raise TypeError(f"the outcome {value} has no facts")
        member = str.__new__(cls, value)
        member._value_ = value
        member.facts = facts
        return member

    @property
    def works(self) -> bool:
        return self.facts.works


class Probe(Timestamped, Base):
    """What the last probe of a domain saw, and when the next is due. It never changes whether the domain is verified.

    A probe that could not ask changes nothing but `next_probe_at`, unless it is the first.
    """

    __tablename__ = "probe"
    __table_args__ = (Index("ix_probe_outcome_code", "outcome_code"),)

    id: Mapped[RowId]
    custom_domain_id: Mapped[int] = mapped_column(ForeignKey("llm_client_custom_domain.id"), unique=True)
    #: Also the lease of the worker that looks. None while there is nothing to look at.
    next_probe_at: Mapped[datetime | None] = mapped_column(UtcDateTime, index=True)
    #: Probes in vain since the schedule last started anew. The pause between probes grows with it.
    attempts: Mapped[int] = mapped_column(default=0)
    seen_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    outcome_code: Mapped[str | None] = mapped_column(String(40))
    outcome_params: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True))
    #: What was seen; None before the first probe, and after a change that makes the last one say nothing.
    seen: Mapped[Message | None] = composite("outcome_code", "outcome_params")
    #: The address that the outcome is about, which one probe connected to.
    address: Mapped[str | None] = mapped_column(String(45))
    #: Who issued the certificate that was shown, in its own words, and when it ends.
    issuer: Mapped[str | None] = mapped_column(String(255))
    certificate_ends_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    #: From the connection to the answer, the slowest of all addresses.
    milliseconds: Mapped[int | None]
    first_live_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    #: Since when a name that was live is seen not to work, and when its people were told.
    failing_since: Mapped[datetime | None] = mapped_column(UtcDateTime)
    told_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    #: For which end of a certificate people were warned, and how many days before.
    warned_of: Mapped[datetime | None] = mapped_column(UtcDateTime)
    warned_days: Mapped[int | None]

    @property
    def outcome(self) -> ProbeOutcome | None:
        """None for a code of a newer release, too: during an upgrade this one shows nothing for it."""
        return ProbeOutcome(self.outcome_code) if self.outcome_code in set(ProbeOutcome) else None
