"""The pages of many names at once."""

from __future__ import annotations

import csv
import io

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from tests.app_fixtures import sign_in
from tests.factories import make_domain
from webapp.extensions import db, settings
from webapp.imports import tasks
from webapp.models import Account, DomainImport, ImportState, LLMClientCustomDomain, User

Queued = list[tuple[str, tuple[object, ...]]]


@pytest.fixture
def browser(client: FlaskClient, customer: User, queued: Queued) -> FlaskClient:
    return sign_in(client, customer)


def paste(browser: FlaskClient, text: str) -> TestResponse:
    return browser.post("/domains/import", data={"names": text}, content_type="multipart/form-data")


def upload(browser: FlaskClient, data: bytes) -> TestResponse:
    """In the form of a browser, in memory: the test client would keep a large file in one that it never closes."""
    head = b'--x\r\nContent-Disposition: form-data; name="file"; filename="names.csv"\r\n\r\n'
    return browser.post(
        "/domains/import", data=head + data + b"\r\n--x--\r\n", content_type="multipart/form-data; boundary=x"
    )


def names() -> set[str]:
    return {one.domain_name for one in db.session.query(LLMClientCustomDomain)}


def test_names_are_pasted_judged_and_registered(
    browser: FlaskClient, account: Account, queued: Queued
) -> None:
    make_domain(account, "mine.acme.test")
    db.session.commit()
    answer = paste(browser, "chat.acme.test\nmine.acme.test\nnot a name\n")
    assert answer.status_code == 303
    page = browser.get(answer.location).get_data(as_text=True)
    assert 'data-import="checked"' in page
    assert "Register 1 name" in page
    assert "“not a name” is not a host name we can use" in page
    assert names() == {"mine.acme.test"}
    assert browser.post(f"{answer.location}/runs").status_code == 303
    assert queued == [("work_on", (1,))]
    tasks.work_on.run(1)
    assert names() == {"mine.acme.test", "chat.acme.test"}
    page = browser.get(answer.location).get_data(as_text=True)
    assert 'data-import="done"' in page
    table = browser.get(f"{answer.location}/result.csv").get_data(as_text=True)
    rows = [*csv.DictReader(io.StringIO(table))]
    assert [row["result"] for row in rows] == ["registered", "existing", "refused"]
    assert rows[0]["state"] == "pending"
    assert rows[2]["refusal"].startswith("“not a name” is not a host name")


def test_a_long_list_is_judged_by_a_worker(browser: FlaskClient, queued: Queued) -> None:
    answer = paste(browser, "".join(f"n{i}.acme.test\n" for i in range(250)))
    assert queued == [("work_on", (1,))]
    page = browser.get(answer.location).get_data(as_text=True)
    assert 'data-import="checking"' in page
    assert "Load the page again" in page
    tasks.work_on.run(1)
    page = browser.get(answer.location).get_data(as_text=True)
    # Fifty may wait for their proof.
    assert "Register 50 names" in page
    more = browser.get(f"{answer.location}?show=refused&before=200").get_data(as_text=True)
    assert more.count('data-result="refused"') == 50


def test_the_poll_answers_304_while_nothing_moves(browser: FlaskClient) -> None:
    answer = paste(browser, "chat.acme.test")
    first = browser.get(f"{answer.location}/status")
    assert 'id="live"' in first.get_data(as_text=True)
    again = browser.get(f"{answer.location}/status", headers={"If-None-Match": first.headers["ETag"]})
    assert again.status_code == 304
    browser.post(f"{answer.location}/runs")
    assert (
        browser.get(f"{answer.location}/status", headers={"If-None-Match": first.headers["ETag"]}).status_code
        == 200
    )


def test_the_poll_says_when_the_lines_below_it_have_changed(browser: FlaskClient, queued: Queued) -> None:
    """They are not within what it replaces: live.js loads the page again."""
    answer = paste(browser, "chat.acme.test")
    assert 'data-whole="checked"' in browser.get(answer.location).get_data(as_text=True)
    browser.post(f"{answer.location}/runs")
    tasks.work_on.run(1)
    assert 'data-whole="done"' in browser.get(f"{answer.location}/status").get_data(as_text=True)


def test_a_file_is_read_and_what_it_has_too_much_is_told(browser: FlaskClient) -> None:
    answer = upload(browser, b"domain_name,aws_hosted_zone_id,is_verified\nchat.acme.test,Z0123,True\n")
    page = browser.get(answer.location).get_data(as_text=True)
    assert "Columns that are not used here: is_verified." in page
    assert "Hosted zones of the list are not taken over" in page


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "The list is empty"),
        ("bücher.acme.test".encode("cp1252"), "is not text in UTF-8"),
        (b"a.acme.test\0", "holds a NUL character"),
        (b"a," * (1024 * 1024 + 1), "2 MB is the most"),
        (b"one,two\n", "none of them is called domain_name"),
    ],
)
def test_a_list_that_cannot_be_read_is_told_why(browser: FlaskClient, data: bytes, words: str) -> None:
    answer = upload(browser, data)
    assert answer.status_code == 422
    assert words in answer.get_data(as_text=True)
    assert db.session.query(DomainImport).count() == 0


def test_a_request_that_is_far_too_large_is_refused(browser: FlaskClient) -> None:
    assert upload(browser, b"a" * (5 * 1024 * 1024)).status_code == 413


def test_an_import_is_cancelled(browser: FlaskClient) -> None:
    answer = paste(browser, "chat.acme.test")
    browser.post(f"{answer.location}/cancel")
    page = browser.get(answer.location).get_data(as_text=True)
    assert 'data-import="cancelled"' in page
    assert "Not registered" in page
    assert (
        browser.post(f"{answer.location}/runs", follow_redirects=True)
        .get_data(as_text=True)
        .count("was cancelled")
    )


def test_another_accounts_import_is_not_there(browser: FlaskClient, rival: Account) -> None:
    other = DomainImport(
        account_id=rival.id, lines=0, state=ImportState.CHECKED, actor_kind="customer", actor_name="x"
    )
    db.session.add(other)
    db.session.commit()
    for path in (
        f"/domains/imports/{other.id}",
        f"/domains/imports/{other.id}/result.csv",
        "/domains/imports/99",
    ):
        assert browser.get(path).status_code == 404
    assert browser.post(f"/domains/imports/{other.id}/runs").status_code == 404


def test_signing_in_is_needed(client: FlaskClient, app: object) -> None:
    assert client.get("/domains/import").status_code == 302


def test_a_cancelled_list_has_no_name_that_can_be_registered(browser: FlaskClient) -> None:
    answer = paste(browser, "chat.acme.test\n")
    assert "Can be registered" in browser.get(answer.location).text
    browser.post(f"{answer.location}/cancel")
    page = browser.get(answer.location).text
    assert "Not registered <strong>1</strong>" in page
    assert "Can be registered" not in page


def test_page_says_for_how_long_an_import_is_kept(browser: FlaskClient, app: Flask) -> None:
    location = paste(browser, "chat.acme.test\n").location
    assert "An import is kept for 30 days; its domains stay." in browser.get(location).text
    app.extensions["settings"] = settings().model_copy(update={"import_history_days": 1})
    assert "An import is kept for a day; its domains stay." in browser.get(location).text
