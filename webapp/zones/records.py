"""What a domain's zone should hold: it follows from the domain alone, and is kept as rows.

`plan` writes the intent in the transaction that causes it; `records_sync` makes it so at Route 53.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from ipaddress import ip_address

from webapp.domains import queries
from webapp.domains.lifecycle import Transition, TransitionKind
from webapp.extensions import settings
from webapp.jobs import together
from webapp.models import (
    CertificateState,
    DomainState,
    LLMClientCustomDomain,
    LLMClientCustomDomainDNS,
    RecordPurpose,
    RecordState,
    ZoneState,
)

#: Where the edge is may change, so resolvers are to ask again soon.
ROUTING_TTL = 300
#: The certificate authority's own name for itself never changes.
CERTIFICATE_TTL = 600

#: Certificates whose CNAME has to stay: it is asked for at every renewal, and the next generation's is the same.
_VALIDATED_BY_DNS = frozenset(
    {
        CertificateState.REQUESTED,
        CertificateState.VALIDATING,
        CertificateState.ISSUED,
        CertificateState.FAILED,
    }
)


#: The states of a zone that visitors may be led by now or soon.
_KEPT = (ZoneState.WANTED, ZoneState.PARKED, ZoneState.CREATED, ZoneState.READY)


@dataclass(frozen=True)
class Wanted:
    """One record of one value."""

    purpose: RecordPurpose
    name: str
    type: str
    value: str
    ttl: int

    @property
    def key(self) -> tuple[str, str, str]:
        return self.name, self.type, self.value


def routing(host: str, edge_target: Sequence[str]) -> tuple[Wanted, ...]:
    """The records by which visitors reach the platform's edge: addresses, or one alias for both families."""
    found = []
    for target in edge_target:
        if target.startswith("alias:"):
            found += [Wanted(RecordPurpose.ROUTING, host, kind, target, 0) for kind in ("A", "AAAA")]
        else:
            kind = "AAAA" if ip_address(target).version == 6 else "A"
            found.append(Wanted(RecordPurpose.ROUTING, host, kind, target, ROUTING_TTL))
    return tuple(found)


def wanted(domain: LLMClientCustomDomain, edge_target: Sequence[str]) -> tuple[Wanted, ...]:
    """Everything that the domain's zone should hold by our doing. A domain that is being removed needs nothing, nor
    does one that is proved in its owner's zone. While it changes its method, our zone has to be as good as theirs.
    """
    if domain.state.is_gone or not (domain.method.has_zone or _has_zone(domain)):
        return ()
    leading = routing(domain.domain_name, edge_target) if domain.is_verified else ()
    validations = {
        (certificate.validation_name, certificate.validation_value)
        for certificate in domain.certificates
        if certificate.state in _VALIDATED_BY_DNS
    }
    proving = tuple(
        Wanted(RecordPurpose.CERTIFICATE, name, "CNAME", value, CERTIFICATE_TTL)
        for name, value in sorted(validations, key=str)
        if name and value
    )
    return leading + proving


def _has_zone(domain: LLMClientCustomDomain) -> bool:
    """Whether a zone of ours is or becomes the name's; one that leaves leads nobody any more."""
    zone = queries.current_zone(domain)
    return zone is not None and zone.state in _KEPT


def on_transition(domain: LLMClientCustomDomain, *, transition: Transition) -> None:
    """Whether visitors are led to the edge follows from the domain's state and from its suspension."""
    if transition.kind is not TransitionKind.REGISTERED:
        plan(domain, transition.now)


def plan(domain: LLMClientCustomDomain, now: datetime) -> None:
    """Let the rows say what the zone should hold now, and have the zone looked at when that is something new."""
    if domain.state is DomainState.REMOVED:
        return
    rows = {(row.record_name, row.record_type, row.record_value): row for row in domain.dns_records}
    intended = {one.key: one for one in wanted(domain, settings().edge_target)}
    news = [_intend(domain, rows.get(key), one) for key, one in intended.items()]
    for key, row in rows.items():
        if row.purpose is not None and key not in intended and row.state is not RecordState.UNWANTED:
            row.state = RecordState.UNWANTED
            news.append(True)
    if any(news):
        rewrite(domain, now)


def _intend(domain: LLMClientCustomDomain, row: LLMClientCustomDomainDNS | None, one: Wanted) -> bool:
    if row is None:
        row = LLMClientCustomDomainDNS(
            record_name=one.name,
            record_type=one.type,
            record_value=one.value,
            state=RecordState.UNWANTED,
        )
        domain.dns_records.append(row)
    changed = row.state is RecordState.UNWANTED or (row.record_ttl, row.purpose) != (one.ttl, one.purpose)
    row.record_ttl, row.purpose = one.ttl, one.purpose
    if changed:
        row.state = RecordState.WANTED
    return changed


def rewrite(domain: LLMClientCustomDomain, now: datetime) -> None:
    """Compare the domain's zone with its rows: they have changed, or the zone is a fresh one and empty."""
    if any(row.purpose for row in domain.dns_records):
        domain.records_due_at, domain.records_attempts = now, 0
    together.flush()


def is_written(domain: LLMClientCustomDomain, name: str) -> bool:
    return any(row.record_name == name and row.state is RecordState.WRITTEN for row in domain.dns_records)
