"""Making a domain's hosted zone, one resumable step at a time.

`claim` and `record` touch the database, `advance` asks DNS and AWS; the task commits between them, so whatever
is killed in the middle is taken up again from the row.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import func, select, update

from webapp.audit.log import note
from webapp.aws.route53.port import Route53Api, Zone
from webapp.aws.shared.errors import (
    AccessTrouble,
    AwsError,
    CapacityReached,
    Gone,
    InputRefused,
    NotOurs,
    UnexpectedDelegationSet,
)
from webapp.dns.delegation import Baseline, fresh_set_overlaps, take_baseline, zone_answers
from webapp.dns.resolver import Dns
from webapp.domains import transitions
from webapp.domains.locks import lock_zones
from webapp.extensions import db
from webapp.health.status import Fails, Works
from webapp.models import EventKind, HostedZone, ZoneState
from webapp.models.hosted_zone import UNFINISHED_STATES
from webapp.zones import findings, records
from webapp.zones.findings import FindingKind
from webapp.zones.intent import want_zone
from webapp.zones.pauses import LEASE, LONGEST_PAUSE, PARKED_PAUSE, growing, is_free

#: So many sets a day are drawn for a domain and given back, because its parent listed them already.
MOST_DISCARDS = 3

#: How often AWS may say that a CallerReference is used and then list no zone that has it. Its list lags behind for
#: seconds, so after so many attempts the zone was made and deleted again, and its reference is spent for ever.
MOST_LOST_ANSWERS = 10


@dataclass(frozen=True)
class Step:
    """A zone as it stood when this worker took it."""

    zone_id: int
    lease: datetime
    state: ZoneState
    host: str
    claim_id: str
    caller_reference: str
    baseline: Baseline | None
    aws_id: str | None
    change_id: str | None
    name_servers: tuple[str, ...]
    request_id: str | None = None


@dataclass(frozen=True)
class NotYet:
    """Ask again after a pause. `sentence` says what we wait for, when it is not only time."""

    sentence: str | None = None


@dataclass(frozen=True)
class Trouble:
    """AWS did not do it. `final`: it never will; `parked`: staff must act first; `finding`: staff must know."""

    sentence: str
    final: bool = False
    parked: bool = False
    code: str = ""
    finding: FindingKind | None = None

    @classmethod
    def of(cls, error: AwsError) -> Trouble:
        kinds = {UnexpectedDelegationSet: FindingKind.DELEGATION_SET, NotOurs: FindingKind.UNMARKED}
        finding = kinds.get(type(error))
        return cls(
            str(error),
            final=isinstance(error, InputRefused),
            parked=isinstance(error, CapacityReached | AccessTrouble) or finding is not None,
            code=error.code,
            finding=finding,
        )


@dataclass(frozen=True)
class Ready:
    """In sync, and all four name servers answer."""


@dataclass(frozen=True)
class Deleted:
    """A discarded zone is gone from AWS."""


Outcome = Baseline | Zone | Ready | Deleted | NotYet | Trouble


def claim(zone_id: int, now: datetime) -> Step | None:
    """Take the zone for `LEASE`, unless it is finished or another worker's."""
    lease = now + LEASE
    taken = db.session.execute(
        update(HostedZone)
        .where(HostedZone.id == zone_id, HostedZone.state.in_(UNFINISHED_STATES), is_free(now))
        .values(next_attempt_at=lease)
    )
    if not taken.rowcount:  # type: ignore[attr-defined]
        return None
    zone = db.session.get_one(HostedZone, zone_id, populate_existing=True)
    if zone.state in {ZoneState.WANTED, ZoneState.PARKED} and _drawn_in_vain(zone, now) >= MOST_DISCARDS:
        _rest(zone, now)
        return None
    return Step(
        zone_id=zone.id,
        lease=lease,
        state=zone.state,
        host=zone.domain_name,
        claim_id=zone.claim_id,
        caller_reference=zone.caller_reference,
        baseline=Baseline.from_dict(zone.baseline) if zone.baseline else None,
        aws_id=zone.aws_hosted_zone_id,
        change_id=zone.change_id,
        name_servers=tuple(zone.name_servers),
        request_id=zone.request_id,
    )


def _drawn_in_vain(zone: HostedZone, now: datetime) -> int:
    """How many zones of the domain were made within a day and never shown to anybody."""
    return (
        db.session.scalar(
            select(func.count())
            .select_from(HostedZone)
            .where(
                HostedZone.custom_domain_id == zone.custom_domain_id,
                HostedZone.id != zone.id,
                HostedZone.state.in_([ZoneState.DISCARDED, ZoneState.RETIRED]),
                HostedZone.aws_hosted_zone_id.is_not(None),
                HostedZone.ready_at.is_(None),
                HostedZone.created_at > now - timedelta(days=1),
            )
        )
        or 0
    )


def all_listed(name: str) -> str:
    """What people are told of a zone that rests because each set that we drew was at the parent before."""
    return (
        f"The zone above {name} already lists so many name servers of Route 53 that every set we were given today "
        "was among them. We try again tomorrow. If you have such records there, delete them."
    )


def _rest(zone: HostedZone, now: datetime) -> None:
    """Draw no more today. A parent that lists every name server there is would have us draw for ever."""
    sentence = all_listed(zone.domain_name)
    if zone.error != sentence:
        note(zone.custom_domain, EventKind.ZONE_TROUBLE, sentence)
    zone.state, zone.error, zone.next_attempt_at = ZoneState.PARKED, sentence, now + LONGEST_PAUSE
    told = (
        f"{MOST_DISCARDS} sets for {zone.domain_name} were at its parent before, so no other is drawn today."
    )
    findings.report(FindingKind.ALL_LISTED, told, now, domain_id=zone.custom_domain_id)
    db.session.flush()


async def advance(step: Step, dns: Dns, route53: Route53Api) -> Outcome:
    """Take the one step that `step.state` calls for. The baseline comes first: without it, a set that somebody
    delegated beforehand could not be told from one that appeared because we allotted it.
    """
    try:
        if step.state is ZoneState.DISCARDED:
            route53.delete_zone(step.aws_id or "", step.host, step.claim_id)
            return Deleted()
        if step.state is ZoneState.CREATED:
            return await _confirm(step, dns, route53)
        if step.baseline is None:
            return await _take_baseline(step, dns)
        return route53.create_zone(step.host, step.caller_reference, step.claim_id)
    except AwsError as err:
        return Trouble.of(err)


async def _take_baseline(step: Step, dns: Dns) -> Outcome:
    baseline = await take_baseline(step.host, dns)
    if baseline.reachable:
        return baseline
    return NotYet(
        f"The name servers above {step.host} did not answer yet, so we could not look at what is there now."
    )


async def _confirm(step: Step, dns: Dns, route53: Route53Api) -> Outcome:
    if step.change_id and not _in_sync(step.change_id, route53):
        return NotYet()
    answers = await zone_answers(step.host, step.name_servers, dns)
    return Ready() if all(answers.get(server) for server in step.name_servers) else NotYet()


def _in_sync(change_id: str, route53: Route53Api) -> bool:
    """AWS forgets a change after a while, which may be over before a worker asks. It was in sync long before."""
    try:
        return route53.change_in_sync(change_id)
    except Gone:
        return True


def record(step: Step, outcome: Outcome, now: datetime) -> bool:
    """Store the outcome if the lease is still ours. True when the next step can be taken at once."""
    lock_zones(db.session.get_one(HostedZone, step.zone_id).custom_domain_id)
    zone = db.session.get_one(HostedZone, step.zone_id, populate_existing=True)
    if zone.next_attempt_at != step.lease:
        return False
    if zone.state is ZoneState.LEAVING:
        _left_meanwhile(zone, outcome, now)
        return False
    at_once = _store(zone, outcome, now)
    if at_once:
        zone.next_attempt_at, zone.attempts, zone.error = None, 0, None
    db.session.flush()
    return at_once


def _left_meanwhile(zone: HostedZone, outcome: Outcome, now: datetime) -> None:
    """The domain was removed while AWS was busy. What it made must not be forgotten."""
    if isinstance(outcome, Zone):
        zone.aws_hosted_zone_id, zone.change_id = outcome.id, outcome.change_id
        zone.name_servers = list(outcome.name_servers)
    zone.next_attempt_at = now
    db.session.flush()


def _store(zone: HostedZone, outcome: Outcome, now: datetime) -> bool:
    match outcome:
        case Baseline():
            zone.baseline = outcome.to_dict()
            return True
        case Zone():
            _created(zone, outcome, now)
            return True
        case Ready():
            _ready(zone, now)
        case Deleted():
            zone.state, zone.next_attempt_at = ZoneState.RETIRED, None
        case NotYet():
            zone.attempts += 1
            zone.error = outcome.sentence
            # Without a baseline nothing can be made, and nobody waits at a parent that is silent for hours.
            most = LONGEST_PAUSE.total_seconds() if zone.baseline is None else 60
            zone.next_attempt_at = now + growing(zone.attempts, first=2, most=most)
        case Trouble():
            _troubled(zone, outcome, now)
    return False


def _created(zone: HostedZone, made: Zone, now: datetime) -> None:
    """A set that the parent listed before it was allotted proves nothing, so that zone is given back unused."""
    zone.aws_hosted_zone_id, zone.change_id = made.id, made.change_id
    zone.name_servers = list(made.name_servers)
    findings.resolve([FindingKind.DELEGATION_SET], now, domain_id=zone.custom_domain_id)
    overlap = fresh_set_overlaps(Baseline.from_dict(zone.baseline or {}), made.name_servers)
    if overlap:
        zone.state = ZoneState.DISCARDED
        sentence = f"A fresh zone got {', '.join(sorted(overlap))}, which the parent listed already; we took another."
        note(zone.custom_domain, EventKind.ZONE_TROUBLE, sentence)
        want_zone(zone.custom_domain, now)
        return
    findings.resolve([FindingKind.ALL_LISTED], now, domain_id=zone.custom_domain_id)
    zone.state = ZoneState.CREATED
    zone.custom_domain.aws_hosted_zone_id = made.id


def _ready(zone: HostedZone, now: datetime) -> None:
    zone.state, zone.next_attempt_at, zone.error, zone.attempts = ZoneState.READY, None, None, 0
    zone.ready_at = zone.ready_at or now
    records.rewrite(zone.custom_domain, now)
    held = zone.custom_domain.held_at is not None
    zone.custom_domain.next_check_at = None if held else now + transitions.pending_pause(0)
    note(zone.custom_domain, EventKind.ZONE_READY, f"The four name servers for {zone.domain_name} are ready.")


def _troubled(zone: HostedZone, trouble: Trouble, now: datetime) -> None:
    zone.attempts += 1
    if zone.error != trouble.sentence:
        note(
            zone.custom_domain,
            EventKind.ZONE_TROUBLE,
            "We could not prepare the zone yet.",
            reason=trouble.sentence,
        )
    zone.error = trouble.sentence
    if trouble.finding is not None:
        domain_id = zone.custom_domain_id
        findings.report(
            trouble.finding, trouble.sentence, now, aws_zone_id=zone.aws_hosted_zone_id, domain_id=domain_id
        )
    if trouble.code == "HostedZoneAlreadyExists" and zone.attempts >= MOST_LOST_ANSWERS:
        _start_anew(zone, now)
        return
    if trouble.final:
        zone.state, zone.next_attempt_at = ZoneState.REFUSED, None
        return
    if zone.state in {ZoneState.WANTED, ZoneState.PARKED}:
        zone.state = ZoneState.PARKED if trouble.parked else ZoneState.WANTED
    zone.next_attempt_at = now + (
        PARKED_PAUSE if trouble.parked else growing(zone.attempts, first=5, most=300)
    )


def _start_anew(zone: HostedZone, now: datetime) -> None:
    """Another generation, with another reference. Should the zone turn up after all, reconciliation knows its
    reference and lets it leave.
    """
    zone.state, zone.next_attempt_at = ZoneState.RETIRED, None
    sentence = "AWS took our request for a zone and shows none, so we asked for another."
    note(zone.custom_domain, EventKind.ZONE_TROUBLE, sentence, reason=zone.error)
    want_zone(zone.custom_domain, now)


#: What AWS answers about one zone alone, which does not mean that it refuses others.
_ABOUT_ONE_ZONE = frozenset({"HostedZoneAlreadyExists", "PriorRequestNotComplete", "HostedZoneNotEmpty"})


def health_of(outcome: Outcome) -> Works | Fails | None:
    """What the outcome tells of Route 53; None when it was not asked, or failed for a reason of this zone alone."""
    if isinstance(outcome, Zone | Ready | Deleted):
        return Works()
    if not isinstance(outcome, Trouble) or outcome.finding is not None or outcome.code in _ABOUT_ONE_ZONE:
        return None
    return Works() if outcome.final else Fails(outcome.sentence)
