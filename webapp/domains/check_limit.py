"""How often a customer may ask for a check of one domain, held by the database in every process alike."""

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
    """There is nothing to check yet, or nothing any more."""

    sentence: str


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


def why_suspended(domain: LLMClientCustomDomain) -> str:
    """Why nothing but the removal is possible."""
    contact = contact_address(configured())
    return f"{domain.domain_name} is on hold, so that nothing about it can be changed. Contact {contact}."
