"""Making a domain's zone hold what its rows say, in one batch.

As in `webapp.zones.provision`: `claim` and `record` touch the database, `advance` asks Route 53, the task commits
between them.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import update

from webapp.audit.log import note
from webapp.aws.route53.port import Action, Change, RefusedChange, Route53Api
from webapp.aws.route53.text import same_values
from webapp.aws.shared.errors import AccessTrouble, AwsError, CapacityReached, Gone
from webapp.dns.records import RecordSet
from webapp.domains import queries
from webapp.extensions import db
from webapp.jobs.clock import has_come
from webapp.models import (
    CertificateState,
    EventKind,
    LLMClientCustomDomain,
    LLMClientCustomDomainDNS,
    RecordPurpose,
    RecordState,
    ZoneState,
)

LEASE = timedelta(minutes=3)
#: What somebody else wrote into the zone is looked at again after so long; nothing waits longer.
LONGEST_PAUSE = timedelta(hours=1)

#: A zone in any other state is not there yet, or not any more.
_WRITABLE = frozenset({ZoneState.READY, ZoneState.LEAVING})

Key = tuple[str, str]


@dataclass(frozen=True)
class Step:
    """A domain whose zone this worker makes what the rows said when it took it. No `aws_id`: there is no zone.

    `ours`: every value that we ever wrote under a name and type, which is how a stranger's record set is told.
    """

    domain_id: int
    lease: datetime
    aws_id: str | None
    host: str
    claim_id: str
    wanted: tuple[RecordSet, ...]
    ours: Mapping[Key, frozenset[str]]


@dataclass(frozen=True)
class Done:
    """Route 53 has it all but what is refused."""

    refused: tuple[RefusedChange, ...] = ()


@dataclass(frozen=True)
class Trouble:
    """AWS did not do it. `parked`: staff must act first."""

    sentence: str
    parked: bool = False


@dataclass(frozen=True)
class NoZone:
    """There is none to write into, so nothing of ours is in it either."""


Outcome = Done | NoZone | Trouble


def claim(domain_id: int, now: datetime) -> Step | None:
    """Take the domain's records for `LEASE`, unless they are as they should be or another worker's."""
    lease = now + LEASE
    taken = db.session.execute(
        update(LLMClientCustomDomain)
        .where(
            LLMClientCustomDomain.id == domain_id,
            has_come(LLMClientCustomDomain.records_due_at, now, LONGEST_PAUSE),
        )
        .values(records_due_at=lease)
        .execution_options(synchronize_session=False)
    )
    if not taken.rowcount:  # type: ignore[attr-defined]
        return None
    domain = db.session.get_one(LLMClientCustomDomain, domain_id, populate_existing=True)
    zone = queries.current_zone(domain)
    rows = [row for row in domain.dns_records if row.purpose is not None]
    return Step(
        domain_id=domain.id,
        lease=lease,
        aws_id=zone.aws_hosted_zone_id if zone is not None and zone.state in _WRITABLE else None,
        host=domain.domain_name,
        claim_id=zone.claim_id if zone is not None else "",
        wanted=_record_sets(row for row in rows if row.state is not RecordState.UNWANTED),
        ours={key: frozenset(row.record_value for row in group) for key, group in _by_key(rows).items()},
    )


def _by_key(rows: Iterable[LLMClientCustomDomainDNS]) -> dict[Key, list[LLMClientCustomDomainDNS]]:
    groups: dict[Key, list[LLMClientCustomDomainDNS]] = defaultdict(list)
    for row in rows:
        groups[row.record_name, row.record_type].append(row)
    return groups


def _record_sets(rows: Iterable[LLMClientCustomDomainDNS]) -> tuple[RecordSet, ...]:
    return tuple(
        RecordSet(
            *key, min(row.record_ttl for row in group), tuple(sorted(row.record_value for row in group))
        )
        for key, group in sorted(_by_key(rows).items())
    )


def advance(step: Step, route53: Route53Api) -> Outcome:
    """Compare the zone with what is wanted and write the difference, in one batch."""
    if step.aws_id is None:
        return NoZone()
    try:
        if not route53.zone_is_ours(step.aws_id, step.host, step.claim_id):
            return Trouble(f"Zone {step.aws_id} is gone or not ours; it was left alone.", parked=True)
        present = {(found.name, found.type): found for found in route53.record_sets(step.aws_id)}
        changes, refused = difference(step, present)
        applied = route53.change_records(step.aws_id, changes) if changes else None
        return Done(refused + (applied.refused if applied else ()))
    except Gone:
        return NoZone()
    except AwsError as err:
        return Trouble(str(err), parked=isinstance(err, CapacityReached | AccessTrouble))


def difference(
    step: Step, present: Mapping[Key, RecordSet]
) -> tuple[tuple[Change, ...], tuple[RefusedChange, ...]]:
    """The changes to make, and what we must not touch because somebody else wrote into it."""
    changes, refused = [], []
    targets = {(record.name, record.type): record for record in step.wanted}
    for key, ours in step.ours.items():
        found, target = present.get(key), targets.get(key)
        if found is not None and _equal(found, target):
            continue
        if found is None:
            changes += [Change(Action.CREATE, target)] if target else []
        elif not {*found.values} <= ours:
            held = f"The {found.type} record set of {found.name} holds {', '.join(found.values)}"
            reason = f"{held}, which we did not write; it was left alone."
            refused.append(RefusedChange(found.name, reason))
        else:
            changes.append(Change(Action.UPSERT, target) if target else Change(Action.DELETE, found))
    return tuple(changes), tuple(refused)


def _equal(found: RecordSet, target: RecordSet | None) -> bool:
    if target is None or found.ttl != target.ttl:
        return False
    return same_values(found.type, found.values, target.values)


def record(step: Step, outcome: Outcome, now: datetime) -> bool:
    """Store the outcome if the lease is still ours, which a new plan has ended as well."""
    domain = db.session.get_one(
        LLMClientCustomDomain, step.domain_id, populate_existing=True, with_for_update=True
    )
    if domain.records_due_at != step.lease:
        return False
    match outcome:
        case Done():
            _done(domain, outcome, now)
        case NoZone():
            _take_out(domain)
            waiting = any(row.purpose is not None for row in domain.dns_records)
            domain.records_due_at = now + timedelta(minutes=10) if waiting else None
        case Trouble():
            pause = timedelta(minutes=5) if outcome.parked else _growing(domain.records_attempts)
            _troubled(domain, outcome.sentence, now + pause)
    db.session.flush()
    return True


def _growing(attempts: int) -> timedelta:
    return timedelta(seconds=min(600, 5 * 1.5 ** min(attempts, 30)))


def _done(domain: LLMClientCustomDomain, outcome: Done, now: datetime) -> None:
    refused = {one.name for one in outcome.refused}
    removed = _take_out(domain)
    written = [
        row
        for row in domain.dns_records
        if row.purpose is not None and row.state is RecordState.WANTED and row.record_name not in refused
    ]
    for row in written:
        row.state = RecordState.WRITTEN
    if outcome.refused:
        _troubled(domain, outcome.refused[0].reason, now + LONGEST_PAUSE)
    else:
        domain.records_due_at, domain.records_attempts, domain.records_error = None, 0, None
    _tell(domain, written, removed)
    _wake_certificates(domain, {row.record_name for row in written}, now)


def _take_out(domain: LLMClientCustomDomain) -> list[LLMClientCustomDomainDNS]:
    """The rows whose records are not in the zone any more."""
    removed = [row for row in domain.dns_records if row.state is RecordState.UNWANTED]
    for row in removed:
        domain.dns_records.remove(row)
    return removed


def _troubled(domain: LLMClientCustomDomain, sentence: str, again: datetime) -> None:
    if domain.records_error != sentence:
        kept = f"The records in the zone of {domain.domain_name} could not all be written yet."
        note(domain, EventKind.RECORDS_TROUBLE, kept, reason=sentence)
    domain.records_error, domain.records_due_at = sentence, again
    domain.records_attempts += 1


def _tell(
    domain: LLMClientCustomDomain,
    written: Sequence[LLMClientCustomDomainDNS],
    removed: Sequence[LLMClientCustomDomainDNS],
) -> None:
    leading = [row for row in written if row.purpose is RecordPurpose.ROUTING]
    if leading:
        values = ", ".join(sorted({row.record_value for row in leading}))
        sentence = f"The zone of {domain.domain_name} now leads visitors to our edge."
        note(domain, EventKind.ROUTING_WRITTEN, sentence, evidence={"values": values})
    left = any(row.purpose is RecordPurpose.ROUTING for row in domain.dns_records)
    if not left and any(row.purpose is RecordPurpose.ROUTING for row in removed):
        sentence = f"The zone of {domain.domain_name} no longer leads visitors to our edge."
        note(domain, EventKind.ROUTING_REMOVED, sentence)


def _wake_certificates(domain: LLMClientCustomDomain, names: set[str], now: datetime) -> None:
    """The certificates that waited for their CNAME need not wait for the next look."""
    for certificate in domain.certificates:
        if certificate.state is CertificateState.REQUESTED and certificate.validation_name in names:
            certificate.next_attempt_at = now
