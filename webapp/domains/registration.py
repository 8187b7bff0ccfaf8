"""Registration: who may claim a name, and the claim.

`in_the_way` answers for a name that is registered, and `in_the_way_of` for a claim that would become served: what
other accounts and staff did meanwhile must not be passed by an older claim.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy.exc import IntegrityError

from webapp.audit.log import Actor, note
from webapp.config.settings import Settings
from webapp.dns import names
from webapp.domains import deny_list, lifecycle, queries, suspension_notice
from webapp.domains.assignment import detach, refusal_to_detach
from webapp.domains.contests import InTheWay, held_elsewhere, of_others, of_served
from webapp.domains.locks import lock_account, lock_names, lock_row
from webapp.extensions import db
from webapp.jobs import clock
from webapp.models import (
    Account,
    EventKind,
    LLMClient,
    LLMClientCustomDomain,
    Message,
    ValidationError,
)
from webapp.models.custom_domain_indexes import ALREADY_YOURS


@dataclass(frozen=True)
class Registered:
    """`existing` is true when the account had this claim already; registering twice changes nothing."""

    domain: LLMClientCustomDomain
    existing: bool
    understood: tuple[str, ...] = ()
    zone_id: int | None = None


def register(
    account: Account,
    typed: str,
    *,
    actor: Actor,
    settings: Settings,
    llm_client: LLMClient | None = None,
    now: datetime | None = None,
) -> Registered | names.Refusal:
    """Claim a name for `account` and add a row for its zone, which a worker creates later. No network is used."""
    now = now or clock.now()
    parsed = names.parse(typed)
    if parsed.name is None:
        assert parsed.refusal is not None  # noqa: S101 - a Parsed has one or the other
        return _offering(account, parsed.refusal, settings, now)
    name = parsed.name
    existing = queries.claim_of(account, name.ascii)
    if existing is not None:
        return Registered(existing, existing=True, understood=parsed.notes)
    lock_account(account)
    refusal = refusal_for(account, name, settings, now)
    if refusal is None and llm_client is not None:
        refusal = refusal_to_detach(llm_client)
    if refusal is not None:
        return _offering(account, refusal, settings, now)
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
        # An LLM client has one domain. The former one loses it, and its history says so.
        detach(llm_client, actor=actor)
        llm_client.custom_domain = domain
    note(domain, EventKind.REGISTERED, Message("domain.registered", {"name": domain.domain_name}), actor)
    lifecycle.publish(domain, lifecycle.Transition(lifecycle.TransitionKind.REGISTERED, None, actor, now))
    db.session.flush()
    zone = queries.current_zone(domain)
    return Registered(
        domain, existing=False, understood=parsed.notes, zone_id=zone.id if zone is not None else None
    )


def _is_own_claim(conflict: Exception) -> bool:
    return isinstance(conflict, ValidationError) and conflict.code == ALREADY_YOURS


def _offering(account: Account, refusal: names.Refusal, settings: Settings, now: datetime) -> names.Refusal:
    """The refusal, with a suggestion only if this account could register it now."""
    return names.with_passing_suggestion(refusal, lambda name: refusal_to_offer(account, name, settings, now))


def refusal_to_offer(
    account: Account, name: names.HostName, settings: Settings, now: datetime
) -> names.Refusal | None:
    """Why this name must not be suggested. One that the account has already can be: it leads to its page."""
    if queries.claim_of(account, name.ascii) is not None:
        return None
    found = held_elsewhere(account, name, settings)
    return found.refusal if found is not None else refusal_for(account, name, settings, now)


def refusal_for(
    account: Account, name: names.HostName, settings: Settings, now: datetime
) -> names.Refusal | None:
    """Why `account` may not register this name now."""
    found = in_the_way(account, name, settings)
    if found is not None:
        return found.refusal
    return _too_many_zones(account, name, settings, now) or _no_room(account, settings)


def policy_of(settings: Settings) -> names.NamePolicy:
    return names.NamePolicy(
        settings.platform_domain,
        frozenset(settings.reserved_suffixes_allowed),
        frozenset(settings.extra_suffixes_allowed),
    )


def in_the_way(account: Account, name: names.HostName, settings: Settings) -> InTheWay | None:
    """Why `account` may not register this name, in the order of rows 0b to 0e of the verdict table.

    That another account is verified with it is no reason: the name moves to whose claim DNS proves.
    """
    refusal = names.registration_refusal(name, policy_of(settings))
    return InTheWay(refusal) if refusal is not None else of_others(account, name, settings)


def in_the_way_of(domain: LLMClientCustomDomain, settings: Settings) -> InTheWay | None:
    """Why this claim may not be served. Its own suspension does not count.

    Which names are reserved or public suffixes, and which endings exist, is not asked. Scripts may claim such a name
    on purpose, a change of these rules must not cut off a name that was served before, and a proof in DNS shows more
    of an ending than a bundled list knows. A caller that is about to have the name served holds `lock_names`.
    """
    name = names.HostName(domain.domain_name)
    ours = names.refusal_of_ours(name, settings.platform_domain)
    return InTheWay(ours) if ours is not None else of_served(domain.account, name, settings, domain)


def refusal_to_save(domain: LLMClientCustomDomain, settings: Settings) -> names.Refusal | None:
    """Why a script may not save this row as it is: a new claim, or one that it calls verified.

    Which names are reserved is not asked. Scripts are the operator's own, and may claim such a name on purpose.
    """
    name = names.HostName(domain.domain_name)
    if not domain.is_verified:
        return deny_list.refusal(name, settings)
    if domain.id is not None:
        lock_row(domain.id)
    lock_names([domain.domain_name])
    account = domain.account or db.session.get_one(Account, domain.account_id)
    found = of_served(account, name, settings, domain)
    return found.refusal if found is not None else None


def _too_many_zones(
    account: Account, name: names.HostName, settings: Settings, now: datetime
) -> names.Refusal | None:
    """The limit on new zones for a name and for an account.

    Route 53 gives each new zone four name servers by lot. Without a limit somebody could register a name again and
    again until the four match an old delegation of it, and so take over a name that is not theirs.
    """
    since = now - timedelta(days=1)
    # An account gets its first zone of a day for this name: else strangers could use up the limit of the owner.
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


def _no_room(account: Account, settings: Settings) -> names.Refusal | None:
    """The limits on zones of domains that were never verified. Call it under the account's lock.

    Anybody may register a name that is not theirs, and each takes one of the zones that AWS allows. Without these
    limits one account could take all of them, so that nobody else could register anything.
    """
    unproved = queries.unproved_of(account)
    return (
        too_many_waiting(unproved, settings)
        or _too_many_leaving(unproved, settings)
        or _no_zone_left(account, settings)
    )


def too_many_waiting(unproved: queries.Unproved, settings: Settings) -> names.Refusal | None:
    most = settings.unverified_per_account
    if unproved.waiting < most:
        return None
    sentence = (
        f"{unproved.waiting} domains of this account are registered and not verified yet; {most} is the most at a "
        "time. Verify or remove one of them, and then try again."
    )
    return names.Refusal(names.RefusalCode.TOO_MANY, "too-many-unverified", sentence, None)


def _too_many_leaving(unproved: queries.Unproved, settings: Settings) -> names.Refusal | None:
    """A zone stays while its parent lists one of its name servers, so that who removes names could keep them all."""
    if unproved.leaving < settings.unverified_per_account:
        return None
    sentence = (
        f"The zones of {unproved.leaving} domains that this account removed are not deleted yet. The page of each "
        "says what it waits for, such as records to delete at your DNS provider. Try again when one zone is gone."
    )
    return names.Refusal(names.RefusalCode.TOO_MANY, "too-many-leaving", sentence, None)


def _no_zone_left(account: Account, settings: Settings) -> names.Refusal | None:
    """The limits of all accounts together, and what is kept for accounts that have proved a name.

    Until AWS has told its quota they refuse nobody; a zone for which AWS has no room is parked.
    Two accounts that register at the same moment may pass a limit by one, because only the account is locked.
    """
    proved, quota = queries.has_proved(account), queries.zone_quota()
    if quota.limit is None:
        return None
    if not _share_is_taken(quota.limit, settings, proved=proved) and (
        proved or quota.used < quota.limit * _open_part(settings)
    ):
        return None
    others = "" if proved else " from accounts that have not verified one yet"
    step = "Verify a domain that you have registered, try" if queries.unproved_of(account).waiting else "Try"
    sentence = (
        f"Too many domains wait to be verified, so we take no new ones{others} at the moment. {step} again tomorrow, "
        f"or contact {suspension_notice.contact_address(settings)}."
    )
    return names.Refusal(names.RefusalCode.TOO_MANY, "no-room", sentence, None)


def _open_part(settings: Settings) -> float:
    """How much is for accounts that have proved no name yet."""
    return 1 - settings.zones_for_proved_percent / 100


def _share_is_taken(limit: int, settings: Settings, *, proved: bool) -> bool:
    share = share_of_unproved(limit, settings)
    most = share.most if proved else share.open_to_all
    return queries.unproved_zones(most) >= most


@dataclass(frozen=True)
class Share:
    """The zones that unverified domains may hold: in all, and before only accounts with a proved name get more."""

    most: int
    open_to_all: int


def share_of_unproved(limit: int, settings: Settings) -> Share:
    """Of a quota of `limit` zones. It is never nothing, or a small quota would let nobody begin."""
    most = max(1, int(limit * settings.unverified_zones_percent / 100))
    return Share(most, max(1, int(most * _open_part(settings))))
