"""Ten days in the life of a name, told twice: by the e-mails that its people got, and by its history.

Every task runs when its time has come, on a clock that jumps from one due moment to the next. DNS and AWS are the
twins; pages, services, tasks, database and mail server are real.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
import time_machine

from tests.app_fixtures import make_app
from tests.servers.smtp import Mailbox
from tests.service.ten_days import HOST, START, WE, YOU, ServedRoute53, World, history, mails
from tests.twins.dns import Fault
from webapp.domains.rules import transitions
from webapp.extensions import db
from webapp.models import (
    LLMClientCustomDomain,
)


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
        edge_target=["203.0.113.10"],
        live_check_hours_min=6,
        live_check_hours_max=6,
    )
    app.extensions["route53"] = ServedRoute53(app.extensions["dns"])
    # Chance has no part in the story: every pause is the shortest that it may be.
    monkeypatch.setattr(transitions.pause, "__defaults__", (lambda least, _most: least,))
    with app.app_context(), time_machine.travel(START + timedelta(hours=8), tick=False) as clock:
        yield World(app, clock, queued)
        db.session.remove()
        db.engine.dispose()


ASKED = "A check was requested."
TO_ADD = (
    "In acme.com, add our four name servers as NS records named “chat”. "
    "There are no NS records for chat.acme.com yet."
)
PUT_BACK = (
    "In acme.com, put our four name servers back as NS records named “chat”. "
    "The records for chat.acme.com that were there are gone."
)
STILL_MISSING = (
    "In acme.com, add one missing value to the NS records named “chat”. "
    "ns-513.awsdns-01.net is missing; 3 of 4 are right."
)
OURS = "chat.acme.com is verified. The NS records named “chat” in acme.com are exactly ours."
RIGHT = "chat.acme.com is verified: acme.com has exactly our four NS records for it."
ISSUED = "The certificate for chat.acme.com was issued. It is valid until 19 May 2027 and renews by itself."
ROUTED = "Our name servers now lead visitors of chat.acme.com to us."
UNROUTED = "Our name servers no longer lead visitors of chat.acme.com to us."
CUT_OFF = "chat.acme.com is switched off on 10 November"

MAILS = [
    ("day  1 09:20", "Action needed: chat.acme.com has 3 of 4 records"),
    ("day  1 10:20", "Verified: chat.acme.com leads to us"),
    ("day  2 15:50", f"Failing: {CUT_OFF}"),
    ("day  6 03:50", "Half the time left: chat.acme.com is off from 10 November"),
    ("day  8 15:50", f"Last day: {CUT_OFF}"),
    ("day  9 16:00", "Off: chat.acme.com is no longer served"),
    ("day  9 20:00", "Verified: chat.acme.com leads to us again"),
    ("day 10 11:10", "Removed: chat.acme.com"),
]
HISTORY = [
    ("day  1 09:00", YOU, "chat.acme.com was registered."),
    ("day  1 09:00", WE, "The four name servers for chat.acme.com are ready."),
    ("day  1 09:01", WE, TO_ADD),
    ("day  1 09:05", YOU, ASKED),
    ("day  1 09:05", WE, STILL_MISSING),
    ("day  1 09:40", YOU, ASKED),
    ("day  1 09:40", WE, OURS),
    ("day  1 09:40", WE, RIGHT),
    ("day  1 09:40", WE, "We asked Amazon for a certificate for chat.acme.com."),
    ("day  1 09:40", WE, ROUTED),
    ("day  1 09:40", WE, ISSUED),
    ("day  2 15:40", WE, PUT_BACK),
    (
        "day  2 15:50",
        WE,
        "chat.acme.com no longer leads to us. It is still served until 10 November 2026, 15:50 UTC.",
    ),
    ("day  9 16:00", WE, "chat.acme.com is no longer served, because it did not lead back to us in time."),
    ("day  9 16:00", WE, UNROUTED),
    ("day  9 20:00", YOU, ASKED),
    ("day  9 20:00", WE, OURS),
    ("day  9 20:00", WE, RIGHT),
    ("day  9 20:00", WE, ROUTED),
    ("day 10 09:00", YOU, "chat.acme.com no longer leads to Sales."),
    ("day 10 09:00", YOU, "chat.acme.com is being removed."),
    ("day 10 09:00", WE, "The certificate for chat.acme.com was deleted."),
    ("day 10 09:00", WE, UNROUTED),
    ("day 10 10:00", YOU, "A check of the records was requested."),
    ("day 10 10:00", WE, "acme.com does not list our name servers for chat.acme.com any more."),
    ("day 10 11:10", WE, "The zone of chat.acme.com was deleted."),
    ("day 10 11:10", WE, "chat.acme.com was removed."),
]
FAILING = """\
chat.acme.com no longer leads to us (since 3 November 2026, 15:40 UTC). It
is switched off on 10 November 2026, 15:50 UTC unless the records return.

The NS records of chat.acme.com are gone at acme.com.

Put the four records below back, then press Verify.

Open the page of chat.acme.com:
http://localhost:8000/domains/1

The records to enter where acme.com is managed:

    Name:    chat  (in full chat.acme.com)
    Type:    NS
    Values:  ns-1.awsdns-01.com  (missing)
             ns-1025.awsdns-01.org  (missing)
             ns-1537.awsdns-01.co.uk  (missing)
             ns-513.awsdns-01.net  (missing)

Until 10 November 2026, 15:50 UTC we go on serving it to whoever still
reaches us.
"""


@pytest.mark.timeout(600)
def test_ten_days(world: World, mailbox: Mailbox) -> None:
    world.until(1, "09:00")
    world.press("register", domain_name=HOST, llm_client=str(world.llm_client_id))
    world.until(1, "09:05")
    ours = world.name_servers()
    world.type_in("NS", *ours[:3])
    world.press("1/checks")
    world.until(1, "09:40")
    world.type_in("NS", *ours)
    world.press("1/checks")
    assert LLMClientCustomDomain.get_verified_domains() == [HOST]

    world.until(2, "12:00")
    world.type_in("NS")
    world.until(4, "12:00")
    world.silence(Fault.SILENT)
    world.until(5, "12:00")
    world.silence(None)
    assert "PARENT_UNREACHABLE" in world.verdicts()
    assert LLMClientCustomDomain.get_verified_domains() == [HOST]

    world.until(9, "20:00")
    assert LLMClientCustomDomain.get_verified_domains() == []
    world.type_in("NS", *ours)
    world.press("1/checks")
    assert LLMClientCustomDomain.get_verified_domains() == [HOST]

    world.until(10, "09:00")
    world.press("1/remove")
    assert LLMClientCustomDomain.get_verified_domains() == []
    world.until(10, "10:00")
    world.type_in("NS")
    world.press("1/checks")
    world.until(11, "00:00")

    assert mails(mailbox) == MAILS
    assert history() == HISTORY
    text = mailbox.messages[2].get_body(("plain",))
    assert text is not None
    assert text.get_content().replace("\r\n", "\n").partition("\n-- \n")[0] == FAILING
    assert world.route53.kept == {}
