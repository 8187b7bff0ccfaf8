"""Names and reasons: what cannot be seen is refused, wherever it is written."""

from __future__ import annotations

from unittest.mock import patch

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import update
from wtforms import StringField
from wtforms.validators import Length

from tests import app_fixtures
from tests.app_fixtures import sign_in
from tests.factories import make_account
from webapp.accounts import forms as account_forms
from webapp.auth import forms as auth_forms
from webapp.auth import links
from webapp.extensions import db
from webapp.llm_clients import forms as llm_client_forms
from webapp.messages.quotes import quoted
from webapp.models import Account, LLMClient, User, ValidationError
from webapp.models.base.free_text import fault_in
from webapp.staff import forms as staff_forms
from webapp.web.forms import free_text

BAD = [
    *("a\x1bb", "a\x07b", "a\u202eb", "a\nb", "a\r\nb", "a\x85b", "a\u2028b", "a\u2066b", "\u200b"),
    *("\ufeffa", "\u3164"),
    *("Ac\u200dme", "a\u200cb", "\u200dx", "\u06cc\u200c \u062e", "\u06cc\u200c\u200c\u062e", "株\u200d式"),
]
#: Names that are not spelt rightly without a joiner, and emoji that are one picture with it.
JOINED = [
    *(
        "\u0645\u06cc\u200c\u062e\u0648\u0627\u0647\u0645",
        "\u0d9a\u0dca\u200d\u0dbb\u0dd2",
        "\u0d15\u0d4d\u200d",
    ),
    *(
        "\U0001f469\u200d\U0001f4bb Co",
        "\u2764\ufe0f\u200d\U0001f525",
        "\U0001f469\U0001f3fd\u200d\U0001f680",
    ),
]
GOOD = ["Acme", "Ümläut & Söhne", "株式会社", "شركة", "Acme 🚀", "O’Neill", "A-B_c.d", "Booking.com", *JOINED]


@pytest.mark.parametrize("text", BAD, ids=ascii)
def test_what_cannot_be_seen_is_refused(app: Flask, text: str) -> None:
    assert fault_in(text)
    with pytest.raises(ValidationError):
        Account(name=text)
    with pytest.raises(ValidationError):
        LLMClient(name=text, account=make_account())


@pytest.mark.parametrize("text", GOOD)
def test_names_of_the_world_are_taken(app: Flask, text: str) -> None:
    assert fault_in(text) is None
    assert Account(name=text).name == text


@pytest.mark.parametrize("text", JOINED, ids=ascii)
def test_joined_name_stays_whole_in_an_email(text: str) -> None:
    assert quoted(text) == f"“{text}”"


@pytest.mark.parametrize("text", ["a\u202eb", "Ac\u200dme", JOINED[0]], ids=ascii)
def test_account_with_such_a_name_from_before_is_given_another(
    client: FlaskClient, customer: User, account: Account, text: str
) -> None:
    db.session.execute(update(Account).values(name=text))
    db.session.commit()
    browser = sign_in(client, customer)
    with patch.object(app_fixtures, "lint", return_value=[]):
        assert browser.get("/account").status_code == 200
        assert browser.post("/account", data={"name": JOINED[1]}).status_code == 303
        assert browser.get("/account").status_code == 200
    db.session.expire_all()
    assert account.name == JOINED[1]


@pytest.mark.parametrize("text", BAD, ids=ascii)
@pytest.mark.parametrize("url", ["/account", "/llm-clients/new"])
def test_forms_say_so_beside_the_field(client: FlaskClient, customer: User, url: str, text: str) -> None:
    """A page that shows again what was typed is no valid HTML then, so that no lint reads it."""
    browser = sign_in(client, customer)
    with patch.object(app_fixtures, "lint", return_value=[]):
        answer = browser.post(url, data={"name": text})
    assert answer.status_code == 422
    assert (
        "Leave out the character" in answer.text
        or "can be seen" in answer.text
        or "Enter a name" in answer.text
    )


@pytest.mark.parametrize("text", BAD, ids=ascii)
def test_nobody_signs_up_with_one(client: FlaskClient, text: str) -> None:
    link = f"/confirm/{links.signed_address('new@acme.test')}"
    sent = {"account_name": text, "password": "three blue ladders dancing"}
    with patch.object(app_fixtures, "lint", return_value=[]):
        assert client.post(link, data=sent).status_code == 422
    assert db.session.query(Account).count() == 0


def test_every_field_for_what_people_like_has_the_validator() -> None:
    """A field whose only rule is a length is one in which people write what they like."""
    fields = [
        (form.__name__, name)
        for module in (account_forms, auth_forms, llm_client_forms, staff_forms)
        for form in vars(module).values()
        if isinstance(form, type) and form.__module__ == module.__name__
        for name, field in vars(form).items()
        if getattr(field, "field_class", None) is StringField and name in {"name", "account_name", "reason"}
        for validators in [field.kwargs["validators"]]
        if any(isinstance(one, Length) for one in validators) and free_text not in validators
    ]
    assert fields == []
