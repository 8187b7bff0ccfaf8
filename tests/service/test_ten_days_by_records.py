"""Ten days in the life of a name that is proved by records, without AWS: told by its e-mails and by its history."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
import time_machine

from tests.app_fixtures import make_app
from tests.servers.smtp import Mailbox
from tests.service.ten_days import HOST, START, World, history, mails
from webapp.domains import transitions
from webapp.extensions import db
from webapp.models import LLMClientCustomDomain, TargetState

LABEL = f"_nameplate-challenge.{HOST}"
MAILS: list[tuple[str, str]] = []
HISTORY: list[tuple[str, str, str]] = []


@pytest.fixture
def world(
    database_url: str,
    mailbox: Mailbox,
    tmp_path: Path,
    queued: list[tuple[str, tuple[object, ...]]],
    monkeypatch: pytest.MonkeyPatch,
    leases_by_our_clock: None,
) -> Iterator[World]:
    app = make_app(
        tmp_path,
        database_url=database_url,
        mail_url=mailbox.url,
        methods=["records"],
        edge_domain="edge.platform.example",
        edge_target=["203.0.113.10"],
        live_check_hours_min=6,
        live_check_hours_max=6,
    )
    monkeypatch.setattr(transitions.pause, "__defaults__", (lambda least, _most: least,))
    with app.app_context(), time_machine.travel(START + timedelta(hours=8), tick=False) as clock:
        yield World(app, clock, queued)
        db.session.remove()
        db.engine.dispose()


def served() -> bool:
    return LLMClientCustomDomain.get_verified_domains() == [HOST]


@pytest.mark.timeout(600)
def test_ten_days_by_records(world: World, mailbox: Mailbox) -> None:
    world.dns.zone("edge.platform.example", "ns1.edge.platform.example")
    world.until(1, "09:00")
    world.press("register", domain_name=HOST, llm_client=str(world.llm_client_id))
    proof = world.proof()
    token, target = f'"{proof.token}"', proof.target
    assert proof.state is TargetState.PUBLISHED
    world.type_in("A", "198.51.100.99")  # the site that is there today
    world.until(1, "09:05")
    world.type_in("TXT", f'"{proof.token[:-1]}"', name=LABEL)
    world.press("1/checks")
    world.until(1, "09:40")
    world.type_in("TXT", token, name=LABEL)
    world.press("1/checks")
    assert not served()

    world.until(2, "12:00")
    world.type_in("A")
    world.type_in("CNAME", target)
    world.press("1/checks")
    assert served()

    world.until(3, "12:00")
    world.type_in("TXT", name=LABEL)
    world.until(3, "21:00")
    assert served()
    world.type_in("TXT", token, name=LABEL)
    world.press("1/checks")

    world.until(4, "12:00")
    world.type_in("CNAME", "parked.example.net")
    world.until(9, "12:00")
    assert served()
    world.until(12, "12:00")
    assert not served()
    world.type_in("CNAME", target)
    world.press("1/checks")
    assert served()

    world.until(13, "09:00")
    world.press("1/remove")
    assert not served()
    assert world.proof().state is TargetState.WITHDRAWN
    world.until(13, "10:00")
    world.type_in("CNAME")
    world.type_in("TXT", name=LABEL)
    world.press("1/checks")
    world.until(14, "00:00")

    assert mails(mailbox) == MAILS
    assert history() == HISTORY
