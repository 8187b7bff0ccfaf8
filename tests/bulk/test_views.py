"""Several domains at once, and the list of an account in its orders and as a file."""

from __future__ import annotations

import csv
import io
from collections.abc import Collection, Sequence

import pytest
from flask.testing import FlaskClient
from sqlalchemy import Connection, event, text, update

from tests.app_fixtures import sign_in
from tests.factories import make_account, make_domain, make_llm_client, make_zone
from webapp.bulk import acts
from webapp.extensions import db
from webapp.imports.lines import parsing
from webapp.models import Account, DomainState, LLMClient, LLMClientCustomDomain, User, utcnow

Queued = list[tuple[str, tuple[object, ...]]]


@pytest.fixture
def domains(account: Account) -> list[LLMClientCustomDomain]:
    found = [make_domain(account, f"{name}.acme.test") for name in ("b", "a", "c")]
    for one in found:
        make_zone(one)
    db.session.commit()
    return found


@pytest.fixture
def browser(client: FlaskClient, customer: User, queued: Queued) -> FlaskClient:
    return sign_in(client, customer)


def ids(domains: list[LLMClientCustomDomain]) -> list[str]:
    return [str(one.id) for one in domains]


def test_ticked_domains_are_checked_within_the_limit(
    browser: FlaskClient, domains: list[LLMClientCustomDomain], queued: Queued
) -> None:
    domains[0].check_requested_at = utcnow()
    db.session.commit()
    page = browser.post("/domains/chosen", data={"act": "check", "domain": ids(domains)}).get_data(
        as_text=True
    )
    assert "2 of 3 done" in page
    assert "You can check again in" in page
    assert [name for name, _ in queued] == ["run_check", "run_check"]


def test_a_removal_is_confirmed_on_a_page_that_names_them(
    browser: FlaskClient, domains: list[LLMClientCustomDomain]
) -> None:
    domains[0].state = DomainState.VERIFIED
    db.session.commit()
    chosen = ids(domains[:2])
    page = browser.post("/domains/chosen", data={"act": "remove", "domain": chosen}).get_data(as_text=True)
    assert "Remove 2 domains?" in page
    assert "b.acme.test" in page.replace("<wbr>", "")
    assert all(one.state is not DomainState.REMOVING for one in domains)
    wrong = browser.post("/domains/chosen/removal", data={"domain": chosen, "number": "3"})
    assert wrong.status_code == 422
    assert "Type 2 to remove them." in wrong.get_data(as_text=True)
    page = browser.post("/domains/chosen/removal", data={"domain": chosen, "number": "2"}).get_data(
        as_text=True
    )
    assert "2 of 2 done" in page
    db.session.expire_all()
    assert [one.state for one in domains] == [DomainState.REMOVING, DomainState.REMOVING, DomainState.PENDING]


def test_one_domain_is_removed_in_the_singular(
    browser: FlaskClient, domains: list[LLMClientCustomDomain]
) -> None:
    domains[0].state = DomainState.VERIFIED
    db.session.commit()
    page = browser.post("/domains/chosen", data={"act": "remove", "domain": ids(domains[:1])}).text
    assert "Its page says what to delete" in page
    assert "It is verified. Type 1, so that nobody removes it by mistake." in page
    wrong = browser.post("/domains/chosen/removal", data={"domain": ids(domains[:1]), "number": ""})
    assert "Type 1 to remove it." in wrong.text


def test_domains_are_given_to_llm_clients(
    browser: FlaskClient, account: Account, domains: list[LLMClientCustomDomain]
) -> None:
    sales, support = make_llm_client(account, "Sales"), make_llm_client(account, "Support")
    db.session.commit()
    page = browser.post("/domains/chosen", data={"act": "assign", "domain": ids(domains[:2])})
    assert page.get_data(as_text=True).count("<select") == 2
    first, second = ids(domains[:2])
    fields = {
        "domain": [first, second],
        f"llm_client-{first}": str(sales.id),
        f"llm_client-{second}": str(support.id),
    }
    assert "2 of 2 done" in browser.post("/domains/chosen/llm-clients", data=fields).get_data(as_text=True)
    db.session.expire_all()
    assert (domains[0].llm_client, domains[1].llm_client) == (sales, support)


def test_llm_client_that_is_deleted_meanwhile_keeps_no_other_domain_from_being_done(
    browser: FlaskClient, account: Account, domains: list[LLMClientCustomDomain]
) -> None:
    """Deleted after the commit of the first domain, which is a.acme.test: they are sorted by name."""
    sales, support = make_llm_client(account, "Sales"), make_llm_client(account, "Support")
    db.session.commit()
    [b, a] = ids(domains[:2])
    fields = {"domain": [a, b], f"llm_client-{a}": str(sales.id), f"llm_client-{b}": str(support.id)}
    locked: list[str] = []

    def delete_it(connection: Connection, _cursor: object, statement: str, *_rest: object) -> None:
        if statement.startswith("UPDATE llm_client_custom_domain SET version"):
            locked.append(statement)
            if len(locked) == 2:
                connection.execute(text("DELETE FROM llm_client WHERE name = 'Support'"))

    event.listen(db.engine, "before_cursor_execute", delete_it)
    try:
        answer = browser.post("/domains/chosen/llm-clients", data=fields)
    finally:
        event.remove(db.engine, "before_cursor_execute", delete_it)
    assert len(locked) == 2
    assert (answer.status_code, "1 of 2 done" in answer.text) == (200, True)
    assert "was deleted a moment ago" in answer.text


def test_others_domains_and_llm_clients_are_not_there(
    browser: FlaskClient, rival: Account, domains: list[LLMClientCustomDomain]
) -> None:
    theirs, client = rival.custom_domains[0], make_llm_client(rival)
    db.session.commit()
    answer = browser.post("/domains/chosen/removal", data={"domain": [str(theirs.id)]}, follow_redirects=True)
    assert "Tick the domains first" in answer.get_data(as_text=True)
    [mine] = ids(domains[:1])
    fields = {"domain": [mine], f"llm_client-{mine}": str(client.id)}
    assert browser.post("/domains/chosen/llm-clients", data=fields).status_code == 404
    db.session.expire_all()
    assert theirs.state is DomainState.PENDING


@pytest.mark.parametrize("sent", [{}, {"domain": ["x", "-1", "9" * 30]}])
def test_nothing_ticked_says_so(browser: FlaskClient, sent: dict[str, list[str]]) -> None:
    answer = browser.post("/domains/chosen", data={"act": "check", **sent}, follow_redirects=True)
    assert "Tick the domains first" in answer.get_data(as_text=True)


def test_the_list_is_sorted(browser: FlaskClient, domains: list[LLMClientCustomDomain]) -> None:
    page = browser.get("/domains?sort=name").get_data(as_text=True)
    places = [page.index(f'aria-label="Choose {name}.acme.test"') for name in "abc"]
    assert places == sorted(places)
    assert "Waits until" in page


def test_the_file_of_the_list_is_read_by_an_import(
    browser: FlaskClient, domains: list[LLMClientCustomDomain]
) -> None:
    text = browser.get("/domains/export.csv?q=a.").get_data(as_text=True)
    assert [row["domain_name"] for row in csv.DictReader(io.StringIO(text))] == ["a.acme.test"]
    found = parsing.read(browser.get("/domains/export.csv").get_data())
    assert isinstance(found, parsing.Read)
    assert [line.domain_name for line in found.lines] == ["c.acme.test", "a.acme.test", "b.acme.test"]


@pytest.mark.parametrize("act", ["chosen", "chosen/removal", "chosen/llm-clients"])
def test_a_domain_that_moves_away_meanwhile_is_left_alone(
    browser: FlaskClient,
    domains: list[LLMClientCustomDomain],
    queued: Queued,
    monkeypatch: pytest.MonkeyPatch,
    act: str,
) -> None:
    """Another account gets it after it was ticked, while the domain before it is worked on."""
    first, moved = domains[1].id, domains[0].id  # in the order of names
    other = make_account("Other")
    theirs = make_llm_client(other, "Theirs")
    db.session.commit()
    other_id, theirs_id = other.id, theirs.id
    commit, moves = db.session.commit, [moved]

    def commit_and_move() -> None:
        commit()
        if moves:
            row, client = LLMClientCustomDomain, LLMClient
            db.session.execute(update(row).where(row.id == moves.pop()).values(account_id=other_id))
            db.session.execute(update(client).where(client.id == theirs_id).values(custom_domain_id=moved))
            commit()

    found = acts.chosen

    def chosen(account: Account, wanted: Collection[int]) -> Sequence[LLMClientCustomDomain]:
        rows = found(account, wanted)
        monkeypatch.setattr(db.session, "commit", commit_and_move)
        return rows

    monkeypatch.setattr(acts, "chosen", chosen)
    page = browser.post(f"/domains/{act}", data={"act": "check", "domain": [first, moved]})
    monkeypatch.undo()
    assert "1 of 2 done" in page.text
    assert "It has moved to another account." in page.text
    db.session.expire_all()
    row = db.session.get_one(LLMClientCustomDomain, moved)
    assert (row.state, row.llm_client) == (DomainState.PENDING, theirs)
    assert row.check_requested_at is None
