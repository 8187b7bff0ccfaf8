"""`flask domains hand-over`, `hand-overs` and `revoke-hand-over`."""

from __future__ import annotations

from urllib.parse import urlsplit

import pytest
from flask import Flask

from tests.commands.conftest import ACCOUNT, Run, document
from tests.factories import make_account, make_domain
from webapp.commands.output import Exit
from webapp.extensions import db
from webapp.handover import links
from webapp.models import DomainState, HandoverLink, LLMClientCustomDomain, utcnow


def make(run: Run, name: str = "chat.acme.test", *more: str) -> dict[str, object]:
    result = run("domains", "hand-over", name, "--for", "Jane of IT", "--json", *more)
    assert result.exit_code == Exit.DONE.value
    made: dict[str, object] = document(result)
    return made


@pytest.mark.usefixtures("domain")
def test_link_opens_the_records_for_who_has_no_sign_in(app: Flask, run: Run) -> None:
    made = make(run)
    assert str(made["url"]).startswith("http://localhost:8000/hand-over/")
    assert (made["made_for"], made["works"], made["opened_at"]) == ("Jane of IT", True, None)
    page = app.test_client().get(urlsplit(str(made["url"])).path)
    assert page.status_code == 200
    assert "chat.acme.test" in page.text
    [listed] = document(run("domains", "hand-overs", "chat.acme.test", "--json"))
    assert listed["id"] == made["id"]
    assert listed["opened_at"] is not None


@pytest.mark.usefixtures("domain")
def test_people_read_the_address_and_how_long_it_works(run: Run) -> None:
    result = run("domains", "hand-over", "chat.acme.test", "--for", "Jane of IT")
    assert result.stdout.splitlines()[0] == "The link for Jane of IT shows the records of chat.acme.test."
    assert "http://localhost:8000/hand-over/" in result.stdout
    table = run("domains", "hand-overs", "chat.acme.test").stdout
    assert "Jane of IT" in table
    assert "never" in table


@pytest.mark.usefixtures("domain")
def test_list_without_links_says_how_to_make_one(run: Run) -> None:
    result = run("domains", "hand-overs", "chat.acme.test")
    assert "flask domains hand-over chat.acme.test --for" in result.stdout
    assert document(run("domains", "hand-overs", "chat.acme.test", "--json")) == []


@pytest.mark.usefixtures("domain")
def test_revoked_link_leads_nowhere_and_to_revoke_it_twice_changes_nothing(app: Flask, run: Run) -> None:
    made = make(run)
    first = document(run("domains", "revoke-hand-over", str(made["id"]), "--json"))
    second = document(run("domains", "revoke-hand-over", str(made["id"]), "--json"))
    assert (first["changed"], first["works"]) == (True, False)
    assert (second["changed"], second["revoked_at"]) == (False, first["revoked_at"])
    assert app.test_client().get(urlsplit(str(made["url"])).path).status_code == 404
    assert db.session.scalar(db.select(db.func.count()).select_from(HandoverLink)) == 1


@pytest.mark.parametrize("link_id", ["4711", "9" * 30])
def test_a_link_that_is_not_there(run: Run, link_id: str) -> None:
    assert run("domains", "revoke-hand-over", link_id).exit_code == Exit.NOT_FOUND.value


def test_what_the_page_refuses_is_refused(run: Run, domain: LLMClientCustomDomain) -> None:
    assert run("domains", "hand-over", "chat.acme.test", "--for", " ").exit_code == Exit.USAGE.value
    domain.held_at = utcnow()
    db.session.commit()
    result = run("domains", "hand-over", "chat.acme.test", "--for", "Jane", "--json")
    assert result.exit_code == Exit.REFUSED.value
    assert document(result)["code"] == "domain-suspended"
    assert not links.of_domain(domain, utcnow())


@pytest.mark.usefixtures("domain")
def test_several_accounts_with_the_name_are_told_apart(run: Run) -> None:
    other = make_domain(make_account("Other", number="2222-3333-4444"), state=DomainState.PENDING)
    db.session.commit()
    assert run("domains", "hand-over", other.domain_name, "--for", "Jane").exit_code == Exit.USAGE.value
    made = make(run, other.domain_name, "--account", ACCOUNT)
    link = db.session.get_one(HandoverLink, made["id"])
    assert link.custom_domain.account.number == ACCOUNT
