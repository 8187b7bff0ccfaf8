"""The delegation method, as `ProofMethod` asks it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from webapp.config.settings import Settings
from webapp.dns import names
from webapp.dns.delegation import Expectation
from webapp.domains import limits, queries
from webapp.messages.formatting import shown
from webapp.models import LLMClientCustomDomain, Method, ZoneState
from webapp.models.hosted_zone import UNFINISHED_STATES
from webapp.proofs.base.method import Keepable, Preparation, ProofMethod, Stage, Wake
from webapp.proofs.delegation.expectation import current_zones, expectations_of
from webapp.proofs.delegation.words import DelegationWords
from webapp.removal import deletion_queue
from webapp.removal.tasks import see_zone_off
from webapp.zones import provision, records
from webapp.zones.intent import want_zone
from webapp.zones.tasks import set_up_zone

_STAGES = {
    ZoneState.PARKED: Stage.PARKED,
    ZoneState.REFUSED: Stage.REFUSED,
    ZoneState.READY: Stage.READY,
}
#: Zones in these states are never shown to anybody again.
_NOT_OURS_ANY_MORE = (ZoneState.DISCARDED, ZoneState.LEAVING, ZoneState.RETIRED)


class Delegation(ProofMethod):
    id = Method.DELEGATION
    preparing = "We are still preparing the name servers. They appear here in about a minute."
    words = DelegationWords()

    def expectations(self, domains: Sequence[LLMClientCustomDomain]) -> dict[int, Expectation]:
        return expectations_of(domains)

    def to_publish(self, domains: Sequence[LLMClientCustomDomain]) -> dict[int, tuple[str, ...]]:
        return {
            domain.id: tuple(f"{domain.domain_name} NS {server}" for server in zone.name_servers)
            for domain, zone in current_zones(domains)
            if zone.state is ZoneState.READY
        }

    def refusal(self, domain: LLMClientCustomDomain, settings: Settings, now: datetime) -> str | None:
        """To change back and forth must not draw more zones than to register again and again."""
        name = names.HostName(domain.domain_name)
        if name.registrable == name.ascii:
            return f"{name.shown} is a whole domain; delegating it would also move its mail and web site."
        if not _wants_zone(domain):
            return None
        refusal = limits.too_many_zones(domain.account, name, settings, now) or limits.no_zone(
            domain.account, settings, queries.unproved_of(domain.account)
        )
        return refusal.sentence if refusal is not None else None

    def prepare(self, domain: LLMClientCustomDomain, now: datetime) -> None:
        if _wants_zone(domain):
            want_zone(domain, now)
            records.plan(domain, now)

    def preparation(self, domain: LLMClientCustomDomain) -> Preparation:
        zone = queries.current_zone(domain)
        if zone is None:
            return Preparation(Stage.MAKING)
        return Preparation(_STAGES.get(zone.state, Stage.MAKING), zone.problem)

    def checkable(self, domain: LLMClientCustomDomain) -> bool:
        zone = queries.current_zone(domain)
        return zone is not None and bool(zone.name_servers)

    def hasten(self, domain: LLMClientCustomDomain, now: datetime) -> None:
        """The next attempt may be far, because the parent was silent. A worker may be busy with it for a lease."""
        zone = queries.current_zone(domain)
        if zone is None or zone.state is not ZoneState.WANTED or zone.next_attempt_at is None:
            return
        if zone.next_attempt_at > now + provision.JOB.lease:
            zone.next_attempt_at = now

    def entered(self, domain: LLMClientCustomDomain) -> None:
        zone = queries.current_zone(domain)
        domain.aws_hosted_zone_id = zone.aws_hosted_zone_id if zone is not None else None

    def let_go(self, domain: LLMClientCustomDomain, now: datetime) -> None:
        deletion_queue.enter(domain, now)
        records.plan(domain, now)

    def waiting(self, domain: LLMClientCustomDomain, now: datetime) -> tuple[Wake, ...]:
        zone = queries.current_zone(domain)
        if zone is None or zone.state not in UNFINISHED_STATES:
            return ()
        due = zone.next_attempt_at is None or zone.next_attempt_at <= now
        return (Wake(set_up_zone, zone.id),) if due else ()

    def look_now(self, domain: LLMClientCustomDomain, now: datetime) -> tuple[Wake, ...]:
        return tuple(Wake(see_zone_off, zone_id) for zone_id in deletion_queue.look_now(domain, now))

    def keepable(self, domain: LLMClientCustomDomain, now: datetime) -> Keepable:
        """The zone may go earlier than the time to think it over."""
        zone = queries.current_zone(domain)
        name = shown(domain.domain_name)
        if (
            zone is None
            or zone.state is not ZoneState.LEAVING
            or zone.ready_at is None
            or not zone.name_servers
        ):
            return Keepable(f"{name} has no zone any more that could be kept. {self.words.register_again}")
        watch = deletion_queue.watch_of(zone)
        if watch.deleting_since is not None:
            going = f"The zone of {name} is being deleted already, so the removal cannot be taken back."
            return Keepable(f"{going} {self.words.register_again}")
        return Keepable(until=watch.over_at if watch.over_at is not None and watch.over_at > now else None)

    def take_back(self, domain: LLMClientCustomDomain, now: datetime) -> bool:
        """The zone is one in use again. True while a worker may be busy with it: what it began before, such as to
        empty the zone, must be over before anything is written there, so its lease goes on and the zone is confirmed
        then.
        """
        zone = queries.current_zone(domain)
        assert zone is not None  # noqa: S101 - else it is not keepable
        lease = zone.next_attempt_at
        busy = deletion_queue.JOB.may_be_held(lease, now)
        zone.state, zone.next_attempt_at = (ZoneState.CREATED, lease) if busy else (ZoneState.READY, None)
        zone.watch, zone.undelegated_since, zone.attempts, zone.problem = None, None, 0, None
        return busy


def _wants_zone(domain: LLMClientCustomDomain) -> bool:
    zone = queries.current_zone(domain)
    return zone is None or zone.state in _NOT_OURS_ANY_MORE
