"""Making a domain's zone hold what its rows say, in one batch.

As in `webapp.zones.provision`: `claim` and `record` touch the database, `advance` asks Route 53, the task commits
between them.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from webapp.audit.log import note
from webapp.aws.route53.port import Action, Change, Route53Api
from webapp.aws.route53.text import same_values
from webapp.aws.shared.errors import AwsError, Gone
from webapp.dns.records import RecordSet
from webapp.domains import queries
from webapp.extensions import db
from webapp.jobs.leases import BackOff, Job, Trouble
from webapp.jobs.writing import begin_writing
from webapp.models import (
    CertificateState,
    EventKind,
    LLMClientCustomDomain,
    LLMClientCustomDomainDNS,
    Message,
    RecordPurpose,
    RecordState,
    ZoneState,
)

#: What somebody else wrote into the zone is looked at again after so long; nothing waits longer.
LONGEST_PAUSE = timedelta(hours=1)
#: For records that wait for their zone.
NO_ZONE_PAUSE = timedelta(minutes=10)
_BACK_OFF = BackOff(first=5, most=600)

JOB = Job(
    LLMClientCustomDomain.id,
    LLMClientCustomDomain.records_due_at,
    lease=timedelta(minutes=3),
    longest=lambda: LONGEST_PAUSE,
)

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
class Refused:
    """The records of one name that are not as they should be, and why."""

    name: str
    problem: Message


@dataclass(frozen=True)
class Done:
    """Route 53 has it all but what is refused."""

    refused: tuple[Refused, ...] = ()


@dataclass(frozen=True)
class NoZone:
    """There is none to write into, so nothing of ours is in it either."""


Outcome = Done | NoZone | Trouble


def claim(domain_id: int, now: datetime) -> Step | None:
    """Take the domain's records for the job's lease, unless they are as they should be or another worker's."""
    lease = JOB.claim(domain_id, now)
    if lease is None:
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
            return Trouble(Message("records.not-ours", {"zone": step.aws_id}), parked=True)
        present = {(found.name, found.type): found for found in route53.record_sets(step.aws_id)}
        changes, refused = difference(step, present)
        applied = route53.change_records(step.aws_id, changes) if changes else None
        by_aws = [
            Refused(one.name, Message("aws", {"said": one.reason, "code": ""}))
            for one in (applied.refused if applied else ())
        ]
        return Done((*refused, *by_aws))
    except Gone:
        return NoZone()
    except AwsError as err:
        return Trouble.of(err)


def difference(
    step: Step, present: Mapping[Key, RecordSet]
) -> tuple[tuple[Change, ...], tuple[Refused, ...]]:
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
            params = {"type": found.type, "name": found.name, "values": list(found.values)}
            refused.append(Refused(found.name, Message("records.foreign", params)))
        else:
            changes.append(Change(Action.UPSERT, target) if target else Change(Action.DELETE, found))
    return tuple(changes), tuple(refused)


def _equal(found: RecordSet, target: RecordSet | None) -> bool:
    if target is None or found.ttl != target.ttl:
        return False
    return same_values(found.type, found.values, target.values)


def record(step: Step, outcome: Outcome, now: datetime) -> bool:
    """Store the outcome if the lease is still ours, which a new plan has ended as well."""
    begin_writing()
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
            domain.records_due_at = now + NO_ZONE_PAUSE if waiting else None
        case Trouble():
            pause = outcome.pause(domain.records_attempts + 1, _BACK_OFF)
            _troubled(domain, outcome.message, now + pause)
    db.session.flush()
    return True


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
        _troubled(domain, outcome.refused[0].problem, now + LONGEST_PAUSE)
    else:
        domain.records_due_at, domain.records_attempts, domain.records_problem = None, 0, None
    _tell(domain, written, removed)
    _wake_certificates(domain, {row.record_name for row in written}, now)


def _take_out(domain: LLMClientCustomDomain) -> list[LLMClientCustomDomainDNS]:
    """The rows whose records are not in the zone any more."""
    removed = [row for row in domain.dns_records if row.state is RecordState.UNWANTED]
    for row in removed:
        domain.dns_records.remove(row)
    return removed


def _troubled(domain: LLMClientCustomDomain, problem: Message, again: datetime) -> None:
    if domain.records_problem != problem:
        params = {"name": domain.domain_name, "problem": problem.as_param()}
        note(domain, EventKind.RECORDS_TROUBLE, Message("records.not-written", params))
    domain.records_problem, domain.records_due_at = problem, again
    domain.records_attempts += 1


def _tell(
    domain: LLMClientCustomDomain,
    written: Sequence[LLMClientCustomDomainDNS],
    removed: Sequence[LLMClientCustomDomainDNS],
) -> None:
    leading = [row for row in written if row.purpose is RecordPurpose.ROUTING]
    named = {"name": domain.domain_name}
    if leading:
        values = ", ".join(sorted({row.record_value for row in leading}))
        told = Message("records.leading", named)
        note(domain, EventKind.ROUTING_WRITTEN, told, evidence={"values": values})
    left = any(row.purpose is RecordPurpose.ROUTING for row in domain.dns_records)
    if not left and any(row.purpose is RecordPurpose.ROUTING for row in removed):
        note(domain, EventKind.ROUTING_REMOVED, Message("records.not-leading", named))


def _wake_certificates(domain: LLMClientCustomDomain, names: set[str], now: datetime) -> None:
    """The certificates that waited for their CNAME need not wait for the next look."""
    for certificate in domain.certificates:
        if certificate.state is CertificateState.REQUESTED and certificate.validation_name in names:
            certificate.next_attempt_at = now
