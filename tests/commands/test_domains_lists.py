"""`flask domains list` and `verified` with very many: the same document as ever, a batch of rows at a time."""

from __future__ import annotations

import gc
import json

import pytest
from flask import Flask
from sqlalchemy import insert

from tests.commands.conftest import Run, document
from tests.statements import statements
from webapp.commands import find
from webapp.extensions import db
from webapp.jobs import batches
from webapp.models import Account, DomainState, LLMClientCustomDomain, Method, RecordsProof, utcnow
from webapp.proofs.documents import domain_documents

MANY = 2500


@pytest.fixture
def many(account: Account) -> None:
    now = utcnow()
    rows = [
        {
            "id": n,
            "account_id": account.id,
            "domain_name": f"chat.shop{n:04}.test",
            "registrable_domain": f"shop{n:04}.test",
            "state": DomainState.VERIFIED,
            "is_verified": True,
            "method": Method.RECORDS if n % 2 else Method.DELEGATION,
            "state_changed_at": now,
            "version": 1,
            "check_attempt": 0,
            "created_at": now,
            "updated_at": now,
        }
        for n in range(1, MANY + 1)
    ]
    db.session.execute(insert(LLMClientCustomDomain), rows)
    proofs = [
        {
            "custom_domain_id": row["id"],
            "domain_name": row["domain_name"],
            "token": f"token{row['id']}",
            "label": f"label{row['id']}",
            "edge_domain": "edge.example.com",
            "created_at": now,
            "updated_at": now,
        }
        for row in rows
        if row["method"] is Method.RECORDS
    ]
    db.session.execute(insert(RecordsProof), proofs)
    db.session.commit()
    db.session.expunge_all()


def test_only_one_batch_is_held_at_a_time(app: Flask, many: None) -> None:
    held, count = 0, 0
    for some in find.domains_in(None, None):
        count += len(some)
        del some
        gc.collect()
        held = max(
            held, sum(isinstance(row, LLMClientCustomDomain) for row in db.session.identity_map.values())
        )
    assert count == MANY
    assert held <= batches.ROWS


def test_document_is_the_one_of_all_rows_at_once(run: Run, many: None) -> None:
    with statements() as seen:
        printed = run("domains", "list", "--json").stdout
    newest_first = db.session.query(LLMClientCustomDomain).order_by(LLMClientCustomDomain.id.desc())
    documents = [*domain_documents(newest_first.all())]
    assert printed == f"{json.dumps(documents, indent=2, ensure_ascii=False)}\n"
    assert {len(one["records"]) for one in documents} == {0, 2}
    # Three queries for a batch, whatever it holds, and three more for the records of both methods.
    assert len(seen) <= 6 * (MANY // batches.ROWS + 1)


def test_verified_names_are_those_of_the_model(run: Run, many: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("webapp.edge.dashboard.verified_names._BATCH", 400)
    names = LLMClientCustomDomain.get_verified_domains()
    assert len(names) == MANY
    assert document(run("domains", "verified", "--json")) == names
    assert run("domains", "verified").stdout.splitlines() == names


@pytest.mark.parametrize("as_json", [False, True])
def test_pages_lead_through_the_whole_list_once(run: Run, many: None, as_json: bool) -> None:
    found: list[str] = []
    more: tuple[str, ...] = ()
    for _ in range(4):
        result = run("domains", "list", "--limit", "700", *more, *(["--json"] if as_json else []))
        page = (
            [one["domain_name"] for one in document(result)]
            if as_json
            else [line.split()[0] for line in result.stdout.splitlines()[1:]]
        )
        found += page
        more = ("--after", result.stderr.rpartition(" ")[2].strip(".\n")) if result.stderr else ()
    assert found == [f"chat.shop{n:04}.test" for n in range(MANY, 0, -1)]
    assert more == ()


def test_pages_of_verified_names(run: Run, many: None) -> None:
    page = run("domains", "verified", "--limit", "2")
    assert page.stdout.splitlines() == ["chat.shop0001.test", "chat.shop0002.test"]
    assert page.stderr == "More follow: add --after chat.shop0002.test.\n"
    rest = run("domains", "verified", "--after", f"chat.shop{MANY - 1}.test", "--limit", "2")
    assert (rest.stdout, rest.stderr) == (f"chat.shop{MANY}.test\n", "")
    assert run("domains", "list", "--after", "0").exit_code == 2
