"""Which names are looked at, by turns between accounts."""

from __future__ import annotations

from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import select

from tests.factories import make_account, make_domain, make_llm_client
from webapp.extensions import db
from webapp.live import queries
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


@pytest.mark.parametrize("most", [20_000, 0])
def test_due_rows(app: Flask, monkeypatch: pytest.MonkeyPatch, most: int) -> None:
    """By turns between accounts, unless the queue is very long."""
    monkeypatch.setattr(queries, "MOST_IN_TURNS", most)
    many, few = make_account("Many"), make_account("Few")
    many_ids = [probed(many, f"n{number}.acme.test", 60 - number) for number in range(3)]
    few_id = probed(few, "few.acme.test", 1)
    probed(few, "later.acme.test", -1)
    found = queries.due(NOW, 2)
    assert sorted(found) == sorted([many_ids[0], few_id] if most else many_ids[:2])
    assert len(queries.due(NOW, 10)) == 4


def test_counts_are_by_outcome_of_those_that_are_looked_at(account: Account) -> None:
    probed(account, "a.acme.test", 1, ProbeOutcome.LIVE)
    probed(account, "b.acme.test", 1, ProbeOutcome.LIVE)
    probed(account, "c.acme.test", 1)
    probed(account, "d.acme.test", 1, ProbeOutcome.PROXIED)
    gone = db.session.scalars(select(Probe).where(Probe.outcome_code == ProbeOutcome.PROXIED)).one()
    gone.next_probe_at = None
    db.session.commit()
    assert queries.counts() == {ProbeOutcome.LIVE: 2, None: 1}
