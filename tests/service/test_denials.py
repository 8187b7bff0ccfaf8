"""The deny list on both databases: what an index must answer, and two who deny one name at once."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import select

from tests.app_fixtures import make_app
from tests.factories import make_account, make_domain
from webapp.audit.log import COMMAND
from webapp.dns import names
from webapp.domains import deny_list, listing, suspension
from webapp.extensions import db
from webapp.models import DeniedName, DomainState, LLMClientCustomDomain, ValidationError, utcnow
from webapp.staff.queries import search

pytestmark = pytest.mark.service
HOST = "chat.acme.com"


@pytest.fixture
def app(empty_database_url: str, tmp_path: Path) -> Iterator[Flask]:
    app = make_app(tmp_path, database_url=empty_database_url)
    with app.app_context():
        db.create_all()
        yield app
        db.session.remove()
        db.engine.dispose()


def deny(name: str, *, below: bool = False) -> DeniedName | str:
    return deny_list.deny(names.HostName(name), below=below, reason="x", actor=COMMAND, now=utcnow())


def test_entry_that_came_first_breaks_no_hold(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    domain = make_domain(make_account(), HOST, DomainState.VERIFIED)
    deny(HOST)
    db.session.commit()
    with monkeypatch.context() as patch:
        patch.setattr(deny_list, "covering", lambda _name: None)
        assert deny(HOST) == "Somebody else has just put chat.acme.com on the list."
        assert suspension.suspend(domain, actor=COMMAND, reason="x", now=utcnow(), deny=True) is None
    db.session.commit()
    db.session.expire_all()
    assert domain.held_at is not None
    assert len(db.session.scalars(select(DeniedName)).all()) == 1


def test_names_are_found_under_and_above_an_entry(app: Flask) -> None:
    account = make_account()
    under = [make_domain(account, name) for name in (HOST, "a.chat.acme.com")]
    make_domain(account, "chat.other.com")
    entry = deny("acme.com", below=True)
    assert isinstance(entry, DeniedName)
    assert list(search.domains_that(deny_list.affected(entry), None, 10)) == under[::-1]
    assert list(search.find_denied("x.y.acme.com", None, 10)) == [entry]
    assert list(search.find_denied("ac", None, 10)) == [entry]
    with pytest.raises(ValidationError, match="we do not serve"):
        LLMClientCustomDomain(account_id=account.id, domain_name="new.acme.com").save()


def test_names_on_hold_are_a_group_of_the_list(app: Flask) -> None:
    account = make_account()
    held = make_domain(account, HOST, DomainState.FAILING)
    suspension.suspend(held, actor=COMMAND, reason="x", now=utcnow())
    assert listing.listed(account, "", listing.Show.SUSPENDED, None, 10).domains == [held]
    assert listing.attention(account).suspended == [held]
    assert listing.counts(account)[listing.Show.ACTION] == 0
