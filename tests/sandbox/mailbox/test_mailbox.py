"""The mailbox's pages, of files as Flask-Mailman writes them."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from flask_mailman import EmailMultiAlternatives, Mail

from tests.page_lint import lint
from webapp.sandbox.aws.route53_zones import Account
from webapp.sandbox.mailbox import messages
from webapp.sandbox.mailbox.messages import DIRECTORY, newest, one_of
from webapp.sandbox.mailbox.pages import with_links

ANNA, BEN = "anna@acme.test", "ben@acme.test"


@pytest.fixture
def directory(account: Account) -> Path:
    return account.store.path.parent / DIRECTORY


@pytest.fixture
def send(directory: Path) -> Mail:
    app = Flask(__name__)
    app.config.update(MAIL_BACKEND="file", MAIL_FILE_PATH=str(directory))
    return Mail(app)


def write(mail: Mail, *emails: tuple[str, str, str]) -> None:
    """Over one connection, and so into one file."""
    with mail.app.app_context(), mail.get_connection() as connection:
        for to, subject, text in emails:
            message = EmailMultiAlternatives(subject, text, "us@nameplate.test", [to], connection=connection)
            message.attach_alternative(f"<p>{text}</p>", "text/html")
            connection.send_messages([message])


def test_an_empty_mailbox_says_when_something_comes(web: FlaskClient) -> None:
    page = web.get("/mail")
    assert "No e-mail yet." in page.text
    assert lint(page.text) == []


def test_every_email_is_shown_once_with_its_text(web: FlaskClient, send: Mail, directory: Path) -> None:
    write(send, (ANNA, "Live: bücher.acme.test", "Grüße\n\n-----\n"), (BEN, "Second", "Two"))
    write(send, (ANNA, "Third", "Three"))
    page = web.get("/mail").text
    assert [page.count(f">{one}</a>") for one in ("Live: bücher.acme.test", "Second", "Third")] == [1, 1, 1]
    assert lint(page) == []
    of_anna = web.get("/mail", query_string={"to": f" {ANNA.upper()} "}).text
    assert "Third" in of_anna
    assert "Second" not in of_anna
    # From one mailbox one gets into each of the others.
    assert f'href="/mail?to={BEN}"' in of_anna
    [first] = [one for one in newest(directory) if "Live" in one.subject]
    shown = web.get(f"/mail/{first.file}/{first.place}")
    assert "Grüße" in shown.text
    assert "&lt;p&gt;" not in shown.text
    assert lint(shown.text) == []


@pytest.fixture
def far_east(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    with monkeypatch.context() as patched:
        patched.setenv("TZ", "Asia/Tokyo")
        time.tzset()
        yield
    time.tzset()


@pytest.mark.usefixtures("far_east")
def test_times_are_in_utc_wherever_the_sandbox_runs(directory: Path, send: Mail) -> None:
    before = datetime.now(UTC).replace(microsecond=0)
    write(send, (ANNA, "Now", "One"))
    [email] = newest(directory)
    assert before <= email.sent_at <= datetime.now(UTC)


@pytest.mark.parametrize("date", ["Date: Thu, 26 Nov 2026 23:38:05 +0200\n", "Date: yesterday\n", ""])
def test_a_date_that_cannot_be_read_is_that_of_the_file(directory: Path, date: str) -> None:
    directory.mkdir()
    file = directory / "one.log"
    file.write_text(f"Subject: One\n{date}\nOne\n{'-' * 79}\n")
    at = datetime(2026, 11, 26, 21, 38, 5, tzinfo=UTC)
    os.utime(file, (at.timestamp(), at.timestamp()))
    assert [one.sent_at for one in newest(directory)] == [at]


def test_the_newest_are_first_and_no_more_are_shown(
    directory: Path, send: Mail, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(send, *[(ANNA, f"Old {number}", "Text") for number in range(3)])
    [old] = directory.iterdir()
    os.utime(old, (0, 0))
    write(send, (BEN, "New", "Text"))
    (directory / "notes.txt").write_text("Subject: No e-mail\n\nText\n" + "-" * 79 + "\n")
    assert [one.subject for one in newest(directory)] == ["New", "Old 2", "Old 1", "Old 0"]
    monkeypatch.setattr(messages, "SHOWN", 2)
    assert [one.subject for one in newest(directory)] == ["New", "Old 2"]


def test_an_email_that_is_being_written_is_not_there_yet(directory: Path, send: Mail) -> None:
    write(send, (ANNA, "Whole", "One"))
    [file] = directory.iterdir()
    file.write_bytes(file.read_bytes() + b"Subject: Half\n\nHal")
    assert [one.subject for one in newest(directory)] == ["Whole"]


@pytest.mark.parametrize("address", ["../sandbox.sqlite/0", "no-such.log/0", "..%2fsandbox.sqlite/0"])
def test_no_other_file_is_shown(web: FlaskClient, send: Mail, address: str) -> None:
    write(send, (ANNA, "Whole", "One"))
    assert web.get(f"/mail/{address}").status_code == 404


@pytest.mark.parametrize("file", ["../one.log", "notes.txt"])
def test_no_other_file_is_read(directory: Path, file: str) -> None:
    directory.mkdir()
    (directory / file).write_text(f"Subject: One\n\nOne\n{'-' * 79}\n")
    assert one_of(directory, file, 0) is None


def test_an_email_without_a_text_is_shown_all_the_same(web: FlaskClient, directory: Path) -> None:
    directory.mkdir()
    (directory / "one.log").write_text(f"Subject: One\nContent-Type: text/html\n\n<p>One</p>\n{'-' * 79}\n")
    assert web.get("/mail/one.log/0").status_code == 200


def test_a_place_that_the_file_has_not_is_no_email(directory: Path, send: Mail) -> None:
    write(send, (ANNA, "Whole", "One"))
    [email] = newest(directory)
    assert one_of(directory, email.file, 0) == email
    assert one_of(directory, email.file, 1) is None


def test_addresses_become_links_and_markup_does_not() -> None:
    text = "See <b>http://127.0.0.1:8000/a?b=1&c=2</b>, or (https://acme.test)."
    assert with_links(text) == (
        "See &lt;b&gt;"
        '<a href="http://127.0.0.1:8000/a?b=1&amp;c=2">http://127.0.0.1:8000/a?b=1&amp;c=2</a>'
        '&lt;/b&gt;, or (<a href="https://acme.test">https://acme.test</a>).'
    )


def test_pages_lead_to_each_other(web: FlaskClient) -> None:
    for here, there in (("/", "/mail"), ("/mail", "/")):
        page = web.get(here).text
        assert f'<a href="{here}" aria-current="page">' in page
        assert f'<a href="{there}">' in page


def test_a_zone_that_is_linked_is_shown_or_offered(web: FlaskClient) -> None:
    offered = web.get("/?zone=acme.test")
    assert 'value="acme.test"' in offered.text
    web.post("/zones", data={"zone": "acme.test"})
    shown = web.get("/?zone=acme.test")
    assert (shown.status_code, shown.location) == (303, "/zones/acme.test")
