"""What staff's overview plots: names of a busy month and their checks, of an account that no other page is about."""

from __future__ import annotations

from datetime import timedelta

from tests.factories import make_account, make_domain
from webapp.audit.log import note
from webapp.dns.delegation import Verdict
from webapp.extensions import db
from webapp.health import status
from webapp.models import (
    Check,
    CheckOrigin,
    CheckStatus,
    DomainState,
    EventKind,
    LLMClientCustomDomain,
    Message,
    utcnow,
)

_MOSTLY = (Verdict.VERIFIED,) * 6
_VERDICTS = (
    *_MOSTLY,
    Verdict.NOT_DELEGATED,
    Verdict.NOT_DELEGATED,
    Verdict.NS_MISTYPED,
    Verdict.PARENT_UNREACHABLE,
)
#: Names on each day, and checks in each hour, the newest first.
_A_DAY = (2, 1, 3, 0, 0, 1, 2, 4, 1, 2, 0, 0, 3, 1)
_AN_HOUR = (3, 9, 12, 14, 8, 6, 5, 2, 0, 1, 2, 2, 5, 7, 9, 11, 12, 10, 6, 4, 3, 3, 2, 4)


def busy_month() -> None:
    account, now = make_account("Busy Hosting"), utcnow()
    made: list[LLMClientCustomDomain] = []
    for days, count in enumerate(_A_DAY):
        for number in range(count):
            began, proved = now - timedelta(days=days, hours=1, minutes=number), bool(number % 3)
            domain = make_domain(
                account,
                f"chat{days}-{number}.busy.example.net",
                DomainState.VERIFIED if proved else DomainState.PENDING,
                created_at=began,
                verified_at=began + timedelta(minutes=40) if proved else None,
                last_checked_at=now - timedelta(minutes=1),
                verdict=Verdict.VERIFIED if proved else Verdict.NOT_DELEGATED,
            )
            told = {"name": domain.domain_name}
            note(domain, EventKind.REGISTERED, Message("domain.registered", told)).created_at = began
            if proved:
                seen = note(
                    domain,
                    EventKind.VERDICT_CHANGED,
                    Message("check.requested"),
                    evidence={"verdict": Verdict.DELEGATION_PARTIAL},
                )
                seen.created_at = began + timedelta(minutes=25 + number)
            made.append(domain)
    checks = [(hours, number) for hours, count in enumerate(_AN_HOUR) for number in range(count)]
    for place, (hours, number) in enumerate(reversed(checks)):
        at = now - timedelta(hours=hours, minutes=1 + number)
        pressed = place % 9 == 0
        db.session.add(
            Check(
                custom_domain=made[place % len(made)],
                origin=CheckOrigin.CUSTOMER if pressed else CheckOrigin.SCHEDULE,
                status=CheckStatus.DONE,
                verdict=_VERDICTS[place % len(_VERDICTS)],
                created_at=at,
                updated_at=at + timedelta(seconds=0.4 + place % 7 / 5),
                started_at=at + timedelta(seconds=0.2) if pressed else None,
                finished_at=at + timedelta(seconds=1.1) if pressed else None,
            )
        )
    status.note_facts(status.Component.ZONE_QUOTA, {"limit": 500, "used": 412}, now)
    status.note_ok(status.Component.ZONE_QUOTA, now)
