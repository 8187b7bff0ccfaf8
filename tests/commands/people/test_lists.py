"""`flask users list|show` and `flask accounts list|show`."""

from __future__ import annotations

import pytest

from tests.commands.conftest import ACCOUNT, Run, document
from tests.factories import make_account, make_domain, make_llm_client, make_user
from webapp.extensions import db
from webapp.jobs import batches
from webapp.models import Account, DomainState, User, utcnow


@pytest.fixture(autouse=True)
def small_batches(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(batches, "ROWS", 2)


@pytest.fixture
def people(account: Account) -> None:
    for name in ("d", "a", "c", "b"):
        make_user(account=account, email=f"{name}@acme.test")
    make_user(staff=True, email="staff@platform.test")
    db.session.commit()


def addresses(run: Run, *words: str) -> list[str]:
    return [one["email"] for one in document(run("users", "list", "--json", *words))]


def test_people_by_address_in_pages(run: Run, people: None) -> None:
    everybody = ["a@acme.test", "b@acme.test", "c@acme.test", "d@acme.test", "staff@platform.test"]
    assert addresses(run) == everybody
    page = run("users", "list", "--limit", "3", "--json")
    assert [one["email"] for one in document(page)] == everybody[:3]
    assert page.stderr == "More follow: add --after c@acme.test.\n"
    rest = run("users", "list", "--limit", "3", "--after", "c@acme.test", "--json")
    assert [one["email"] for one in document(rest)] == everybody[3:]
    assert rest.stderr == ""
    assert run("users", "list", "--limit", "0").exit_code == 2


def test_people_of_an_account_staff_and_a_part(run: Run, people: None) -> None:
    assert addresses(run, "--staff") == ["staff@platform.test"]
    assert len(addresses(run, "--account", ACCOUNT)) == 4
    assert addresses(run, "--search", "PLATFORM") == ["staff@platform.test"]
    assert addresses(run, "--search", "%") == []
    assert run("users", "list", "--account", "0000-0000-0000").exit_code == 3


def test_people_as_a_table(run: Run, people: None) -> None:
    lines = run("users", "list").stdout.splitlines()
    assert lines[0].split() == ["EMAIL", "STATE", "STAFF", "SECOND", "FACTOR", "ACCOUNTS"]
    assert lines[1].split() == ["a@acme.test", "active", "no", "no", ACCOUNT]
    assert lines[-1].split() == ["staff@platform.test", "active", "yes", "no", "–"]
    assert run("users", "list", "--search", "zzz").stdout == "Nobody.\n"


def test_one_person_with_accounts(run: Run, customer: User) -> None:
    shown = document(run("users", "show", "OWNER@acme.test", "--json"))
    assert (shown["email"], shown["staff"], shown["state"]) == ("owner@acme.test", False, "active")
    assert shown["accounts"] == [{"number": ACCOUNT, "name": "Acme", "role": "owner"}]
    assert shown["created_at"].endswith("+00:00")
    assert "Acme, owner" in run("users", "show", "owner@acme.test").stdout
    assert run("users", "show", "nobody@acme.test").exit_code == 3


def test_accounts_newest_first_in_pages(run: Run, account: Account) -> None:
    others = [make_account(f"Shop {n}").number for n in range(4)]
    make_domain(account)
    db.session.commit()
    numbers = [*reversed(others), ACCOUNT]
    found = document(run("accounts", "list", "--json"))
    assert [one["number"] for one in found] == numbers
    assert [one["domains"] for one in found] == [0, 0, 0, 0, 1]
    page = run("accounts", "list", "--limit", "2", "--json")
    assert [one["number"] for one in document(page)] == numbers[:2]
    assert page.stderr == f"More follow: add --after {numbers[1]}.\n"
    assert len(document(run("accounts", "list", "--after", numbers[1], "--json"))) == 3
    assert [one["number"] for one in document(run("accounts", "list", "--search", "ACME", "--json"))] == [
        ACCOUNT
    ]
    assert run("accounts", "list", "--after", "0000-0000-0000").exit_code == 3
    assert run("accounts", "list", "--after", "12").exit_code == 2


def test_one_account_with_what_it_has(run: Run, account: Account, customer: User) -> None:
    make_llm_client(account)
    make_domain(account, state=DomainState.VERIFIED)
    make_domain(account, "b.acme.test")
    make_domain(account, "c.acme.test")
    db.session.commit()
    shown = document(run("accounts", "show", ACCOUNT, "--json"))
    assert (shown["llm_clients"], shown["domains"]) == (1, {"pending": 2, "verified": 1})
    assert shown["people"] == [
        {"email": "owner@acme.test", "role": "owner", "wants_mail": True, "state": "active"}
    ]
    text = run("accounts", "show", ACCOUNT).stdout
    assert "2 pending, 1 verified" in text
    assert "owner@acme.test, owner" in text
    account.deleted_at = utcnow()
    db.session.commit()
    assert "Deleted" in run("accounts", "show", ACCOUNT).stdout
    assert run("accounts", "show", "0000-0000-0000").exit_code == 3
