"""Where “Open” leads."""

from __future__ import annotations

import pytest
from flask import Flask

from webapp.web.template_globals import visit


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
