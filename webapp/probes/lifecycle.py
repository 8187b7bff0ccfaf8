"""When a name is looked at next: soon after whatever changes what its visitors see, and when somebody asks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from sqlalchemy import delete

from webapp.config.settings import Settings
from webapp.domains.lifecycle import Transition
from webapp.domains.limits import NotReady, TooSoon, seconds_to_wait, take_turn, why_suspended
from webapp.domains.locks import lock_domain
from webapp.extensions import db, settings
from webapp.jobs import clock, together
from webapp.jobs.upsert import insert
from webapp.live.queries import is_looked_at
from webapp.messages.formatting import shown
from webapp.models import DomainState, Event, EventKind, LLMClientCustomDomain, Probe
from webapp.probes.queries import unlooked_at

#: Proxies and resolvers need a moment for what has just changed.
SOON = timedelta(seconds=3)
#: Of names that were never looked at, so many are due in each second.
FIRST_PER_SECOND = 20
#: The events that change what visitors see.
_CHANGES = frozenset(
    {
        EventKind.ATTACHED,
        EventKind.CERTIFICATE_ISSUED,
        EventKind.CERTIFICATE_RENEWED,
        EventKind.METHOD_CHANGED,
        EventKind.ROUTING_WRITTEN,
    }
)


def on_transition(domain: LLMClientCustomDomain, *, transition: Transition) -> None:
    """Look at a name that is served again, or for the first time; what was seen before says nothing now. Of a name
    that is gone for good nothing is kept.
    """
    if domain.state is DomainState.REMOVED:
        together.send(_forget, domain.id, domain.id)
    elif settings().probes_names and domain.is_verified:
        together.send(_anew, domain.id, (domain.id, transition.now + SOON))


def on_event(event: Event) -> None:
    if event.kind in _CHANGES and settings().probes_names:
        domain = db.session.get_one(LLMClientCustomDomain, event.custom_domain_id)
        look_soon(domain, clock.now())


def look_soon(domain: LLMClientCustomDomain, now: datetime) -> None:
    """Make the name due. A worker that looks at it right now records nothing, and another one looks again."""
    if settings().probes_names and domain.is_verified:
        together.send(_due, domain.id, (domain.id, now + SOON))


def look_now(
    domain: LLMClientCustomDomain, settings: Settings, now: datetime | None = None
) -> TooSoon | NotReady | None:
    """As its people ask for it, as often as they may press Verify. None: it is due now."""
    lock_domain(domain)
    now = now or clock.now()
    if domain.held_at is not None:
        return NotReady(why_suspended(domain), "suspended")
    if not is_looked_at(domain):
        return NotReady(f"{shown(domain.domain_name)} is not served to visitors, so there is nothing to see.")
    if not take_turn(domain, settings.check_button_interval_seconds, now):
        return TooSoon(seconds_to_wait(domain, settings, now))
    _due([(domain.id, now)])
    return None


def look_at_missing(now: datetime, after_id: int, numbered: int, limit: int = 1000) -> Sequence[int]:
    """Make names due that were verified while nobody looked; `numbered` were before them. Their ids are returned."""
    found = unlooked_at(after_id, limit)
    if found:
        times = (
            now + timedelta(seconds=(numbered + at) / FIRST_PER_SECOND % _DAY) for at in range(len(found))
        )
        _insert(list(zip(found, times, strict=True)), keep=True)
    return found


_DAY = 86_400
_Row = tuple[int, datetime]


def _due(rows: Sequence[_Row]) -> None:
    _insert(rows)


def _anew(rows: Sequence[_Row]) -> None:
    _insert(rows, dict.fromkeys(("outcome_code", "outcome_params", "failing_since", "told_at")))


def _forget(domain_ids: Sequence[int]) -> None:
    statement = delete(Probe).where(Probe.custom_domain_id.in_(domain_ids))
    db.session.execute(statement.execution_options(synchronize_session=False))


def _insert(rows: Sequence[_Row], changes: Mapping[str, None] | None = None, *, keep: bool = False) -> None:
    now = clock.now()
    times = {"created_at": now, "updated_at": now}
    statement = insert(Probe).values(
        [
            {"custom_domain_id": domain_id, "next_probe_at": at, "attempts": 0, **times}
            for domain_id, at in rows
        ]
    )
    if keep:
        db.session.execute(statement.on_conflict_do_nothing(index_elements=["custom_domain_id"]))
        return
    changed = {
        "next_probe_at": statement.excluded.next_probe_at,
        "attempts": 0,
        "updated_at": now,
        **(changes or {}),
    }
    db.session.execute(
        statement.on_conflict_do_update(index_elements=["custom_domain_id"], set_=changed),
        execution_options={"synchronize_session": False},
    )
