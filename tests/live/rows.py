"""Names that are looked at, each with its row."""

from __future__ import annotations

from datetime import timedelta

from tests.factories import make_domain, make_llm_client
from webapp.extensions import db
from webapp.models import Account, DomainState, Message, Probe, ProbeOutcome, utcnow

NOW = utcnow()


def probed(account: Account, name: str, minutes: float, outcome: ProbeOutcome | None = None) -> int:
    """A row that has been due for so many minutes."""
    domain = make_domain(account, name, DomainState.VERIFIED)
    make_llm_client(account, name=name.partition(".")[0], custom_domain=domain, deployed=True)
    probe = Probe(custom_domain_id=domain.id, next_probe_at=NOW - timedelta(minutes=minutes))
    probe.seen = Message(outcome) if outcome else None
    db.session.add(probe)
    db.session.commit()
    return probe.id
