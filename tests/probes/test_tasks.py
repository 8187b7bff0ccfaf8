"""The background work, with the visits replaced by what a test wants to be seen."""

from __future__ import annotations

from dataclasses import replace

import pytest
from flask import Flask
from sqlalchemy import delete, select

from tests.factories import make_domain, make_llm_client
from tests.probes.seeing import NOW, row
from webapp.dns.resolver import Dns
from webapp.extensions import db, settings
from webapp.jobs.places import FOR_ASKED_PROBES, FOR_PROBES
from webapp.messages.sentences.probes import who_acts
from webapp.models import DomainState, LLMClientCustomDomain, Method, Probe, ProbeOutcome, utcnow
from webapp.models.outside import WhoActs
from webapp.probes import lifecycle, tasks
from webapp.probes.visits.facts import Facts, Reached, Reply, Trust, Visit
from webapp.probes.visits.look import Name

Queued = list[tuple[str, tuple[object, ...]]]
LIVE = Visit("203.0.113.80", Reached.CONNECTED, Trust.TRUSTED, None, Reply(200, ours=True))


@pytest.fixture(autouse=True)
def looked_at(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The names that were looked at; each is live, but those of `broken` and `strange`, whose look is a fault
    of ours. Of `gone` nothing is left after the look.
    """
    seen: list[str] = []

    async def look(name: Name, _dns: Dns, _settings: object) -> Facts:
        seen.append(name.name)
        if name.name.startswith("broken"):
            raise OSError("no authority")
        if name.name.startswith("strange"):
            raise OverflowError("what nobody has thought of")
        if name.name.startswith("gone"):
            db.session.execute(delete(Probe).where(Probe.custom_domain_id == name.domain_id))
            db.session.commit()
        return Facts(name.name, "/", resolved=True, visits=(LIVE,))

    monkeypatch.setattr(tasks, "look", look)
    return seen


def served(domain: LLMClientCustomDomain, name: str) -> LLMClientCustomDomain:
    other = make_domain(domain.account, name, DomainState.VERIFIED)
    make_llm_client(domain.account, name=name.partition(".")[0], custom_domain=other, deployed=True)
    lifecycle.look_soon(other, utcnow() - lifecycle.SOON)
    db.session.commit()
    return other


def test_all_that_is_due_is_looked_at(
    domain: LLMClientCustomDomain, looked_at: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    names = [served(domain, f"n{number}.acme.test").domain_name for number in range(5)]
    monkeypatch.setattr(tasks, "CLAIMED", 2)
    tasks.probe_due()
    assert sorted(looked_at) == sorted(names)
    outcomes = db.session.scalars(select(Probe.outcome_code)).all()
    assert outcomes == [ProbeOutcome.LIVE] * 5
    tasks.probe_due()
    assert len(looked_at) == 5


@pytest.mark.parametrize("which", ["broken", "strange"])
def test_fault_of_ours_in_one_look_is_no_verdict_and_keeps_no_other(
    domain: LLMClientCustomDomain, which: str
) -> None:
    broken, other = served(domain, f"{which}.acme.test"), served(domain, "other.acme.test")
    tasks.probe_due()
    assert row(broken).outcome is ProbeOutcome.NOT_ASKED
    assert row(other).outcome is ProbeOutcome.LIVE


def test_name_that_is_gone_when_it_was_seen_keeps_no_other(
    domain: LLMClientCustomDomain, looked_at: list[str]
) -> None:
    served(domain, "gone.acme.test")
    other = served(domain, "other.acme.test")
    tasks.probe_due()
    assert len(looked_at) == 2
    assert row(other).outcome is ProbeOutcome.LIVE


@pytest.mark.parametrize(("method", "turn"), [(Method.DELEGATION, "we"), (Method.RECORDS, "you")])
def test_judge_is_told_whose_the_records_and_the_addresses_are(
    domain: LLMClientCustomDomain, method: Method, turn: WhoActs, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def look(name: Name, _dns: Dns, _settings: object) -> Facts:
        return Facts(
            name.name, "/", resolved=True, visits=(replace(LIVE, address="198.51.100.7", reply=Reply(404)),)
        )

    monkeypatch.setattr(tasks, "look", look)
    domain.method = method
    served(domain, "other.acme.test")
    lifecycle.look_soon(domain, utcnow() - lifecycle.SOON)
    db.session.commit()
    tasks.probe_due()
    message = row(domain).seen
    assert message is not None
    assert message.params["edge"] is False
    assert who_acts(message) == turn


def test_sweep_wakes_a_worker_if_anything_is_due(domain: LLMClientCustomDomain, queued: Queued) -> None:
    tasks.sweep_probes()
    assert queued == []
    served(domain, "other.acme.test")
    tasks.sweep_probes()
    assert queued == [("probe_due", ())]


def test_name_that_somebody_waits_for(
    domain: LLMClientCustomDomain, queued: Queued, looked_at: list[str]
) -> None:
    assert lifecycle.look_now(domain, settings(), utcnow()) is None
    db.session.commit()
    with FOR_ASKED_PROBES:
        tasks.probe_name(domain.id)
    assert queued == [("probe_due", ())], "while the place is taken it waits for its turn"
    tasks.probe_name(domain.id)
    assert looked_at == [domain.domain_name]
    tasks.probe_name(domain.id)
    assert looked_at == [domain.domain_name], "it is not due any more"


def test_second_thread_leaves_the_work_to_the_first(
    domain: LLMClientCustomDomain, looked_at: list[str]
) -> None:
    served(domain, "other.acme.test")
    with FOR_PROBES:
        tasks.probe_due()
    assert looked_at == []


def test_names_that_nobody_has_looked_at_are_found(domain: LLMClientCustomDomain) -> None:
    tasks.want_probes()
    assert row(domain).next_probe_at is not None
    tasks.want_probes()
    assert len(db.session.scalars(select(Probe)).all()) == 1


def test_nothing_is_done_where_nobody_looks(
    looking: Flask, domain: LLMClientCustomDomain, queued: Queued, looked_at: list[str]
) -> None:
    lifecycle.look_soon(domain, NOW)
    db.session.commit()
    looking.extensions["settings"] = settings().model_copy(update={"edge_probes": "no"})
    tasks.sweep_probes()
    tasks.probe_name(domain.id)
    tasks.want_probes()
    assert (queued, looked_at) == ([], [])
