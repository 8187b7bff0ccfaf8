"""A certificate that CAA forbids is told of before the name is registered."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import cast

import pytest
from flask import Flask
from flask.testing import FlaskClient

from tests.app_fixtures import make_app, make_tables, sign_in
from tests.factories import make_account, make_user
from tests.page_lint import elements, parse, text_of, with_id
from tests.twins.dns import Fault, MemoryDns
from webapp.dns import names
from webapp.domain_page.proving.foretold import foretold
from webapp.extensions import db, settings

HOST = names.HostName("chat.acme.com")


@pytest.fixture
def app(tmp_path: Path) -> Iterator[Flask]:
    edge = {"edge_domain": "edge.platform.example", "edge_target": ["45.76.10.1"]}
    app = make_app(tmp_path, methods=["delegation", "records"], **edge)
    with app.app_context():
        make_tables()
        yield app
        db.session.remove()
        db.engine.dispose()


@pytest.fixture
def dns(app: Flask) -> MemoryDns:
    dns = cast("MemoryDns", app.extensions["dns"])
    dns.zone("acme.com", "ns1.acme.com", "ns2.acme.com").put("acme.com", "CAA", '0 issue "letsencrypt.org"')
    return dns


def test_page_names_the_record_to_add_before_anything_is_registered(
    client: FlaskClient, dns: MemoryDns
) -> None:
    browser = sign_in(client, make_user(account=make_account()))
    told = first_step(browser)
    page = parse(told)
    assert text_of(with_id(page, "foretold")) == "A certificate would be refused today"
    assert "The CAA record at acme.com allows only letsencrypt.org" in text_of(page)
    record = next(one for one in elements(page, "dl") if "data-caa-record" in one.attrib)
    assert '0 issue "amazon.com"' in [one.get("data-copy") for one in elements(record, "button")]


def first_step(browser: FlaskClient) -> str:
    data = {"domain_name": HOST.ascii, "llm_client": "", "method": ""}
    return browser.post("/domains/register", data=data).text


def test_nothing_is_told_where_it_is_allowed_or_unknown_or_the_edge_gets_it(dns: MemoryDns) -> None:
    assert foretold(HOST, settings(), dns) is not None
    by_edge = settings().model_copy(update={"certificates": "edge"})
    assert foretold(HOST, by_edge, dns) is None
    for server in dns.recursive:
        server.fault = Fault.SERVFAIL
    assert foretold(HOST, settings(), dns) is None


def test_nothing_is_told_where_amazon_is_allowed(dns: MemoryDns) -> None:
    zone = dns.server("ns1.acme.com").zones["acme.com"]
    zone.put("acme.com", "CAA", '0 issue "letsencrypt.org"', '0 issue "amazon.com"')
    assert foretold(HOST, settings(), dns) is None
