"""What the gallery's live names look like from outside."""

from __future__ import annotations

from datetime import timedelta

from webapp.extensions import db
from webapp.models import LLMClientCustomDomain, Message, Probe, ProbeOutcome, utcnow

#: What each outcome says besides the name.
SEEN: dict[ProbeOutcome, dict[str, object]] = {
    ProbeOutcome.LIVE: {"address": "45.76.10.1", "edge": True},
    ProbeOutcome.POINTS_ELSEWHERE: {
        "address": "198.51.100.7",
        "edge": False,
        "addresses": 2,
        "status": 404,
        "server": "Apache/2.4.62 (Debian)",
    },
}


def seen(domain: LLMClientCustomDomain, outcome: ProbeOutcome) -> None:
    """The domain was looked at a moment ago, and was live before."""
    now = utcnow()
    db.session.add(
        Probe(
            custom_domain_id=domain.id,
            seen=Message(outcome, {"name": domain.domain_name, **SEEN[outcome]}),
            seen_at=now - timedelta(minutes=3),
            address=str(SEEN[outcome]["address"]),
            issuer="Let's Encrypt, R11",
            certificate_ends_at=now + timedelta(days=61),
            milliseconds=84,
            first_live_at=now - timedelta(days=9),
            next_probe_at=now + timedelta(hours=20),
        )
    )
