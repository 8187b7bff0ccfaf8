"""How many names were seen how."""

from __future__ import annotations

from sqlalchemy import select

from tests.live.rows import probed
from webapp.extensions import db
from webapp.live import queries
from webapp.models import Account, Probe, ProbeOutcome


def test_counts_are_by_outcome_of_those_that_are_looked_at(account: Account) -> None:
    probed(account, "a.acme.test", 1, ProbeOutcome.LIVE)
    probed(account, "b.acme.test", 1, ProbeOutcome.LIVE)
    probed(account, "c.acme.test", 1)
    probed(account, "d.acme.test", 1, ProbeOutcome.PROXIED)
    gone = db.session.scalars(select(Probe).where(Probe.outcome_code == ProbeOutcome.PROXIED)).one()
    gone.next_probe_at = None
    db.session.commit()
    assert queries.counts() == {ProbeOutcome.LIVE: 2, None: 1}
