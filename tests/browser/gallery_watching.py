"""A domain whose check runs, as far as its worker has told."""

from __future__ import annotations

from datetime import timedelta

from tests.factories import make_domain, make_zone
from webapp.audit.log import note
from webapp.checks.watch.progress import Line, Progress
from webapp.extensions import db
from webapp.models import Account, Check, CheckOrigin, CheckStatus, EventKind, Message, utcnow
from webapp.stores import cache

LINES = (
    Line("parent", "ns1.seaside-hotel.example", outcome="REFERRAL", ms=12, found=4, wanted=4),
    Line("parent", "ns2.seaside-hotel.example", outcome="NXDOMAIN", ms=31, found=0, wanted=4),
    Line("parent", "ns3.seaside-hotel.example", asking=True),
    Line("parent", "ns4.seaside-hotel.example", outcome="TIMEOUT", ms=3004),
    *(Line("ours", f"ns-{number}.awsdns-00.com", outcome="NOERROR", ms=4) for number in range(3)),
    Line("ours", "ns-9.awsdns-00.com", asking=True),
    Line("resolver", "127.0.0.1:53", outcome="NOERROR", ms=2),
)


def of_watching(account: Account) -> dict[str, int]:
    now = utcnow()
    domain = make_domain(account, "chat.seaside-hotel.example")
    make_zone(domain)
    note(domain, EventKind.REGISTERED, Message("domain.registered", {"name": domain.domain_name}))
    check = Check(
        custom_domain=domain, origin=CheckOrigin.CUSTOMER, status=CheckStatus.RUNNING, started_at=now
    )
    db.session.add(check)
    db.session.flush()
    tell(check.id, *LINES)
    return {"watched": domain.id}


def tell(check_id: int, *lines: Line) -> None:
    """As a worker that does not end, so that the page looks the same for as long as a gallery is looked at."""
    now = utcnow()
    cache.set(f"check-progress:{check_id}", Progress(check_id, now + timedelta(days=1), lines).to_data(), 0)
