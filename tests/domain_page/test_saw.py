"""“What we saw”: every fact that an engineer looks for, and no longer than its questions."""

from __future__ import annotations

import asyncio

from flask.testing import FlaskClient

from tests.dns.delegation.cases import OURS, world
from tests.domain_page.pages import page_of
from tests.factories import make_checked, make_domain, make_zone
from tests.page_lint import elements, text_of, with_id
from webapp.dns.delegation import verify
from webapp.models import Account, utcnow
from webapp.proofs.delegation.expectation import expectation_of

HOST, PARENT = "chat.acme.com", "ns1.acme.com"


def test_records_in_the_way_are_shown_and_dig_lines_are_folded(
    browser: FlaskClient, account: Account
) -> None:
    domain = make_domain(account, HOST)
    make_zone(domain, name_servers=list(OURS))
    dns, acme = world(delegated=())
    records = {"A": "203.0.113.7", "TXT": '"v=spf1 include:mail.example -all"', "MX": "10 mail.acme.com"}
    for rdtype, value in records.items():
        acme.put(HOST, rdtype, value)
    seen = asyncio.run(verify(expectation_of(domain), dns, utcnow()))
    make_checked(domain, seen)
    saw = with_id(page_of(browser, domain), "saw")
    assert saw is not None
    (cells,) = [
        [text_of(cell) for cell in elements(row, "td")]
        for row in elements(saw, "tr")
        if f"{HOST} A " in f"{text_of(row)} " and PARENT in text_of(row)
    ]
    assert "203.0.113.7" in cells[3]
    for value in records.values():
        assert value in text_of(saw)
    rows = [row for table in elements(saw, "tbody") for row in elements(table, "tr")]
    assert len(rows) == len(seen.asked)
    folded = [one for one in elements(saw, "details") if one.get("class") == "dig"]
    assert [one.get("open") for one in folded] == [None] * len(folded)
    lines = [
        line for one in folded for pre in elements(one, "pre") for line in text_of(pre).split("dig ")[1:]
    ]
    assert len(lines) == sum(bool(one.dig) for one in seen.asked)
