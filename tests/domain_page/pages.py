"""A domain's page as a browser gets it."""

from __future__ import annotations

from xml.etree.ElementTree import Element

import pytest
from flask.testing import FlaskClient

from tests.app_fixtures import sign_in
from tests.page_lint import elements, parse
from webapp.extensions import db
from webapp.models import (
    LLMClientCustomDomain,
    User,
)


@pytest.fixture
def browser(client: FlaskClient, customer: User) -> FlaskClient:
    return sign_in(client, customer)


def page_of(browser: FlaskClient, domain: LLMClientCustomDomain) -> Element:
    db.session.commit()
    return parse(browser.get(f"/domains/{domain.id}").text)


def attribute(page: Element, name: str) -> list[str]:
    return [element.attrib[name] for element in elements(page) if name in element.attrib]
