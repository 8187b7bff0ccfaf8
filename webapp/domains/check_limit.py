"""The limit on how often a customer may request a check of one domain. The database counts, for all processes."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import or_, update

from webapp.config.settings import Settings
from webapp.domains.suspension_notice import contact_address
from webapp.extensions import db
from webapp.extensions import settings as configured
from webapp.jobs.clock import SKEW
from webapp.models import (
    LLMClientCustomDomain,
)


@dataclass(frozen=True)
class TooSoon:
    seconds: int

    @property
    def sentence(self) -> str:
        return f"You can check again in {self.seconds} s."


@dataclass(frozen=True)
class NotReady:
    """The domain cannot be checked now; `sentence` says why."""

    sentence: str


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
    contact = contact_address(configured())
    return f"{domain.domain_name} is suspended, so that nothing about it can be changed. Contact {contact}."
