"""A mail server in trouble stops no page, and tells nobody who has an account."""

from __future__ import annotations

import re

from flask import Flask, url_for
from flask.testing import FlaskClient
from flask_mailman import EmailMessage, EmailMultiAlternatives

from tests.page_lint import elements, parse, text_of
from webapp.auth.mails import as_html
from webapp.extensions import db, settings
from webapp.messages.catalogue import sentence
from webapp.models import Message, SystemStatus, User


def shown(page: str) -> str:
    """Without what differs from request to request."""
    return re.sub(r'nonce="[^"]*"|value="[^"]*"', "", page)


def test_new_password_asked_for_while_no_mail_server_answers(
    client: FlaskClient, customer: User, broken_mail: None
) -> None:
    known = client.post("/reset", data={"email": customer.email})
    unknown = client.post("/reset", data={"email": "nobody@acme.test"})
    assert known.status_code == unknown.status_code == 200
    assert shown(known.text).replace(customer.email, "") == shown(unknown.text).replace(
        "nobody@acme.test", ""
    )
    status = db.session.get(SystemStatus, "mail")
    assert status is not None
    assert status.problem == Message("mail.refused", {"said": "no mail server"})
    assert sentence(status.problem) == "The mail server did not take a mail: no mail server"


def test_signing_up_while_no_mail_server_answers(client: FlaskClient, broken_mail: None) -> None:
    assert client.post("/register", data={"email": "new@acme.test"}).status_code == 200
    assert db.session.query(User).all() == []


def test_e_mail_of_a_page_is_made_for_a_telephone_too(
    client: FlaskClient, outbox: list[EmailMessage]
) -> None:
    """Lines of a fixed length break twice there."""
    client.post("/register", data={"email": "new@acme.test"})
    [sent] = outbox
    assert isinstance(sent, EmailMultiAlternatives)
    [(html, kind)] = sent.alternatives
    assert kind == "text/html"
    page = parse(str(html))
    [button] = [one for one in elements(page, "p") if one.get("class") == "button"]
    [link] = elements(button, "a")
    assert link.get("href") in sent.body
    assert "/confirm/" in (link.get("href") or "")
    said = " ".join(text_of(page).split())
    for sentence_ in (
        "Open this link to choose a password and to name the account:",
        "Open your account at Nameplate",
    ):
        assert sentence_ in said
    assert "Help: nameplate@localhost" in said


def test_what_people_typed_is_no_html(app: Flask) -> None:
    with app.test_request_context():
        html = as_html("<b>", "<script>x</script> invites you.\n\nhttps://np.test/1\n\n- <i>\n--\nNameplate")
    assert "<script>" not in html
    assert "<i>" not in html
    assert "<b>" not in html
    assert html.count('class="button"') == 1


def test_name_with_blanks_is_no_table(app: Flask) -> None:
    said = "Mallory invites you to Acme   Toys, account\n1234-5678-9012, at Nameplate."
    with app.test_request_context():
        page = parse(as_html("Invitation", f"{said}\n--\nNameplate"))
    assert list(elements(page, "table")) == []
    assert "account 1234-5678-9012, at Nameplate." in text_of(page)


def test_words_and_values_are_a_table(app: Flask) -> None:
    with app.test_request_context():
        page = parse(as_html("Key", "A key.\n\nName      Shop\nMay do    read\n--\nNameplate"))
    assert [text_of(one) for one in elements(page, "th")] == ["Name", "May do"]
    assert [text_of(one) for one in elements(page, "td")] == ["Shop", "read"]


def test_name_that_looks_like_a_site_is_no_link(app: Flask) -> None:
    """An account may be called like a site, and invitations go to strangers."""
    text = "Eve invites you to www.evil.example or evil.com, account 1.\n\nhttps://np.test/1\n\nhttps://np.test/2\n"
    with app.test_request_context():
        home = url_for("auth.home", _external=True)
        html = as_html("An invitation", f"{text}\n--\nNameplate, {home}\nHelp: x\nNo link here")
    links = [one.get("href") for one in elements(parse(html), "a")]
    assert links == ["https://np.test/1", "https://np.test/2", home, settings().contact_link]
    assert "evil.com" in html
