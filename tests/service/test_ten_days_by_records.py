"""Ten days in the life of a name that is proved by records, without AWS: told by its e-mails and by its history."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
import time_machine

from tests.app_fixtures import make_app
from tests.servers.smtp import Mailbox
from tests.service.ten_days import HOST, START, WE, YOU, World, history, mails
from webapp.domains.rules import transitions
from webapp.extensions import db
from webapp.models import LLMClientCustomDomain, TargetState

LABEL = f"_nameplate-challenge.{HOST}"
MAILS = [
    ("day  1 09:20", "Action needed: chat.acme.com has none of its 2 records"),
    ("day  2 12:00", "Verified: chat.acme.com leads to us"),
    ("day  3 18:10", "Failing: chat.acme.com is switched off on 11 November"),
    ("day  3 21:00", "Verified: chat.acme.com leads to us again"),
    ("day  4 15:10", "Failing: chat.acme.com is switched off on 12 November"),
    (
        "day  8 03:10",
        "Half the time left: chat.acme.com is off from 12 November",
    ),
    (
        "day 10 15:10",
        "Last day: chat.acme.com is switched off on 12 November",
    ),
    ("day 11 15:20", "Off: chat.acme.com is no longer served"),
    ("day 12 12:00", "Verified: chat.acme.com leads to us again"),
    ("day 13 10:00", "Removed: chat.acme.com"),
]
HISTORY = [
    ("day  1 09:00", YOU, "chat.acme.com was registered."),
    (
        "day  1 09:01",
        WE,
        (
            "In acme.com, add our TXT record named “_nameplate-challenge.chat”. It proves that "
            "chat.acme.com is yours, and changes nothing for its visitors."
        ),
    ),
    ("day  1 09:05", YOU, "A check was requested."),
    (
        "day  1 09:05",
        WE,
        (
            "In acme.com, correct the value of the TXT record “_nameplate-challenge.chat”. A part "
            "of our token is missing."
        ),
    ),
    ("day  1 09:40", YOU, "A check was requested."),
    (
        "day  1 09:40",
        WE,
        (
            "To switch, replace the A record “chat” in acme.com by our CNAME record. The name is "
            "reserved for you: switch when you like."
        ),
    ),
    ("day  2 12:00", YOU, "A check was requested."),
    (
        "day  2 12:00",
        WE,
        (
            "chat.acme.com is verified. Our TXT record “_nameplate-challenge.chat” is in acme.com,"
            " and the name leads to us."
        ),
    ),
    (
        "day  2 12:00",
        WE,
        "chat.acme.com is verified: our TXT record is in acme.com, and the name leads to us.",
    ),
    (
        "day  3 18:00",
        WE,
        (
            "In acme.com, put our TXT record named “_nameplate-challenge.chat” back. It was there "
            "before, and is gone."
        ),
    ),
    (
        "day  3 18:10",
        WE,
        ("Nothing proves chat.acme.com any more. It is still served until 11 November 2026, 18:10 UTC."),
    ),
    ("day  3 21:00", YOU, "A check was requested."),
    (
        "day  3 21:00",
        WE,
        (
            "chat.acme.com is verified. Our TXT record “_nameplate-challenge.chat” is in acme.com,"
            " and the name leads to us."
        ),
    ),
    (
        "day  3 21:00",
        WE,
        "chat.acme.com is verified: our TXT record is in acme.com, and the name leads to us.",
    ),
    (
        "day  4 15:00",
        WE,
        (
            "In acme.com, correct the CNAME record “chat”. It leads to a name that does not exist."
            " It leads to “parked.example.net”."
        ),
    ),
    (
        "day  4 15:10",
        WE,
        ("chat.acme.com no longer leads to us. It is still served until 12 November 2026, 15:10 UTC."),
    ),
    ("day 11 15:20", WE, "chat.acme.com is no longer served, because it did not lead back to us in time."),
    ("day 12 12:00", YOU, "A check was requested."),
    (
        "day 12 12:00",
        WE,
        (
            "chat.acme.com is verified. Our TXT record “_nameplate-challenge.chat” is in acme.com,"
            " and the name leads to us."
        ),
    ),
    (
        "day 12 12:00",
        WE,
        "chat.acme.com is verified: our TXT record is in acme.com, and the name leads to us.",
    ),
    ("day 13 09:00", YOU, "chat.acme.com no longer leads to Sales."),
    ("day 13 09:00", YOU, "chat.acme.com is being removed."),
    ("day 13 10:00", YOU, "A check of the records was requested."),
    ("day 13 10:00", WE, "chat.acme.com was removed."),
]


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
@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
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
