"""What can be done with a custom domain. Services flush; the edge that called them commits."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import or_, update
from sqlalchemy.exc import IntegrityError

from webapp.config import Settings
from webapp.dns import names
from webapp.domains import certificates, consequences, denials, quarantine, queries
from webapp.domains.actors import Actor, note
from webapp.domains.clock import SKEW
from webapp.domains.holds import contact_address
from webapp.extensions import db
from webapp.extensions import settings as configured
from webapp.models import (
    ALLOWED_TRANSITIONS,
    Account,
    Check,
    CheckOrigin,
    DomainState,
    EventKind,
    HostedZone,
    LLMClient,
    LLMClientCustomDomain,
    TlsStatus,
    ZoneState,
    utcnow,
)

#: How long a queued check may wait for a worker before the sweep queues it again.
QUEUE_LEASE = timedelta(seconds=30)


@dataclass(frozen=True)
class Registered:
    """`existing` is true when the account had this claim already; registering twice changes nothing."""

    domain: LLMClientCustomDomain
    existing: bool
    understood: tuple[str, ...] = ()
    zone_id: int | None = None


@dataclass(frozen=True)
class CheckRequested:
    """`new` is false when a check of this domain was already under way."""

    check: Check
    new: bool


@dataclass(frozen=True)
class LookRequested:
    """The domain is being removed: we look whether its parent still lists these zones. None: a look is under way."""

    zone_ids: tuple[int, ...]


@dataclass(frozen=True)
class TooSoon:
    seconds: int

    @property
    def sentence(self) -> str:
        return f"You can check again in {self.seconds} s."


@dataclass(frozen=True)
class NotReady:
    """There is nothing to check yet, or nothing any more."""

    sentence: str


def register(
    account: Account,
    typed: str,
    *,
    actor: Actor,
    settings: Settings,
    llm_client: LLMClient | None = None,
    now: datetime | None = None,
) -> Registered | names.Refusal:
    """Claim a name for `account` and leave the intent for its zone. Nothing outside is asked."""
    now = now or utcnow()
    parsed = names.parse(typed)
    if parsed.name is None:
        assert parsed.refusal is not None  # noqa: S101 - a Parsed has one or the other
        return parsed.refusal
    name = parsed.name
    existing = queries.claim_of(account, name.ascii)
    if existing is not None:
        return Registered(existing, existing=True, understood=parsed.notes)
    refusal = refusal_for(account, name, settings, now)
    if refusal is None and llm_client is not None:
        refusal = refusal_to_detach(llm_client)
    if refusal is not None:
        return refusal
    try:
        with db.session.begin_nested():
            domain = LLMClientCustomDomain(account=account, domain_name=name.ascii, next_check_at=None)
            db.session.add(domain)
    except IntegrityError as err:
        if not _is_own_claim(domain.conflict(err)):
            raise
        winner = queries.claim_of(account, name.ascii)
        assert winner is not None  # noqa: S101 - the constraint has just said so
        return Registered(winner, existing=True, understood=parsed.notes)
    if llm_client is not None:
        # A client has one domain: the new one takes it over, and the history of the old one says so.
        detach(llm_client, actor=actor)
        llm_client.custom_domain = domain
    zone = want_zone(domain, now)
    note(domain, EventKind.REGISTERED, f"{domain.domain_name} was registered.", actor)
    db.session.flush()
    return Registered(domain, existing=False, understood=parsed.notes, zone_id=zone.id)


def _is_own_claim(conflict: Exception) -> bool:
    return "already among your domains" in str(conflict)


def refusal_for(
    account: Account, name: names.HostName, settings: Settings, now: datetime
) -> names.Refusal | None:
    """Why `account` may not claim this name, in the order of rows 0b to 0e of the verdict table."""
    policy = names.NamePolicy(settings.platform_domain, frozenset(settings.reserved_suffixes_allowed))
    refusal = names.registration_refusal(name, policy) or denials.refusal(name, settings)
    if refusal is not None:
        return refusal
    if queries.verified_in_the_way(account, name) is not None:
        return names.Refusal(
            names.RefusalCode.NAME_IN_USE,
            "in-use",
            f"{name.shown} is connected to another account, or is part of a name that is. If the domain is yours, "
            "contact us and we sort out with you who controls it.",
            None,
        )
    if queries.is_held(account, name.ascii):
        contact = contact_address(settings)
        sentence = f"{name.shown} is on hold in this account. Contact {contact} before you register it again."
        return names.Refusal(names.RefusalCode.ON_HOLD, "on-hold", sentence, None)
    return _too_many_zones(account, name, settings, now)


def _too_many_zones(
    account: Account, name: names.HostName, settings: Settings, now: datetime
) -> names.Refusal | None:
    """Each new zone is a new draw of four name servers, so nobody may draw until an old delegation matches."""
    since = now - timedelta(days=1)
    # Who has not drawn for this name today may do so once: else any stranger could keep its owner away from it.
    draws, own = (queries.zones_made_since(since, name=name.ascii, account=who) for who in (None, account))
    if draws >= settings.zones_per_name_per_day and own:
        sentence = f"{name.shown} was registered and removed too often today. Register it again tomorrow."
    elif queries.zones_made_since(since, account=account) >= settings.zones_per_account_per_day:
        sentence = (
            f"This account registered {settings.zones_per_account_per_day} domains in 24 hours, which is the limit. "
            "Register the next one tomorrow, or contact us for more."
        )
    else:
        return None
    return names.Refusal(names.RefusalCode.TOO_MANY, "too-many", sentence, None)


def want_zone(domain: LLMClientCustomDomain, now: datetime) -> HostedZone:
    """The intent for a new zone. Its CallerReference is random, so that a database that starts anew beside an
    old AWS account can never adopt a zone of its predecessor.
    """
    former = queries.current_zone(domain)
    zone = HostedZone(
        custom_domain_id=domain.id,
        domain_name=domain.domain_name,
        generation=former.generation + 1 if former else 1,
        caller_reference=f"nameplate-{domain.id}-{secrets.token_hex(12)}",
        next_attempt_at=now,
    )
    db.session.add(zone)
    db.session.flush()
    return zone


def request_check(
    domain: LLMClientCustomDomain,
    *,
    origin: CheckOrigin,
    actor: Actor,
    settings: Settings,
    reason: str | None = None,
    now: datetime | None = None,
) -> CheckRequested | LookRequested | TooSoon | NotReady:
    """A waiting check for the worker; a customer's button is limited by the database, in every process alike.

    Staff are not limited and give a `reason`, which stands in the domain's history. Of a domain that is being
    removed it is the other question: whether the parent still lists its name servers.
    """
    now = now or utcnow()
    zone = queries.current_zone(domain)
    if domain.state in queries.GONE:
        return _request_look(domain, origin=origin, actor=actor, settings=settings, reason=reason, now=now)
    if domain.held_at is not None:
        return NotReady(on_hold(domain))
    if zone is None or not zone.name_servers:
        _hasten(domain, zone, actor, now)
        return NotReady("We are still preparing the name servers. They appear here in about a minute.")
    running = queries.open_check(domain)
    if running is not None:
        return CheckRequested(running, new=False)
    if origin is CheckOrigin.CUSTOMER and not take_turn(domain, settings.check_button_interval_seconds, now):
        return TooSoon(seconds_to_wait(domain, settings, now))
    if domain.state is DomainState.EXPIRED:
        change_state(domain, DomainState.PENDING, now, actor, "We look for the same records again.")
    certificates.look_again(domain, now)
    domain.check_attempt = 0
    note(domain, EventKind.CHECK_REQUESTED, "A check was requested.", actor, reason=reason)
    return open_new_check(domain, origin, now)


def _hasten(domain: LLMClientCustomDomain, zone: HostedZone | None, actor: Actor, now: datetime) -> None:
    """Somebody waits for the name servers: what rests because the parent was silent is tried again."""
    if domain.state is DomainState.EXPIRED:
        change_state(domain, DomainState.PENDING, now, actor, "We look for the same records again.")
    soon = now + quarantine.LEASE  # a worker may be busy with it until then
    if zone is None or zone.state is not ZoneState.WANTED or zone.next_attempt_at is None:
        return
    if zone.next_attempt_at > soon:
        zone.next_attempt_at = now
    db.session.flush()


def _request_look(
    domain: LLMClientCustomDomain,
    *,
    origin: CheckOrigin,
    actor: Actor,
    settings: Settings,
    reason: str | None,
    now: datetime,
) -> LookRequested | TooSoon | NotReady:
    if domain.state is DomainState.REMOVED:
        return NotReady(f"{domain.domain_name} was removed, so there is nothing to check.")
    if origin is CheckOrigin.CUSTOMER and not take_turn(domain, settings.check_button_interval_seconds, now):
        return TooSoon(seconds_to_wait(domain, settings, now))
    note(domain, EventKind.CHECK_REQUESTED, "A look at the records was requested.", actor, reason=reason)
    return LookRequested(quarantine.look_now(domain, now))


def take_turn(domain: LLMClientCustomDomain, interval: int, now: datetime) -> bool:
    """Compare-and-set on the last press, so that two presses at once count as one."""
    last = LLMClientCustomDomain.check_requested_at
    taken = db.session.execute(
        update(LLMClientCustomDomain)
        .where(
            LLMClientCustomDomain.id == domain.id,
            or_(last.is_(None), last <= now - timedelta(seconds=interval), last > now + SKEW),
        )
        .values(check_requested_at=now, version=LLMClientCustomDomain.version + 1)
        .execution_options(synchronize_session=False)
    )
    db.session.refresh(domain)
    return bool(taken.rowcount)  # type: ignore[attr-defined]


def seconds_to_wait(domain: LLMClientCustomDomain, settings: Settings, now: datetime) -> int:
    """Until the customer's button works again; 0 when it does."""
    if domain.check_requested_at is None:
        return 0
    passed = (now - domain.check_requested_at).total_seconds()
    if passed < -SKEW.total_seconds():
        return 0
    return max(0, int(settings.check_button_interval_seconds - passed + 0.999))


def open_new_check(domain: LLMClientCustomDomain, origin: CheckOrigin, now: datetime) -> CheckRequested:
    """A waiting check, unless another process was faster: then that one's."""
    check = Check(custom_domain_id=domain.id, origin=origin, lease_until=now + QUEUE_LEASE)
    try:
        with db.session.begin_nested():
            db.session.add(check)
    except IntegrityError:
        running = queries.open_check(domain)
        if running is None:
            raise
        return CheckRequested(running, new=False)
    return CheckRequested(check, new=True)


def remove(
    domain: LLMClientCustomDomain, *, actor: Actor, reason: str | None = None, now: datetime | None = None
) -> None:
    """Stop serving at once. The zone stays, so that nobody else can obtain the name while it is still delegated."""
    now = now or utcnow()
    hold(domain)
    if domain.state in queries.GONE:
        return
    llm_client = domain.llm_client
    if llm_client is not None:
        detach(llm_client, actor=actor)
    # Where it led, for whoever takes the removal back.
    evidence: dict[str, object] = {"llm_client": llm_client.id} if llm_client is not None else {}
    sentence = f"{domain.domain_name} is being removed."
    change_state(domain, DomainState.REMOVING, now, actor, sentence, reason=reason, evidence=evidence)
    domain.next_check_at = None
    db.session.flush()


def hold(domain: LLMClientCustomDomain) -> None:
    """Make the domain and its zones ours until the commit, on both databases; the rows are read anew.

    Zones before their domain: whoever records what became of a zone takes them in this order, too.
    """
    db.session.flush()
    quarantine.lock_zones(domain.id)
    db.session.execute(
        update(LLMClientCustomDomain)
        .where(LLMClientCustomDomain.id == domain.id)
        .values(version=LLMClientCustomDomain.version + 1)
        .execution_options(synchronize_session=False)
    )
    db.session.refresh(domain)


def on_hold(domain: LLMClientCustomDomain) -> str:
    """Why nothing but the removal is possible."""
    contact = contact_address(configured())
    return f"{domain.domain_name} is on hold, so that nothing about it can be changed. Contact {contact}."


def attach(llm_client: LLMClient, domain: LLMClientCustomDomain, *, actor: Actor) -> names.Refusal | None:
    """Let the domain lead to this LLM client; both belong to one account. The client it led to before loses it."""
    if domain.account_id != llm_client.account_id:
        return names.Refusal(
            names.RefusalCode.NAME_IN_USE,
            "not-yours",
            f"{domain.domain_name} is not among your domains.",
            None,
        )
    if domain.state in queries.GONE:
        sentence = f"{domain.domain_name} is being removed, so it leads to no LLM client any more."
        return names.Refusal(names.RefusalCode.NAME_IN_USE, "being-removed", sentence, None)
    if domain.held_at is not None:
        return _refused_on_hold(domain)
    if domain.llm_client is llm_client:
        return None
    if (refusal := refusal_to_detach(llm_client)) is not None:
        return refusal
    if domain.llm_client is not None:
        detach(domain.llm_client, actor=actor)
        db.session.flush()
    if llm_client.custom_domain is not None:
        detach(llm_client, actor=actor)
        db.session.flush()
    llm_client.custom_domain = domain
    certificates.show(domain)
    note(domain, EventKind.ATTACHED, f"{domain.domain_name} now leads to {llm_client.name}.", actor)
    db.session.flush()
    return None


def refusal_to_detach(llm_client: LLMClient) -> names.Refusal | None:
    """Why the LLM client's people may not take its domain from it."""
    domain = llm_client.custom_domain
    return _refused_on_hold(domain) if domain is not None and domain.held_at is not None else None


def _refused_on_hold(domain: LLMClientCustomDomain) -> names.Refusal:
    return names.Refusal(names.RefusalCode.ON_HOLD, "on-hold", on_hold(domain), None)


def detach(llm_client: LLMClient, *, actor: Actor) -> None:
    domain = llm_client.custom_domain
    if domain is None:
        return
    llm_client.custom_domain = None
    llm_client.tls_certificate_issuance_status = TlsStatus.NONE
    note(domain, EventKind.DETACHED, f"{domain.domain_name} no longer leads to {llm_client.name}.", actor)
    db.session.flush()


def change_state(
    domain: LLMClientCustomDomain,
    state: DomainState,
    now: datetime,
    actor: Actor,
    sentence: str,
    *,
    reason: str | None = None,
    evidence: dict[str, object] | None = None,
) -> None:
    """The one way from state to state. A way that is not allowed is our fault and raises `ValueError`."""
    if state is domain.state:
        return
    if state not in ALLOWED_TRANSITIONS[domain.state]:
        raise ValueError(f"{domain.domain_name} cannot go from {domain.state} to {state}")
    before, domain.state, domain.state_changed_at = domain.state, state, now
    domain.overdue_since, domain.extra_grace_days = None, 0
    if state is DomainState.VERIFIED:
        domain.verified_at = domain.verified_at or now
    note(
        domain,
        EventKind.STATE_CHANGED,
        sentence,
        actor,
        reason=reason,
        evidence={"from": before.value, "to": state.value, **(evidence or {})},
    )
    consequences.follow(domain, before, now)
