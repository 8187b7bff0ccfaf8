"""The limits on the claims of an account: how often one is checked, how many may wait for a proof, and how many zones
they may take. The database counts, for all processes.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import NamedTuple

from sqlalchemy import or_, update

from webapp.config.settings import Settings
from webapp.dns import names
from webapp.domains import queries
from webapp.extensions import db
from webapp.extensions import settings as configured
from webapp.jobs.clock import SKEW
from webapp.messages.formatting import shown
from webapp.models import Account, LLMClientCustomDomain, Method


@dataclass(frozen=True)
class TooSoon:
    seconds: int
    code = "too-soon"

    @property
    def sentence(self) -> str:
        return f"You can check again in {self.seconds} s."


@dataclass(frozen=True)
class NotReady:
    """The domain cannot be checked now; `sentence` says why."""

    sentence: str
    code: str = "not-ready"


def take_turn(domain: LLMClientCustomDomain, interval: int, now: datetime) -> bool:
    """Whether this request may go on: a compare-and-set on `check_requested_at`.

    Of two requests at the same moment, one gets True.
    """
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
    """Seconds until the customer may request the next check; 0 when one may be requested now."""
    if domain.check_requested_at is None:
        return 0
    passed = (now - domain.check_requested_at).total_seconds()
    if passed < -SKEW.total_seconds():
        return 0
    return max(0, int(settings.check_button_interval_seconds - passed + 0.999))


def why_suspended(domain: LLMClientCustomDomain) -> str:
    """The sentence for people who try to change a suspended domain. They can only remove it."""
    contact = configured().contact
    return f"{shown(domain.domain_name)} is suspended, so that nothing about it can be changed. Contact {contact}."


def too_many_zones(
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
            f"Register the next one tomorrow, or contact {settings.contact} for more."
        )
    else:
        return None
    return _refusal("too-many", sentence)


def no_room(account: Account, settings: Settings, method: Method) -> names.Refusal | None:
    """The limits on domains that were never verified, and on their zones. Call it under the account's lock.

    Anybody may register a name that is not theirs, and each may take one of the zones that AWS allows. Without these
    limits one account could take all of them, so that nobody else could register anything.
    """
    unproved = queries.unproved_of(account)
    waiting = too_many_waiting(unproved, settings)
    return waiting or (no_zone(account, settings, unproved) if method.has_zone else None)


def no_zone(account: Account, settings: Settings, unproved: queries.Unproved) -> names.Refusal | None:
    """The limits on zones alone, for a claim that waits for its proof already and gets its first zone."""
    return _too_many_leaving(unproved, settings) or _no_zone_left(account, settings)


def too_many_waiting(unproved: queries.Unproved, settings: Settings) -> names.Refusal | None:
    most = settings.unverified_per_account
    if unproved.waiting < most:
        return None
    sentence = (
        f"{unproved.waiting} domains of this account are registered and not verified yet; {most} is the most at a "
        "time. Verify or remove one of them, and then try again."
    )
    return _refusal("too-many-unverified", sentence)


def _too_many_leaving(unproved: queries.Unproved, settings: Settings) -> names.Refusal | None:
    """A zone stays while its parent lists one of its name servers, so that who removes names could keep them all."""
    if unproved.leaving < settings.unverified_per_account:
        return None
    sentence = (
        f"The zones of {unproved.leaving} domains that this account removed are not deleted yet. The page of each "
        "says what it waits for, such as records to delete at your DNS provider. Try again when one zone is gone."
    )
    return _refusal("too-many-leaving", sentence)


def _no_zone_left(account: Account, settings: Settings) -> names.Refusal | None:
    """The limits of all accounts together, and what is kept for accounts that have proved a name.

    Until AWS has told its quota they refuse nobody; a zone for which AWS has no room is parked.
    Two accounts that register at the same moment may pass a limit by one, because only the account is locked.
    """
    proved, quota = queries.has_proved(account), queries.zone_quota()
    if quota.limit is None:
        return None
    if not _share_is_taken(quota.limit, settings, proved=proved) and (
        proved or quota.used < quota.limit * (1 - settings.zones_for_proved_percent / 100)
    ):
        return None
    others = "" if proved else " from accounts that have not verified one yet"
    step = "Verify a domain that you have registered, try" if queries.unproved_of(account).waiting else "Try"
    sentence = (
        f"Too many domains wait to be verified, so we take no new ones{others} at the moment. {step} again tomorrow, "
        f"or contact {settings.contact}."
    )
    return _refusal("no-room", sentence)


def _share_is_taken(limit: int, settings: Settings, *, proved: bool) -> bool:
    share = share_of_unproved(limit, settings)
    most = share.most if proved else share.open_to_all
    return queries.unproved_zones(most) >= most


class Share(NamedTuple):
    """The zones that unverified domains may hold: in all, and before only accounts with a proved name get more."""

    most: int
    open_to_all: int


def share_of_unproved(limit: int, settings: Settings) -> Share:
    """Of a quota of `limit` zones. It is never nothing, or a small quota would let nobody begin."""
    most = max(1, int(limit * settings.unverified_zones_percent / 100))
    return Share(most, max(1, int(most * (1 - settings.zones_for_proved_percent / 100))))


def _refusal(reason: str, sentence: str) -> names.Refusal:
    return names.Refusal(names.RefusalCode.TOO_MANY, reason, sentence)
