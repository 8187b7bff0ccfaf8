"""Pages take forms alone: a file or JSON in the place of a text is refused before a form reads it."""

from __future__ import annotations

import io

import pytest
from flask import Flask
from flask.testing import FlaskClient
from flask_wtf import FlaskForm

from tests.app_fixtures import sign_in
from tests.attacks.people import FILLED_IN, Side, filled, program, rows, with_method
from webapp.web.forms import Form


def forms(base: type[FlaskForm] = FlaskForm) -> set[type[FlaskForm]]:
    """Ours and Flask-Security's."""
    return {base}.union(*(forms(one) for one in base.__subclasses__()))


def field_names() -> list[str]:
    names = {
        name
        for form in forms()
        for name in dir(form)
        if hasattr(getattr(form, name, None), "field_class") and not name.startswith("_")
    }
    assert {"email", "password", "code", "name", "reason", "credential"} <= names
    assert any(issubclass(form, Form) for form in forms())
    return sorted(names)


def upload(browser: FlaskClient, url: str, *names: str) -> int:
    files = {name: (io.BytesIO(b"x"), "x.txt", "text/plain") for name in names}
    return browser.post(url, data={**FILLED_IN, **files}).status_code


@pytest.mark.parametrize("signed_in", [False, True])
def test_no_route_takes_a_file_for_a_text(
    app: Flask, client: FlaskClient, sides: dict[str, Side], signed_in: bool
) -> None:
    side, names = sides["acme"], field_names()
    browser = sign_in(program(app), side.owner) if signed_in else program(app)
    for rule in with_method(app, "POST"):
        url = side.address(rule) if rule.arguments <= side.ids.keys() else filled(rule, "x")
        assert upload(browser, url, *names) == 415, url


@pytest.mark.parametrize("url", ["/register", "/confirm", "/reset", "/login/way-in", "/login"])
def test_no_door_takes_a_file_under_any_name(app: Flask, client: FlaskClient, url: str) -> None:
    browser = program(app)
    assert {upload(browser, url, name) for name in field_names()} == {415}


def test_form_in_parts_without_a_file_is_a_form(client: FlaskClient) -> None:
    assert (
        client.post("/register", data={"email": "x"}, content_type="multipart/form-data").status_code == 422
    )


def test_no_page_reads_anything_but_a_form(app: Flask, client: FlaskClient, sides: dict[str, Side]) -> None:
    """JSON has numbers where a form has texts, and Flask-WTF would hand them to the fields."""
    browser, side, before = sign_in(program(app), sides["acme"].owner), sides["acme"], rows()
    for rule in with_method(app, "POST"):
        url = side.address(rule) if rule.arguments <= side.ids.keys() else filled(rule, "x")
        assert browser.post(url, json=dict.fromkeys(field_names(), 5)).status_code == 415, url
    assert rows() == before
