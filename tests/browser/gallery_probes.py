"""What the gallery's live names look like from outside."""

from __future__ import annotations

from datetime import timedelta

from webapp.extensions import db
from webapp.models import LLMClientCustomDomain, Message, Probe, ProbeOutcome, utcnow

#: What each outcome says besides the name.
SEEN: dict[ProbeOutcome, dict[str, object]] = {
    ProbeOutcome.LIVE: {"address": "45.76.10.1", "edge": True, "status": 200},
    ProbeOutcome.POINTS_ELSEWHERE: {
        "address": "198.51.100.7",
        "edge": False,
        "addresses": 2,
        "status": 404,
        "server": "Apache/2.4.62 (Debian)",
    },
}


def seen(
    domain: LLMClientCustomDomain, outcome: ProbeOutcome, live_for: timedelta = timedelta(days=9)
) -> None:
    """The domain was looked at a moment ago, and was live before. It commits first: the look that is due once a name
    is verified is written with that.
    """
    db.session.commit()
    now = utcnow()
    probe = domain.probe or Probe(custom_domain_id=domain.id)
    probe.seen = Message(outcome, {"name": domain.domain_name, **SEEN[outcome]})
    probe.seen_at = now - timedelta(minutes=3)
    probe.address = str(SEEN[outcome]["address"])
    probe.issuer = "Let's Encrypt, R11"
    probe.certificate_ends_at = now + timedelta(days=61)
    probe.milliseconds = 84
    probe.first_live_at = now - live_for
    probe.next_probe_at = now + timedelta(hours=20)
    db.session.add(probe)
