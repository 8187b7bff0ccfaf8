"""Whoever reads a long answer may be slow, and keeps no transaction open meanwhile."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from flask import Flask

from tests.factories import make_domain, make_llm_client, make_zone
from webapp.accounts.export import account_data
from webapp.audit import history, json_pieces
from webapp.audit.log import COMMAND, note
from webapp.commands.output import cut
from webapp.commands.people.lists import _account_documents
from webapp.edge.dashboard.verified_names import served_names
from webapp.extensions import db
from webapp.jobs import batches
from webapp.models import Account, DomainState, EventKind, LLMClientCustomDomain, Message, utcnow
from webapp.staff.queries import event_search
from webapp.staff.queries.event_search import Filter

COUNT = 5
Read = Callable[[Account], Iterator[object]]


def exported(account: Account) -> Iterator[object]:
    return json_pieces.pieces(account_data(account, utcnow(), for_owner=True))


def audit_log(_account: Account) -> Iterator[object]:
    return event_search.as_csv(event_search.all_events(Filter(), None))


def history_of_a_name(account: Account) -> Iterator[object]:
    domain = db.session.query(LLMClientCustomDomain).filter_by(account=account).first()
    assert domain is not None
    return history.as_csv(history.all_events_of(domain, changes=False))


def accounts(_account: Account) -> Iterator[object]:
    query = db.select(Account)
    found = cut(batches.batches(query, Account.id), None, lambda one: one.number)
    return (_account_documents(some) for some in found)


def names(_account: Account) -> Iterator[object]:
    return served_names()


@pytest.mark.parametrize("read", [exported, audit_log, history_of_a_name, accounts, names])
def test_no_transaction_is_open_while_somebody_reads(
    app: Flask, account: Account, monkeypatch: pytest.MonkeyPatch, read: Read
) -> None:
    """Each piece that needs a query of its own would begin one anew."""
    monkeypatch.setattr(batches, "ROWS", 2)
    monkeypatch.setattr(event_search, "_ROWS", 2)
    monkeypatch.setattr(json_pieces, "PIECE", 1)
    for number in range(COUNT):
        domain = make_domain(account, f"chat{number}.acme.test", DomainState.VERIFIED)
        make_zone(domain)
        make_llm_client(account, f"Bot {number}", label=f"bot-{number}", custom_domain=domain)
        said = Message("domain.registered", {"name": domain.domain_name})
        note(domain, EventKind.REGISTERED, said, COMMAND)
    db.session.commit()
    is_open = [db.session().in_transaction() for _piece in read(account)]
    # What comes before the first row is made of what the request has read.
    assert True not in is_open[is_open.index(False) :]


def test_mark_of_the_last_row_outlives_its_batch(
    app: Flask, account: Account, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The limit is reached at the end of a batch, and the row is deleted before the next one is read."""
    monkeypatch.setattr(batches, "ROWS", 1)
    make_domain(account, "first.acme.test")
    make_domain(account, "second.acme.test")
    db.session.commit()
    query = db.select(LLMClientCustomDomain)
    found = cut(batches.batches(query, LLMClientCustomDomain.id), 1, lambda one: one.domain_name)
    assert [one.domain_name for one in next(found)] == ["first.acme.test"]
    db.session.execute(db.text("DELETE FROM llm_client_custom_domain WHERE domain_name = 'first.acme.test'"))
    assert list(found) == []
    assert "--after first.acme.test" in capsys.readouterr().err
