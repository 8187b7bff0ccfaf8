"""Times, where “Open” leads, and what is a link in a sentence."""

from __future__ import annotations

from datetime import timedelta

import pytest
from flask import Flask

from webapp.messages.formatting import clock, day
from webapp.models import utcnow
from webapp.web.template_globals import breakable, contact_linked, moment, names_whole, visit


def test_a_day_is_told_where_the_hour_does_not_matter_yet() -> None:
    later, soon = utcnow() + timedelta(days=30), utcnow() + timedelta(days=2)
    assert f'"{later.isoformat(timespec="seconds")}" data-day>{day(later)}<' in moment(later, day=True)
    assert moment(soon, day=True) == moment(soon)
    assert clock(later) in moment(later)
    assert moment(None, day=True) == "never"


@pytest.mark.parametrize(
    ("visit_url", "leads"),
    [
        ("", "https://chat.acme.test/"),
        ("http://127.0.0.1:8053/visit?name=", "http://127.0.0.1:8053/visit?name=chat.acme.test"),
    ],
)
def test_open_leads_to_the_name_or_to_a_page_that_visits_it(app: Flask, visit_url: str, leads: str) -> None:
    app.extensions["settings"] = app.extensions["settings"].model_copy(update={"visit_url": visit_url})
    assert visit("chat.acme.test") == leads


@pytest.mark.parametrize(
    ("sentence", "marked"),
    [
        ("Contact us; we look.", '<a href="mailto:help@acme.net">Contact us</a>; we look.'),
        ("Or contact help@acme.net.", 'Or contact <a href="mailto:help@acme.net">help@acme.net</a>.'),
        ("Not to ohelp@acme.net or help@acme.network", "Not to ohelp@acme.net or help@acme.network"),
        ("<b>contact user</b>", "&lt;b&gt;contact user&lt;/b&gt;"),
    ],
)
def test_whom_to_contact_is_a_link(app: Flask, sentence: str, marked: str) -> None:
    chosen = app.extensions["settings"].model_copy(update={"support_contact": "help@acme.net"})
    app.extensions["settings"] = chosen
    assert contact_linked(sentence) == marked


def test_names_and_contact_are_marked_beside_each_other(app: Flask) -> None:
    said = names_whole("chat-a.acme.test is taken. Contact nameplate@localhost.")
    assert said.startswith('<span class="name">chat-a.acme.test</span> is taken. Contact <a href="mailto:')


def test_quotation_marks_of_a_value_stay_with_it(app: Flask) -> None:
    said = names_whole('With the value 0 issue "ca.example".')
    assert said == 'With the value 0 issue <span class="name">&#34;ca.example&#34;.</span>'


def test_url_breaks_between_its_parts_only() -> None:
    said = breakable("https://a.test/in?b=<c>")
    assert said == "https://<wbr>a.<wbr>test/<wbr>in?b=&lt;c&gt;"


def test_name_in_large_letters_breaks_after_a_dot(app: Flask) -> None:
    said = names_whole("Site of acme.test", breaks=True)
    assert said == 'Site of <span class="name">acme.<wbr>test</span>'


def test_page_of_a_contact_is_escaped_once_and_nothing_in_it_is_filled_in(app: Flask) -> None:
    chosen = {"support_contact": "https://acme.net/{}?a=1&b=2"}
    app.extensions["settings"] = app.extensions["settings"].model_copy(update=chosen)
    link = "https://acme.net/{}?a=1&amp;b=2"
    assert contact_linked("Contact us.") == f'<a href="{link}">Contact us</a>.'
    assert contact_linked("See https://acme.net/{}?a=1&b=2.") == f'See <a href="{link}">{link}</a>.'
